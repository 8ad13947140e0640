"""Rounds of a transformation are bounded."""

import pytest
from sklearn.decomposition import NMF, MiniBatchNMF

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.rounds import CHECKS, MAX_ROUNDS


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


def test_genuine_transformers_pass():
    check(NMF())
    check(NMF(max_iter=MAX_ROUNDS))
    check(MiniBatchNMF(transform_max_iter=50))


@pytest.mark.parametrize("rounds", [10**9, 0, -1, "200", 2.0, [1]], ids=repr)
@pytest.mark.parametrize("make", [lambda n: NMF(max_iter=n), lambda n: MiniBatchNMF(transform_max_iter=n)], ids=["NMF", "small"])
def test_rounds_without_end_are_refused(make, rounds):
    with pytest.raises(Refused, match="the number of rounds of"):
        check(make(rounds))
