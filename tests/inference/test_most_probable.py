"""Classifiers that predict the most probable class: one question where that is clear, and never another answer."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from iris_api.inference import most_probable
from iris_api.inference.most_probable import ask_most_probable, predicts_most_probable

KNOWN = [
    BernoulliNB(),
    ComplementNB(),
    ExtraTreesClassifier(4, random_state=0),
    GaussianNB(),
    GradientBoostingClassifier(n_estimators=3),
    GradientBoostingClassifier(n_estimators=3, loss="exponential"),
    HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2),
    LogisticRegression(),
    LogisticRegression(solver="liblinear"),
    LogisticRegressionCV(Cs=2, cv=2, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"),
    MLPClassifier((3,), max_iter=20, random_state=0),
    MultinomialNB(),
    RandomForestClassifier(4, random_state=0),
]
# few values, many rows alike: classes often tie
ROWS = np.random.default_rng(1).integers(0, 2, (80, 3)).astype(float)


class Counting(LogisticRegression):
    asked = 0

    def predict(self, rows):
        self.asked += 1
        return super().predict(rows)


def labels_of(classes: int):
    return np.array(["c", "a", "b"])[np.random.default_rng(classes).integers(0, classes, len(ROWS))]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("model", KNOWN, ids=str)
def test_the_answers_are_those_of_predict_and_predict_proba(model, classes):
    labels = labels_of(classes)
    if classes > 2 and ("liblinear" in str(model) or "exponential" in str(model)):
        labels = labels_of(2)
    fitted = clone(model).fit(ROWS, labels)
    assert predicts_most_probable(fitted)
    for rows in (ROWS, ROWS[:1]):
        given, probabilities = ask_most_probable(fitted)(rows.copy)
        assert given == fitted.predict(rows).tolist()
        assert np.array(probabilities).tobytes() == fitted.predict_proba(rows).astype(np.float64).tobytes()


def test_every_known_class_is_one_that_there_is():
    for name in most_probable._CLASSIFIERS:
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(module), kind)
        assert f"{found.__module__}.{found.__qualname__}" == name


def test_others_are_not_known():
    class Own(LogisticRegression):
        pass

    assert not predicts_most_probable(Own().fit(ROWS, labels_of(2)))
    assert not predicts_most_probable(SVC().fit(ROWS, labels_of(2)))


def test_a_single_class_is_left_to_predict():
    assert not predicts_most_probable(RandomForestClassifier(2).fit(ROWS, ["a"] * len(ROWS)))


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e-7, 1e-7), st.floats(-50, 50))
def test_where_two_classes_are_close_predict_decides(near, far):
    model = Counting().fit(ROWS, labels_of(2))
    model.coef_, model.intercept_ = np.array([[1.0, 0.0, 0.0]]), np.array([0.0])
    rows = np.array([[near, 0, 0], [far, 0, 0]])
    labels, _ = ask_most_probable(model)(lambda: rows)
    assert model.asked == 1
    assert labels == LogisticRegression.predict(model, rows).tolist()


def test_where_one_is_clear_predict_is_not_asked():
    model = Counting().fit(ROWS, labels_of(2))
    model.coef_, model.intercept_ = np.array([[1.0, 0.0, 0.0]]), np.array([0.0])
    assert ask_most_probable(model)(lambda: np.array([[3.0, 0, 0], [-3.0, 0, 0]]))[0] == model.classes_[[1, 0]].tolist()
    assert model.asked == 0
