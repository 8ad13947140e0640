"""Classification: labels of their own type, a confidence that is the label's probability, and answers that their schema describes."""

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from sklearn.ensemble import RandomForestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.tasks.classification import Classification

ROWS = np.random.default_rng(3).uniform(0, 1, (30, 2))
CLASSES = {
    "texts": ["", "no", "true"],
    "numbers": [-1, 0, 7],
    "truths": [False, True],
    "floats": [0.0, 2.0],
}


def asked(classes, model):
    labels = np.array(classes)[np.arange(len(ROWS)) % len(classes)]
    estimator = model.fit(ROWS, labels)
    task = Classification(classes=classes)
    assert task.fault(estimator) is None
    return task, estimator, task.complete(task.ask(estimator)(lambda: ROWS))


@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
def test_an_answer_is_what_the_estimator_says_and_what_the_schema_describes(classes):
    task, estimator, predictions = asked(classes, DecisionTreeClassifier(max_depth=1, random_state=0))
    probabilities = estimator.predict_proba(ROWS)
    schema = Draft202012Validator(
        {"properties": task.answer_schema(), "required": list(task.answer_schema()), "additionalProperties": False}
    )
    for index, label in enumerate(estimator.predict(ROWS).tolist()):
        answer = task.answer(predictions, index)
        assert answer["prediction"] == label
        assert type(answer["prediction"]) is type(classes[0])
        assert list(answer["probabilities"].values()) == probabilities[index].tolist()
        assert answer["confidence"] == probabilities[index][classes.index(label)]
        assert schema.is_valid(answer)
        alone = task.complete_row((predictions.values[index], predictions.details[index]))
        assert task.answer(alone, 0) == answer


def test_where_there_are_no_probabilities_they_are_null():
    task, estimator, predictions = asked(["a", "b"], SVC())
    assert task.answer(predictions, 0) == {"prediction": estimator.predict(ROWS)[0], "confidence": None, "probabilities": None}
    assert task.complete_row(("a", None)) == (["a"], None, None)
    assert task.numbers(predictions) == []


@pytest.mark.parametrize("details", [None, [[0.5, 0.5]]])
def test_a_label_that_is_no_class_is_an_error(details):
    task = Classification(classes=["a", "b"])
    with pytest.raises(KeyError):
        task.complete((["c"], details))
    with pytest.raises(KeyError):
        task.complete_row(("c", details and details[0]))


@pytest.mark.parametrize("classes", [[], ["a", "a"], [1, 1.0], [1, True], ["1", 1], [float("nan")], [float("inf")], [None]])
def test_classes_differ_and_can_be_written(classes):
    with pytest.raises(ValidationError):
        Classification(classes=classes)


@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
def test_classes_keep_their_type_in_a_manifest(classes):
    task = Classification(classes=classes)
    assert repr(Classification.model_validate_json(task.model_dump_json()).classes) == repr(classes)


def test_an_estimator_of_other_classes_is_a_fault():
    forest = RandomForestClassifier(n_estimators=1).fit(ROWS, np.arange(30) % 2)
    assert Classification(classes=[0, 1]).fault(forest) is None
    assert Classification(classes=[False, True]).fault(forest) == "has other classes than its manifest names"
    assert Classification(classes=[1, 0]).fault(forest)
    several = MultiOutputClassifier(forest).fit(ROWS, np.column_stack([np.arange(30) % 2] * 2))
    assert Classification(classes=[0, 1]).fault(several) == "is no classifier of one output"
    assert Classification(classes=[0, 1]).fault(object())


def test_the_log_has_the_label_of_one_row_and_the_counts_of_many():
    task, _, predictions = asked([False, True], DecisionTreeClassifier())
    facts = task.facts(predictions)
    assert facts == {"labels": {"false": 15, "true": 15}, "confidence": 1.0}
    assert task.facts(task.complete_row((True, [0.25, 0.75]))) == {"label": True, "confidence": 0.75}


def test_a_probability_that_is_no_number_is_among_the_numbers():
    task = Classification(classes=["a", "b"])
    predictions = task.complete((["a", "b"], [[0.5, 0.5], [np.nan, 1.0]]))
    assert [np.isfinite(number) for number in task.numbers(predictions)] == [True, False]
