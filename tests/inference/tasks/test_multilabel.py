"""Multilabel classification: the labels that apply, with the probability of each."""

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier

from iris_api.inference.tasks.multilabel import Multilabel

ROWS = np.random.default_rng(3).uniform(0, 1, (40, 3))
APPLIES = (ROWS > 0.5).astype(int)
TASK = Multilabel(labels=["a", "b c", "d"])
MODELS = [
    OneVsRestClassifier(LogisticRegression()),
    MultiOutputClassifier(LogisticRegression()),
    RandomForestClassifier(n_estimators=3, random_state=0),
    KNeighborsClassifier(3),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_an_answer_has_the_labels_that_apply_and_their_probabilities(model):
    estimator = model.fit(ROWS, APPLIES)
    predictions = TASK.complete(TASK.ask(estimator)(lambda: ROWS))
    probabilities = estimator.predict_proba(ROWS)
    for index, flags in enumerate(estimator.predict(ROWS)):
        answer = TASK.answer(predictions, index)
        assert answer["prediction"] == [label for label, flag in zip(TASK.labels, flags, strict=True) if flag]
        row = probabilities[index] if not isinstance(probabilities, list) else [one[index, 1] for one in probabilities]
        assert list(answer["probabilities"].values()) == list(row)
        assert Draft202012Validator({"properties": TASK.answer_schema()}).is_valid(answer)
        assert TASK.answer(TASK.complete_row((predictions.values[index], predictions.details[index])), 0) == answer
    assert len(TASK.numbers(predictions)) == len(ROWS)
    assert TASK.facts(predictions) == {"labels": dict(zip(TASK.labels, estimator.predict(ROWS).sum(axis=0).tolist(), strict=True))}


def test_without_probabilities_they_are_null():
    predictions = TASK.complete(TASK.ask(RidgeClassifier().fit(ROWS, APPLIES))(lambda: ROWS))
    assert TASK.answer(predictions, 0)["probabilities"] is None
    assert TASK.numbers(predictions) == []


def test_other_labels_than_the_estimators_are_an_error():
    estimator = RandomForestClassifier(n_estimators=1).fit(ROWS, APPLIES)
    with pytest.raises(ValueError, match="for 2 labels"):
        Multilabel(labels=["a", "b"]).ask(estimator)(lambda: ROWS)
    constant = RandomForestClassifier(n_estimators=1).fit(ROWS, np.column_stack([APPLIES[:, :2], np.ones(len(ROWS), dtype=int)]))
    with pytest.raises(ValueError, match="does not vary"):
        TASK.ask(constant)(lambda: ROWS)
    assert TASK.fault(object()) == "predicts nothing"


@pytest.mark.parametrize("labels", [[], ["a", "a"], [1]])
def test_labels_are_texts_that_differ(labels):
    with pytest.raises(ValidationError):
        Multilabel(labels=labels)
