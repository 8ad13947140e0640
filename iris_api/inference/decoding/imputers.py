"""Imputers of missing values: what counts as missing, and what they compare rows by."""

from typing import Any

import numpy as np
from sklearn.impute._iterative import _ImputerTriplet

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer, no_state


def _triplet(arguments: tuple[Any, ...], state: Any) -> Any:
    """One step of an `IterativeImputer`: a feature, those it is predicted by, and the estimator."""
    no_state(state, "a step of an IterativeImputer")
    if len(arguments) != 3:
        raise Refused("a step of an IterativeImputer has more or less than three parts")
    integer(arguments[0], "the feature of a step of an IterativeImputer")
    array(arguments[1], "the features of a step of an IterativeImputer", np.intp, (None,))
    return _ImputerTriplet(*arguments)


def _check_missing(imputer: Any) -> None:
    """A value that is missing is one value: an array would be broadcast against the rows."""
    attributes, what = vars(imputer), f"a {type(imputer).__name__}"
    value = attributes.get("missing_values")
    if value is not None and type(value) not in (bool, int, float, str) and not isinstance(value, np.generic):
        raise Refused(f"{what} has something else than one value for missing values")
    for name in ("_fit_dtype", "_fill_dtype"):
        if name in attributes and (not isinstance(attributes[name], np.dtype) or attributes[name].kind not in "biufO"):
            raise Refused(f"{what} has a dtype of other elements than numbers and objects")


def _check_neighbors(imputer: Any) -> None:
    _check_missing(imputer)
    attributes, what = vars(imputer), "a KNNImputer"
    if attributes.get("metric") != "nan_euclidean" or attributes.get("weights") not in ("uniform", "distance"):
        raise Refused(f"{what} has a metric or weights that are not served")
    integer(attributes.get("n_neighbors"), f"the number of neighbours of {what}", 1)
    if "_fit_X" in attributes:
        rows = attributes["_fit_X"]
        if type(rows) is not np.ndarray or rows.ndim != 2 or rows.dtype.kind != "f":
            raise Refused(f"{what} has rows that are not numbers")
        array(attributes.get("_mask_fit_X"), f"the mask of {what}", np.bool_, rows.shape)
        array(attributes.get("_valid_mask"), f"the mask of {what}", np.bool_, rows.shape[1:])


def _check_iterative(imputer: Any) -> None:
    _check_missing(imputer)
    sequence = vars(imputer).get("imputation_sequence_", [])
    if type(sequence) is not list or not all(type(step) is _ImputerTriplet for step in sequence):
        raise Refused("an IterativeImputer has no list of steps")


CONSTRUCTORS = {("sklearn.impute._iterative", "_ImputerTriplet"): _triplet}
CHECKS = {
    ("sklearn.impute._base", "MissingIndicator"): _check_missing,
    ("sklearn.impute._base", "SimpleImputer"): _check_missing,
    ("sklearn.impute._iterative", "IterativeImputer"): _check_iterative,
    ("sklearn.impute._knn", "KNNImputer"): _check_neighbors,
}
