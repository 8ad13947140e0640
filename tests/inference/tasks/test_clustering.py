"""Clustering: the number of a cluster."""

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from sklearn.cluster import DBSCAN, Birch, KMeans, MeanShift

from iris_api.inference.tasks.clustering import Clustering

ROWS = np.random.default_rng(3).uniform(0, 1, (40, 2)) + np.repeat([[0, 0], [9, 9]], 20, axis=0)
TASK = Clustering(clusters=2)


@pytest.mark.parametrize("model", [KMeans(2, n_init=1, random_state=0), Birch(n_clusters=2), MeanShift(bandwidth=3)])
def test_an_answer_is_the_number_of_the_estimators_cluster(model):
    estimator = model.fit(ROWS)
    predictions = TASK.complete(TASK.ask(estimator)(lambda: ROWS))
    for index, cluster in enumerate(estimator.predict(ROWS).tolist()):
        assert TASK.answer(predictions, index) == {"prediction": cluster}
        assert TASK.complete_row((cluster, None)) == ([cluster], None, None)
        assert Draft202012Validator({"properties": TASK.answer_schema()}).is_valid(TASK.answer(predictions, index))
    assert TASK.numbers(predictions) == estimator.predict(ROWS).tolist()
    assert TASK.facts(predictions) == {"predictions": {"0": 20, "1": 20}}
    assert TASK.facts(TASK.complete_row((1, None))) == {"prediction": 1}


@pytest.mark.parametrize("cluster", [2, -2])
def test_a_cluster_that_there_is_not_is_an_error(cluster):
    with pytest.raises(ValueError, match="outside its 2"):
        TASK.complete(([0, cluster], None))
    assert TASK.complete(([-1], None)).values == [-1]


def test_there_is_a_cluster_and_an_estimator_that_predicts():
    with pytest.raises(ValidationError):
        Clustering(clusters=0)
    assert TASK.fault(DBSCAN()) == "predicts nothing"
    assert TASK.fault(KMeans()) is None
