"""B-splines, whose compiled code reads as many knots and coefficients as the degree says: SciPy's own class makes each anew."""

from typing import Any

import numpy as np
from scipy.interpolate import BSpline

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer, members

MAX_DEGREE = 100
_MEMBERS = frozenset({"_asarray", "_c", "_t", "axis", "extrapolate", "k"})
_NAME = "a SplineTransformer"


def _spline(arguments: tuple[Any, ...], state: Any) -> BSpline:
    if arguments != ():
        raise Refused("it makes a BSpline with arguments")
    given = members(state, "a BSpline", _MEMBERS)
    degree = integer(given["k"], "the degree of a BSpline", 0, MAX_DEGREE)
    knots = array(given["_t"], "the knots of a BSpline", np.float64, (None,))
    coefficients = array(given["_c"], "the coefficients of a BSpline", np.float64, (None, None))
    if type(given["extrapolate"]) is not bool or integer(given["axis"], "the axis of a BSpline", 0, 0):
        raise Refused("a BSpline extrapolates in an odd way")
    try:
        made = BSpline(knots, coefficients, degree, given["extrapolate"])
    except ValueError:
        raise Refused("a BSpline has knots or coefficients that do not fit its degree") from None
    if given["_asarray"] is not vars(made)["_asarray"]:
        raise Refused("a BSpline has a function that is not its own")
    return made


def _check_transformer(transformer: Any) -> None:
    attributes = vars(transformer)
    if "bsplines_" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of {_NAME}", 1)
    degree = integer(attributes.get("degree"), f"the degree of {_NAME}", 0, MAX_DEGREE)
    splines = attributes["bsplines_"]
    if type(splines) is not list or len(splines) != features or not all(type(spline) is BSpline for spline in splines):
        raise Refused(f"{_NAME} has not one spline for each feature")
    width = splines[0].c.shape[1]
    if not all(spline.k == degree and spline.c.shape[1] == width for spline in splines):
        raise Refused(f"{_NAME} has splines of another degree or width")
    if type(attributes.get("include_bias")) is not bool:
        raise Refused(f"{_NAME} does not say whether it includes a bias")
    columns = features * (width - 1 + attributes["include_bias"])
    integer(attributes.get("n_features_out_"), f"the number of columns of {_NAME}", columns, columns)


CONSTRUCTORS = {("scipy.interpolate._bsplines", "BSpline"): _spline}
CHECKS = {("sklearn.preprocessing._polynomial", "SplineTransformer"): _check_transformer}
