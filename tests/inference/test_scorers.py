"""The estimator as a scorer: its own bits, plain Python values, and whether they are the same on every processor."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from iris_api.inference.scorers import EstimatorScorer

EXACT = [DecisionTreeClassifier(), ExtraTreeClassifier(), RandomForestClassifier(3), ExtraTreesClassifier(3)]
INEXACT = [LogisticRegression(), GradientBoostingClassifier(n_estimators=2), make_pipeline(StandardScaler(), DecisionTreeClassifier())]


@pytest.mark.parametrize("model", EXACT + INEXACT, ids=lambda model: type(model).__name__)
def test_scores_are_the_estimators_bits_as_plain_values(model, rows, labels):
    model.fit(rows, labels)
    given, probabilities = EstimatorScorer(model).score_rows(rows)
    assert given == model.predict(rows).tolist()
    assert np.array(probabilities).tobytes() == model.predict_proba(rows).tobytes()
    assert {type(label) for label in given} == {str}
    assert {type(value) for row in probabilities for value in row} == {float}


@pytest.mark.parametrize("model", EXACT, ids=lambda model: type(model).__name__)
def test_trees_say_that_they_are_exact(model):
    assert EstimatorScorer(model).exact


@pytest.mark.parametrize("model", [*INEXACT, LinearSVC()], ids=lambda model: type(model).__name__)
def test_whatever_multiplies_says_that_it_is_not(model):
    assert EstimatorScorer(model.fit([[0.0], [1.0]], [0, 1])).exact is False


def test_without_predict_proba_there_are_no_probabilities(rows, labels):
    model = LinearSVC().fit(rows, labels)
    assert EstimatorScorer(model).score_rows(rows[:4]) == (model.predict(rows[:4]).tolist(), None)
