"""Column transformers: the columns of each part, and the names that they give their output."""

from string import Formatter
from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import is_number

_NAME = "a ColumnTransformer"
_FIELDS = frozenset({"transformer_name", "feature_name"})


def _check(transformer: Any) -> None:
    attributes = vars(transformer)
    _check_names(attributes.get("verbose_feature_names_out"))
    if "transformers_" not in attributes:
        return
    parts = attributes["transformers_"]
    if type(parts) is not list or not all(type(part) is tuple and len(part) == 3 for part in parts):
        raise Refused(f"{_NAME} has no list of parts with their columns")
    if not all(type(name) is str and _selects(columns) for name, _, columns in parts):
        raise Refused(f"{_NAME} has a part whose columns are neither numbers nor names")
    if type(attributes.get("sparse_output_")) is not bool:
        raise Refused(f"{_NAME} does not say whether its output is sparse")


def _check_names(pattern: Any) -> None:
    """Refuse a pattern of names that reads attributes or pads its fields: either can do more than name a column."""
    if type(pattern) is bool:
        return
    if type(pattern) is not str:
        raise Refused(f"{_NAME} names its output by something else than a pattern")
    try:
        fields = [field for _, *field in Formatter().parse(pattern) if field != [None, None, None]]
    except ValueError:
        fields = [["", None, None]]
    if not all(name in _FIELDS and not spec and not conversion for name, spec, conversion in fields):
        raise Refused(f"{_NAME} names its output by a pattern of other fields than names")


def _selects(columns: Any) -> bool:
    """Whether ``columns`` are names, numbers, truth values, or a slice of them."""
    if type(columns) is np.ndarray:
        return columns.ndim == 1 and (columns.dtype.kind in "biuU" or all(map(_is_label, columns.tolist())))
    return type(columns) is slice or all(map(_is_label, columns if type(columns) is list else [columns]))


def _is_label(value: Any) -> bool:
    return type(value) in (str, bool, np.str_, np.bool_) or is_number(value)


CHECKS = {("sklearn.compose._column_transformer", "ColumnTransformer"): _check}
