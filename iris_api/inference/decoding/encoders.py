"""One-hot encoders, which number the columns of a sparse matrix by their own count: SciPy does not compare these with its width."""

from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer


def _check_one_hot(encoder: Any) -> None:
    attributes = vars(encoder)
    if "categories_" not in attributes:
        return
    categories, widths = attributes["categories_"], attributes.get("_n_features_outs")
    if type(categories) is not list or type(widths) is not list or len(widths) != len(categories):
        raise Refused("a OneHotEncoder has no categories, or another number of columns")
    if not all(type(values) is np.ndarray and values.ndim == 1 for values in categories):
        raise Refused("a OneHotEncoder has categories that are not a row of values")
    for index, width in enumerate(widths):
        if _highest_code(attributes, index) >= integer(width, "the number of columns of a OneHotEncoder"):
            raise Refused("a OneHotEncoder has more categories than columns")


def _highest_code(attributes: dict[str, Any], index: int) -> int:
    """The highest column that a category of the feature number ``index`` is encoded as, or -1 if it has none."""
    codes = np.arange(len(attributes["categories_"][index]))
    mappings = attributes.get("_default_to_infrequent_mappings")
    if mappings is not None and mappings[index] is not None:
        codes = np.take(mappings[index], codes)
    dropped = attributes.get("_drop_idx_after_grouping")
    if dropped is not None and dropped[index] is not None:
        codes = codes[codes != dropped[index]]
        codes = codes - (codes > dropped[index])
    return int(codes.max(initial=-1))


CHECKS = {("sklearn.preprocessing._encoders", "OneHotEncoder"): _check_one_hot}
