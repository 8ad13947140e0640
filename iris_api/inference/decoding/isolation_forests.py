"""Isolation forests: every tree takes as many features as were chosen for it, and its leaves are numbers into lists of depths.

The forest asks ``tree.apply`` without a check of the rows: with all their columns if ``_max_features`` is the number of columns, else
with those in ``estimators_features_``.
"""

from typing import Any

import numpy as np
from sklearn.tree import ExtraTreeRegressor

from iris_api.inference.decoding.class_counts import check_choices
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer, number

_NAME = "an IsolationForest"


def _check_isolation(estimator: Any) -> None:
    attributes = vars(estimator)
    if "estimators_" not in attributes:
        return
    check_choices(estimator)
    features = integer(attributes.get("n_features_in_"), f"the number of features of {_NAME}", 1)
    chosen = integer(attributes.get("_max_features"), f"the number of features that {_NAME} chooses", 1, features)
    integer(attributes.get("_max_samples"), f"the number of rows of {_NAME}", 1)
    number(attributes.get("offset_"), f"the offset of {_NAME}")
    members = attributes["estimators_"]
    for member in members:
        if type(member) is not ExtraTreeRegressor or "tree_" not in vars(member) or member.tree_.n_features != chosen:
            raise Refused(f"{_NAME} has a tree that takes another number of features, or none")
    for lengths in ("_average_path_length_per_tree", "_decision_path_lengths"):
        _check_lengths(attributes.get(lengths), [member.tree_.node_count for member in members])


def _check_lengths(given: Any, counts: list[int]) -> None:
    if type(given) not in (list, tuple) or len(given) != len(counts):
        raise Refused(f"{_NAME} has lengths of paths for another number of trees")
    for lengths, count in zip(given, counts, strict=True):
        if type(lengths) is not np.ndarray or lengths.shape != (count,) or lengths.dtype.kind not in "iuf":
            raise Refused(f"{_NAME} has not one length of a path for each node")


CHECKS = {("sklearn.ensemble._iforest", "IsolationForest"): _check_isolation}
