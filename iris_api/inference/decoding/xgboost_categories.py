"""The categories that an XGBoost model saw in training, by which it numbers those of a DataFrame.

XGBoost looks a category up in ``sorted_idx``, the order of its feature's categories, and reads it there.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

_WHAT = "a model of XGBoost"
_TYPES = {9: "i1", 10: "u1", 11: "i2", 13: "i4", 15: "i8"}


def check_categories(cats: Any, features: int) -> None:
    """Refuse categories of which one is outside its text, has no place in the order, or belongs to no feature."""
    if type(cats) is not dict or cats.keys() != {"enc", "feature_segments", "sorted_idx"}:
        raise Refused(f"{_WHAT} has categories with other members than this version reads")
    encodings, ends, order = cats["enc"], _numbers(cats["feature_segments"]), _numbers(cats["sorted_idx"])
    if type(encodings) is not list:
        raise Refused(f"{_WHAT} has no list of categories")
    if not encodings and not len(ends) and not len(order):
        return
    sizes = [_size(encoding) for encoding in encodings]
    if len(sizes) != features or ends.tolist() != [0, *np.cumsum(sizes).tolist()] or len(order) != sum(sizes):
        raise Refused(f"{_WHAT} has categories of another number of features")
    for begin, size in zip(ends.tolist(), sizes, strict=False):
        if size and not np.array_equal(np.sort(order[begin : begin + size]), np.arange(size)):
            raise Refused(f"{_WHAT} has categories in an order that leaves one out")


def _size(encoding: Any) -> int:
    """How many categories a feature has."""
    if type(encoding) is dict and encoding.keys() == {"offsets", "values"}:
        offsets, length = _numbers(encoding["offsets"]), len(_numbers(encoding["values"]))
        if not len(offsets) and not length:
            return 0
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != length or (np.diff(offsets) < 0).any():
            raise Refused(f"{_WHAT} has a category outside its text")
        return len(offsets) - 1
    if type(encoding) is dict and encoding.keys() == {"type", "values"}:
        kind, values = integer(encoding["type"], f"the type of categories of {_WHAT}"), _numbers(encoding["values"])
        if not len(values) or values.dtype.str[1:] != _TYPES.get(kind):
            raise Refused(f"{_WHAT} has categories of another type than it says")
        return len(values)
    raise Refused(f"{_WHAT} has categories with other members than this version reads")


def _numbers(values: Any) -> NDArray[Any]:
    if type(values) is not np.ndarray or values.dtype.kind not in "iu":
        raise Refused(f"{_WHAT} has categories that are no row of numbers")
    return values
