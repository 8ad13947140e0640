"""Splines: knots and coefficients fit the degree, and there is one spline of one width for each feature."""

import copy

import numpy as np
import pytest
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.splines import CHECKS, CONSTRUCTORS, MAX_DEGREE
from iris_api.inference.decoding.values import ABSENT
from tests.inference.decoding.zoo import NUMBERS

((MAKE,), (CHECK,)) = CONSTRUCTORS.values(), CHECKS.values()
MODEL = SplineTransformer().fit(NUMBERS)
SPLINE = MODEL.bsplines_[0]
STATE = vars(SPLINE)


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "error", "periodic"])
def test_a_genuine_spline_is_made_as_it_was(degree, extrapolation):
    if (degree, extrapolation) == (0, "periodic"):
        return  # scikit-learn does not fit it
    model = SplineTransformer(degree=degree, extrapolation=extrapolation, n_knots=8).fit(NUMBERS)
    CHECK(model)
    for spline in model.bsplines_:
        made = MAKE((), dict(vars(spline)))
        assert made(NUMBERS[:, 0]).tobytes() == spline(NUMBERS[:, 0]).tobytes()
        assert made.__dict__.keys() == spline.__dict__.keys()


KNOTS = STATE["_t"]
FORGED = {
    "fewer knots": {"_t": KNOTS[:7].copy()},
    "knots that fall": {"_t": KNOTS[::-1].copy()},
    "knots that are infinite": {"_t": np.where(KNOTS[-1] == KNOTS, np.inf, KNOTS)},
    "knots of objects": {"_t": KNOTS.astype(object)},
    "knots of single precision": {"_t": KNOTS.astype(np.float32)},
    "knots in a list": {"_t": KNOTS.tolist()},
    "fewer coefficients": {"_c": STATE["_c"][:-1].copy()},
    "coefficients of objects": {"_c": STATE["_c"].astype(object)},
    "coefficients of one dimension": {"_c": STATE["_c"][:, 0].copy()},
    "a higher degree": {"k": 9},
    "a degree below zero": {"k": -1},
    "a huge degree": {"k": MAX_DEGREE + 1},
    "a degree of text": {"k": "3"},
    "another axis": {"axis": 1},
    "odd extrapolation": {"extrapolate": "periodic"},
    "another function": {"_asarray": np.sqrt},
    "no function": {"_asarray": None},
    "one more member": {"more": 1},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(Refused, match="a BSpline"):
        MAKE((), STATE | change)


def test_a_spline_has_a_state_and_no_arguments():
    for arguments, state in (((1,), STATE), ((), ABSENT), ((), []), ((), {})):
        with pytest.raises(Refused, match="a BSpline"):
            MAKE(arguments, state)


OTHER = BSpline(KNOTS, STATE["_c"][:, :2].copy(), 3)
FORGED_MODELS = {
    "fewer splines": {"bsplines_": MODEL.bsplines_[:3]},
    "splines that are none": {"bsplines_": [None] * 4},
    "no list": {"bsplines_": tuple(MODEL.bsplines_)},
    "a spline of another width": {"bsplines_": [*MODEL.bsplines_[:3], OTHER]},
    "another degree": {"degree": 2},
    "an odd bias": {"include_bias": 1},
    "more columns": {"n_features_out_": 10**6},
    "no columns": {"n_features_out_": None},
    "odd features": {"n_features_in_": "4"},
}


@pytest.mark.parametrize("change", FORGED_MODELS.values(), ids=FORGED_MODELS)
def test_a_forged_transformer_is_refused(change):
    model = copy.copy(MODEL)
    vars(model).update(change)
    with pytest.raises(Refused, match="a SplineTransformer"):
        CHECK(model)
