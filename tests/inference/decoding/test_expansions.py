"""More columns than before: as many as are calculated, and no column that nothing fills."""

import copy

import numpy as np
import pytest
from sklearn.kernel_approximation import AdditiveChi2Sampler, PolynomialCountSketch
from sklearn.preprocessing import PolynomialFeatures

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.expansions import CHECKS
from tests.inference.decoding.zoo import NUMBERS

PRODUCTS = PolynomialFeatures((2, 3)).fit(NUMBERS)
SKETCH = PolynomialCountSketch(n_components=8).fit(NUMBERS)
SAMPLES = AdditiveChi2Sampler().fit(NUMBERS)


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


GENUINE = [
    PRODUCTS, SKETCH, SAMPLES, PolynomialFeatures(), PolynomialFeatures(4, include_bias=False).fit(NUMBERS),
    PolynomialFeatures(3, interaction_only=True).fit(NUMBERS), PolynomialFeatures((0, 0)).fit(NUMBERS), PolynomialCountSketch(),
]  # fmt: skip


@pytest.mark.parametrize("model", GENUINE, ids=repr)
def test_a_genuine_one_passes(model):
    check(model)


FORGED = {
    "more columns": (PRODUCTS, {"_n_out_full": 10**6}),
    "one column more": (PRODUCTS, {"_n_out_full": PRODUCTS._n_out_full + 1}),
    "fewer columns to give": (PRODUCTS, {"n_output_features_": 1}),
    "columns without number": (PRODUCTS, {"_n_out_full": None}),
    "a huge degree": (PRODUCTS, {"_max_degree": 10**9}),
    "another degree": (PRODUCTS, {"_max_degree": 2}),
    "a lowest degree above": (PRODUCTS, {"_min_degree": 4}),
    "an odd option": (PRODUCTS, {"include_bias": 2}),
    "another option": (PRODUCTS, {"interaction_only": True}),
    "huge degree, huge rows": (PRODUCTS, {"_max_degree": 1000, "n_features_in_": 2**31 - 1}),
    "components without end": (SKETCH, {"n_components": 10**9}),
    "degrees without end": (SKETCH, {"degree": 10**9}),
    "another degree than hashes": (SKETCH, {"degree": 3}),
    "hashes of floats": (SKETCH, {"indexHash_": SKETCH.indexHash_.astype(float)}),
    "samples without end": (SAMPLES, {"sample_steps": 10**9}),
    "no samples": (SAMPLES, {"sample_steps": None}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_a_forged_one_is_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=type(model).__name__):
        check(forged)


def test_columns_that_nothing_fills_are_not_given():
    assert not np.isnan(PRODUCTS.transform(NUMBERS)).any()
