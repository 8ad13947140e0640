"""Every estimator of scikit-learn that predicts new rows is bundled and answers over the API as it was fitted, or is refused by name."""

import pytest

from tests.inference.decoding.comparisons import fitted
from tests.servers import Server
from tests.zoo.asking import NAME, assert_served_as_fitted, bundled, in_process, over_http
from tests.zoo.estimators import ESTIMATORS, SEVERAL

OVER_HTTP = ("HistGradientBoostingRegressor", "IsolationForest", "KMeans", "ClassifierChain", "SVC")


@pytest.mark.parametrize("name", [*ESTIMATORS, *SEVERAL])
def test_it_answers_as_it_was_fitted(name, tmp_path):
    model, rows, target = (ESTIMATORS | SEVERAL)[name]
    model = fitted(model, rows, target)
    written = bundled(model, rows, None, tmp_path)
    assert written.manifest.training_data.rows == len(rows)
    assert_served_as_fitted(in_process(tmp_path), model, rows)


@pytest.mark.system
@pytest.mark.parametrize("name", OVER_HTTP)
def test_it_answers_the_same_over_a_socket(name, tmp_path):
    model, rows, target = ESTIMATORS[name]
    model = fitted(model, rows, target)
    bundled(model, rows, None, tmp_path)
    with Server(tmp_path, tmp_path / "log", IRIS_MODEL_NAME=NAME) as server:
        assert_served_as_fitted(over_http(server), model, rows)
