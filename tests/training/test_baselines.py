import numpy as np
import pytest

from iris_api.inference.columns import Number
from iris_api.inference.layouts import Matrix
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.baselines import baseline_of
from iris_api.training.datasets import Dataset

ROWS = np.arange(20.0).reshape(20, 1)


def test_the_most_frequent_class_is_the_baseline_of_a_classification():
    labels = np.array([0] * 15 + [1] * 5)
    found = baseline_of(Dataset("own", (Number(name="a"),), Matrix(), ROWS, labels), Classification(classes=[0, 1]), 2)
    assert found is not None
    assert found.estimator == "DummyClassifier"
    assert sorted(found.figures) == ["accuracy", "brier_score", "log_loss"]
    assert found.figures["accuracy"].mean == pytest.approx(0.75)
    assert found.figures["log_loss"].mean == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))


def test_the_mean_is_the_baseline_of_a_regression():
    found = baseline_of(Dataset("own", (Number(name="a"),), Matrix(), ROWS, ROWS[:, 0]), Regression(targets=[Target(name="y")]), 1)
    assert found is not None
    assert found.estimator == "DummyRegressor"
    assert found.figures["r2"].mean < 0.1
    assert 4 < found.figures["mean_absolute_error"].mean < 7


def test_too_few_rows_have_none():
    dataset = Dataset("own", (Number(name="a"),), Matrix(), ROWS[:2], np.array([0, 1]))
    assert baseline_of(dataset, Classification(classes=[0, 1]), 1) is None
