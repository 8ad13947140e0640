"""One-hot encoders, which number the columns of a sparse matrix by their own count: SciPy does not compare these with its width.

Numbers are encoded by ``np.searchsorted``, which gives places inside the categories only if these ascend.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

_NAME = "a OneHotEncoder"


def _check_one_hot(encoder: Any) -> None:
    attributes = vars(encoder)
    if "categories_" not in attributes:
        return
    categories, widths = attributes["categories_"], attributes.get("_n_features_outs")
    if type(categories) is not list or type(widths) is not list or len(widths) != len(categories):
        raise Refused(f"{_NAME} has no categories, or another number of columns")
    for index, (values, width) in enumerate(zip(categories, widths, strict=True)):
        if type(values) is not np.ndarray or values.ndim != 1 or not len(values) or not _ascend(values):
            raise Refused(f"{_NAME} has categories that are not a row of ascending values")
        codes = _codes(attributes, index, len(values))
        if codes.min(initial=0) < 0 or codes.max(initial=-1) + 1 != integer(width, f"the number of columns of {_NAME}"):
            raise Refused(f"{_NAME} has a category outside its columns, or a column of no category")


def _ascend(values: NDArray[Any]) -> bool:
    """Whether numbers ascend, with one for missing values at the end; other values are looked up one by one."""
    if values.dtype.kind in "OUS":
        return True
    known = values[:-1] if values.dtype.kind == "f" and np.isnan(values[-1]) else values
    return bool((known[:-1] < known[1:]).all())


def _codes(attributes: dict[str, Any], index: int, count: int) -> NDArray[np.intp]:
    """Every column that the feature number ``index``, of ``count`` categories, is encoded as."""
    codes = np.arange(count)
    enabled = attributes.get("_infrequent_enabled", False)
    if type(enabled) is not bool:
        raise Refused(f"{_NAME} does not say whether it has infrequent categories")
    if enabled:
        codes = _with_infrequent(codes, _of_feature(attributes, "_infrequent_indices", index))
        codes = _mapped(codes, _of_feature(attributes, "_default_to_infrequent_mappings", index))
    dropped = attributes.get("_drop_idx_after_grouping")
    if dropped is None:
        return codes
    if type(dropped) is not np.ndarray or dropped.shape != (len(attributes["categories_"]),):
        raise Refused(f"{_NAME} drops categories of another number of features")
    place = dropped[index]
    if place is None:
        return codes
    place = integer(place, f"the category that {_NAME} drops", 0, count - 1)
    kept = codes[codes != place]
    moved: NDArray[np.intp] = kept - (kept > place)
    return moved


def _with_infrequent(codes: NDArray[np.intp], infrequent: Any) -> NDArray[np.intp]:
    """``codes`` and the one that unknown values get."""
    if infrequent is None:
        return codes
    if type(infrequent) is not np.ndarray or infrequent.ndim != 1 or infrequent.dtype.kind not in "iu" or not len(infrequent):
        raise Refused(f"{_NAME} has infrequent categories that are not a row of numbers")
    return np.append(codes, integer(infrequent[0], f"the infrequent category of {_NAME}", 0, len(codes) - 1))


def _mapped(codes: NDArray[np.intp], mapping: Any) -> NDArray[np.intp]:
    if mapping is None:
        return codes
    if type(mapping) is not np.ndarray or mapping.ndim != 1 or mapping.dtype.kind not in "iu" or len(mapping) <= codes.max():
        raise Refused(f"{_NAME} has a mapping of infrequent categories that is not a row of numbers")
    mapped: NDArray[np.intp] = mapping.astype(np.intp)[codes]
    return mapped


def _of_feature(attributes: dict[str, Any], name: str, index: int) -> Any:
    values = attributes.get(name)
    if type(values) is not list or len(values) != len(attributes["categories_"]):
        raise Refused(f"{_NAME} has infrequent categories of another number of features")
    return values[index]


CHECKS = {("sklearn.preprocessing._encoders", "OneHotEncoder"): _check_one_hot}
