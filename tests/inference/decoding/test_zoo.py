"""Every transformer of scikit-learn that transforms new rows is decoded, whatever its rows are made of."""

from functools import cache

import pytest
from sklearn.utils import all_estimators

from iris_api.inference.decoding.decoder import decode
from tests.inference.decoding.comparisons import WRITERS, answer, assert_same, fitted
from tests.inference.decoding.test_names import TRANSFORMERS
from tests.inference.decoding.zoo import ZOO

LEFT_OUT = {
    "Birch": "a clusterer, among the clusterers",
    "BisectingKMeans": "a clusterer, among the clusterers",
    "KMeans": "a clusterer, among the clusterers",
    "MiniBatchKMeans": "a clusterer, among the clusterers",
    "PatchExtractor": "takes images for rows",
    "StackingRegressor": "a regressor, among the regressors",
    "TSNE": "does not transform new rows",
    "VotingRegressor": "a regressor, among the regressors",
}


@cache
def case(name):
    model, rows, target = ZOO[name]
    model = fitted(model, rows, target)
    return model, rows, answer(model, rows)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", ZOO)
def test_a_transformer_answers_as_it_was_dumped(name, writer):
    model, rows, wanted = case(name)
    assert_same(answer(decode(WRITERS[writer](model)), rows), wanted)


def test_what_is_left_out_is_left_out_on_purpose():
    parts = {type(part).__name__ for transformer in TRANSFORMERS for part in [transformer]}
    for name in ZOO:
        parts |= {type(part).__name__ for part in parts_of(case(name)[0])}
    every = {name for name, kind in all_estimators(type_filter="transformer") if not hasattr(kind, "classes_")}
    classifiers = {name for name, _ in all_estimators(type_filter="classifier")}
    assert every - classifiers - parts == set(LEFT_OUT)


def parts_of(model):
    """The estimator and those it holds as steps or columns."""
    yield model
    for part in [*getattr(model, "steps", ()), *getattr(model, "transformers_", ())]:
        yield from parts_of(part[1])
