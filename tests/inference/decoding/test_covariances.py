"""Elliptic envelopes: genuine ones pass; a matrix or a location of another width is refused before SciPy reads it."""

import copy

import numpy as np
import pytest
from sklearn.covariance import EllipticEnvelope

from iris_api.inference.decoding.covariances import CHECKS
from iris_api.inference.decoding.decode_errors import Refused

ROWS = np.random.default_rng(54).normal(size=(60, 3))
MODEL = EllipticEnvelope(random_state=0).fit(ROWS)
SPARING = EllipticEnvelope(store_precision=False, random_state=0).fit(ROWS)
GENUINE = {
    "of a precision": MODEL,
    "of a covariance": SPARING,
    "of 32 bits": EllipticEnvelope(random_state=0).fit(ROWS.astype(np.float32)),
    "not fitted": EllipticEnvelope(),
}


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_envelope_passes(model):
    check(model)


FORGED = {
    "a smaller precision": (MODEL, {"precision_": np.eye(2)}),
    "a precision of one number": (MODEL, {"precision_": np.ones((1, 1))}),
    "a row of precision": (MODEL, {"precision_": np.ones(9)}),
    "no precision": (MODEL, {"precision_": None}),
    "a precision of text": (MODEL, {"precision_": np.full((3, 3), "1")}),
    "a precision that is not finite": (MODEL, {"precision_": np.full((3, 3), np.inf)}),
    "an odd flag": (MODEL, {"store_precision": "yes"}),
    "no flag": (MODEL, {"store_precision": None}),
    "a smaller covariance": (SPARING, {"covariance_": np.eye(2)}),
    "a covariance that is not finite": (SPARING, {"covariance_": np.full((3, 3), np.nan)}),
    "a shorter location": (MODEL, {"location_": np.zeros(2)}),
    "a list for a location": (MODEL, {"location_": [0.0, 0.0, 0.0]}),
    "more features": (MODEL, {"n_features_in_": 4}),
    "an offset of text": (MODEL, {"offset_": "0"}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_what_does_not_fit_the_rows_is_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match="EllipticEnvelope"):
        check(forged)
