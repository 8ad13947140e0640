"""Rounds of a transformation are bounded."""

import numpy as np
import pytest
from sklearn.decomposition import NMF, DictionaryLearning, LatentDirichletAllocation, MiniBatchNMF, SparseCoder

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.rounds import CHECKS, MAX_ROUNDS


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


def test_genuine_transformers_pass():
    check(NMF())
    check(NMF(max_iter=MAX_ROUNDS))
    check(MiniBatchNMF(transform_max_iter=50))


MAKERS = {
    "NMF": lambda n: NMF(max_iter=n),
    "NMF in small batches": lambda n: MiniBatchNMF(transform_max_iter=n),
    "dictionary": lambda n: DictionaryLearning(transform_max_iter=n),
    "sparse code": lambda n: SparseCoder([[1.0]], transform_max_iter=n),
    "coefficients": lambda n: SparseCoder([[1.0]], transform_n_nonzero_coefs=n),
    "topics": lambda n: LatentDirichletAllocation(max_doc_update_iter=n),
}


@pytest.mark.parametrize("topics", [np.zeros(3), np.zeros((2, 2), object), np.zeros((2, 2), int), np.zeros((0, 2)), [[1.0]]], ids=repr)
def test_topics_are_a_table_of_numbers(topics):
    model = LatentDirichletAllocation(2).fit(np.eye(3))
    check(model)
    model.exp_dirichlet_component_ = topics
    with pytest.raises(Refused, match="topics that are not a table"):
        check(model)


@pytest.mark.parametrize("rounds", [10**9, 0, -1, "200", 2.0, [1]], ids=repr)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_rounds_without_end_are_refused(make, rounds):
    with pytest.raises(Refused, match="the number of rounds of"):
        check(make(rounds))
