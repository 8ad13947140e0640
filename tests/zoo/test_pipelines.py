"""Pipelines over DataFrames and texts are bundled and answer over the API as they were fitted."""

import pytest

from tests.inference.decoding.comparisons import fitted
from tests.servers import Server
from tests.zoo.asking import NAME, assert_served_as_fitted, bundled, in_process, over_http
from tests.zoo.pipelines import PIPELINES

OVER_HTTP = ("churn: scaled numbers and one-hot names", "boosting of categories and gaps", "days and times, one-hot", "two targets")


def served(name, tmp_path):
    """The fitted model of that name, its rows, and the names of its targets; its bundle is in ``tmp_path``."""
    model, rows, target = PIPELINES[name]
    model = fitted(model, rows, target)
    names = list(target.columns) if hasattr(target, "columns") else None
    # the names come from the target, which costs a cross-validation
    bundled(model, rows, target if names else None, tmp_path)
    return model, rows, names


@pytest.mark.parametrize("name", PIPELINES)
def test_it_answers_as_it_was_fitted(name, tmp_path):
    model, rows, names = served(name, tmp_path)
    assert_served_as_fitted(in_process(tmp_path), model, rows, names)


@pytest.mark.system
@pytest.mark.parametrize("name", OVER_HTTP)
def test_it_answers_the_same_over_a_socket(name, tmp_path):
    model, rows, names = served(name, tmp_path)
    with Server(tmp_path, tmp_path / "log", IRIS_MODEL_NAME=NAME) as server:
        assert_served_as_fitted(over_http(server), model, rows, names)
