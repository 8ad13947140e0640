"""Encoders of categories. The one-hot encoder numbers the columns of a sparse matrix by its own count: SciPy does not compare them.

Numbers are encoded by ``np.searchsorted``, which gives places inside the categories only if these ascend. Categories that are texts or
objects are never searched so: before it looks a number up, scikit-learn asks which categories are ``np.isnan``, which raises for those.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, element_type, integer

_NAME = "a OneHotEncoder"


def _check_categories(encoder: Any) -> list[Any]:
    """The categories of each feature; refused where a value can be encoded as a place outside them."""
    categories, what = vars(encoder)["categories_"], f"a {type(encoder).__name__}"
    if type(categories) is not list:
        raise Refused(f"{what} has no list of categories")
    for values in categories:
        if type(values) is not np.ndarray or values.ndim != 1 or not len(values) or not _ascend(values):
            raise Refused(f"{what} has categories that are not a row of ascending values")
    return categories


def _check_one_hot(encoder: Any) -> None:
    attributes = vars(encoder)
    element_type(attributes.get("dtype"), _NAME)
    if "categories_" not in attributes:
        return
    categories, widths = _check_categories(encoder), attributes.get("_n_features_outs")
    if type(widths) is not list or len(widths) != len(categories):
        raise Refused(f"{_NAME} has another number of columns than of categories")
    for index, (values, width) in enumerate(zip(categories, widths, strict=True)):
        codes = _codes(attributes, index, len(values))
        if codes.min(initial=0) < 0 or codes.max(initial=-1) + 1 != integer(width, f"the number of columns of {_NAME}"):
            raise Refused(f"{_NAME} has a category outside its columns, or a column of no category")


def _ascend(values: NDArray[Any]) -> bool:
    """Whether numbers and times ascend, with one for missing values at the end; texts and objects are looked up one by one."""
    if values.dtype.kind in "OUS":
        return True
    if values.dtype.kind not in "biufM":
        return False
    # what stands for a missing number or time is not equal to itself
    known = values if values[-1] == values[-1] else values[:-1]
    return bool((known[:-1] < known[1:]).all())


def _check_ordinal(encoder: Any) -> None:
    element_type(vars(encoder).get("dtype"), "an OrdinalEncoder")
    if "categories_" in vars(encoder):
        _check_categories(encoder)


def _check_target(encoder: Any) -> None:
    """It writes a column for each encoding into memory that is not cleared, of a width that it calculates from its classes."""
    attributes, what = vars(encoder), "a TargetEncoder"
    if "categories_" not in attributes:
        return
    categories, kind, repeats = _check_categories(encoder), attributes.get("target_type_"), 1
    if type(kind) is not str:
        raise Refused(f"{what} has no type of target")
    if kind == "multiclass":
        classes = attributes.get("classes_")
        repeats = len(classes) if type(classes) is np.ndarray else 0
        array(attributes.get("target_mean_"), f"the means of {what}", np.float64, (repeats,))
    encodings = attributes.get("encodings_")
    if type(encodings) is not list or not repeats or len(encodings) != len(categories) * repeats:
        raise Refused(f"{what} has another number of encodings than of features")
    for index, encoding in enumerate(encodings):
        array(encoding, f"an encoding of {what}", np.float64, (len(categories[index // repeats]),))


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


CHECKS = {
    ("sklearn.preprocessing._encoders", "OneHotEncoder"): _check_one_hot,
    ("sklearn.preprocessing._encoders", "OrdinalEncoder"): _check_ordinal,
    ("sklearn.preprocessing._target_encoder", "TargetEncoder"): _check_target,
}
