"""Regression: one number, or several by the names of their targets."""

import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from sklearn.linear_model import LinearRegression

from iris_api.inference.predictions import Predictions
from iris_api.inference.tasks.regression import Regression, Target

ROWS = np.random.default_rng(3).uniform(0, 1, (30, 2))
ONE = Regression(targets=[Target(name="units")])
TWO = Regression(targets=[Target(name="units sold"), Target(name="名前")])


@pytest.mark.parametrize("y", [ROWS.sum(axis=1), ROWS.sum(axis=1).reshape(-1, 1)])
def test_one_target_is_one_number(y):
    estimator = LinearRegression().fit(ROWS, y)
    predictions = ONE.complete(ONE.ask(estimator)(lambda: ROWS))
    expected = estimator.predict(ROWS).ravel()
    for index, number in enumerate(expected.tolist()):
        assert ONE.answer(predictions, index) == {"prediction": number}
    assert ONE.numbers(predictions) == expected.tolist()
    assert Draft202012Validator({"properties": ONE.answer_schema()}).is_valid(ONE.answer(predictions, 0))


def test_several_targets_are_numbers_by_name():
    estimator = LinearRegression().fit(ROWS, ROWS * 2)
    predictions = TWO.complete(TWO.ask(estimator)(lambda: ROWS))
    answer = TWO.answer(predictions, 3)
    assert answer == {"prediction": dict(zip(["units sold", "名前"], estimator.predict(ROWS)[3].tolist(), strict=True))}
    assert Draft202012Validator({"properties": TWO.answer_schema()}).is_valid(answer)
    assert TWO.answer(TWO.complete_row((predictions.values[3], None)), 0) == answer
    assert len(TWO.numbers(predictions)) == 60


@pytest.mark.parametrize(("task", "y"), [(ONE, ROWS), (TWO, ROWS[:, 0])])
def test_another_number_of_targets_is_an_error(task, y):
    with pytest.raises(ValueError, match="shape"):
        task.ask(LinearRegression().fit(ROWS, y))(lambda: ROWS)


def test_the_tolerance_is_relative_and_absolute_near_zero():
    assert ONE.agrees(1e9 + 0.5, 1e9, 1e-9)
    assert not ONE.agrees(1e9 + 2, 1e9, 1e-9)
    assert ONE.agrees(1e-10, 0.0, 1e-9)
    assert not ONE.agrees(1.0, np.nextafter(1.0, 2), 0.0)
    assert TWO.agrees([1.0, 2.0], [1.0, 2.0], 0.0)
    assert not TWO.agrees([1.0, 2.0], [1.0, 2.1], 1e-9)


def test_the_log_has_the_number_of_one_row_and_the_means_of_many():
    assert ONE.facts(Predictions([2.5], None, None)) == {"prediction": 2.5}
    assert ONE.facts(Predictions([1.0, 2.0], None, None)) == {"mean_prediction": 1.5}
    assert TWO.facts(Predictions([[1.0, 2.0], [3.0, 4.0]], None, None)) == {"mean_prediction": {"units sold": 2.0, "名前": 3.0}}
    json.dumps(ONE.facts(Predictions([1e308, 1e308], None, None)))


def test_targets_have_names_of_their_own():
    with pytest.raises(ValidationError, match="names of their own"):
        Regression(targets=[Target(name="a"), Target(name="a")])
    with pytest.raises(ValidationError):
        Regression(targets=[])
    assert ONE.fault(LinearRegression()) is None
    assert ONE.fault(object()) == "predicts nothing"
