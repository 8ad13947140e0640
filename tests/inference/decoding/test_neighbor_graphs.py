"""Graphs and embeddings of neighbours: the rows, the tree and the embedding agree with each other, and rows are no distances."""

import copy

import numpy as np
import pytest
from sklearn.manifold import Isomap, LocallyLinearEmbedding
from sklearn.neighbors import KNeighborsTransformer, NearestNeighbors, RadiusNeighborsTransformer

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.neighbor_graphs import CHECKS
from tests.inference.decoding.comparisons import fitted
from tests.inference.decoding.zoo import NUMBERS

SEARCHES = [fitted(kind(), NUMBERS) for kind in (KNeighborsTransformer, RadiusNeighborsTransformer, NearestNeighbors)]
EMBEDDINGS = [fitted(kind(n_neighbors=8), NUMBERS) for kind in (Isomap, LocallyLinearEmbedding)]


def name_of(model):
    return type(model).__name__


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", [*SEARCHES, *EMBEDDINGS, NearestNeighbors(), Isomap()])
def test_a_genuine_one_passes(model):
    check(model)


FORGED = {
    "distances for rows": {"metric": "precomputed", "effective_metric_": "precomputed"},
    "rows for distances": {"effective_metric_": "precomputed"},
    "fewer rows than it says": {"_fit_X": NUMBERS[1:].copy()},
    "more rows than it says": {"n_samples_fit_": 10**6},
    "narrower rows": {"_fit_X": NUMBERS[:, 1:].copy()},
    "rows of objects": {"_fit_X": NUMBERS.astype(object)},
    "rows of another tree": {"_tree": fitted(NearestNeighbors(algorithm="kd_tree"), NUMBERS[1:])._tree},
    "another number of features": {"n_features_in_": 9},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("model", SEARCHES, ids=name_of)
def test_a_forged_search_is_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=f"a {name_of(model)}"):
        check(forged)


FORGED_EMBEDDINGS = {
    "another search": {"nbrs_": SEARCHES[0]},
    "no search": {"nbrs_": None},
    "no embedding": {"embedding_": None},
    "an embedding of one dimension": {"embedding_": np.zeros(9)},
    "an embedding of objects": {"embedding_": np.zeros((9, 2), dtype=object)},
    "more components": {"n_components": 10**9},
    "components of text": {"n_components": "2"},
}


@pytest.mark.parametrize("change", FORGED_EMBEDDINGS.values(), ids=FORGED_EMBEDDINGS)
@pytest.mark.parametrize("model", EMBEDDINGS, ids=name_of)
def test_a_forged_embedding_is_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=f"a {name_of(model)}"):
        check(forged)
