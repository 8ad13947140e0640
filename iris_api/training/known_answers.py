"""The answers that are known of a model's rows: classes, numbers, or labels that apply."""

import re
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from iris_api.errors import ArtifactError
from iris_api.inference.abstract_column import MAX_NAME
from iris_api.training.datasets import COLUMN_NAME

OTHERWISE = ("target",)


def answers_of(y: Any) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """The values of ``y``, shape (n) or (n, targets), and the names of its columns; None and a name if ``y`` is None.

    Raises
    ------
    ArtifactError
        If ``y`` has another shape, a missing value, or columns that cannot be told apart.
    """
    if y is None:
        return None, OTHERWISE
    names = _names(y)
    values, gaps = _values(y.toarray() if issparse(y) else y)
    if values.ndim not in (1, 2):
        raise ArtifactError(f"y must have one or two dimensions, not {values.ndim}")
    odd = np.flatnonzero(gaps.reshape(len(values), -1).any(axis=1))
    if len(odd):
        raise ArtifactError(f"y has no value in row {odd[0]}; leave that row out of X and y, or leave y out")
    if values.dtype == np.dtype(object) and not all(isinstance(value, str) for value in values.ravel()):
        # pandas keeps nullable integers and the like as objects
        values = np.array(values.tolist())
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values, names


def _values(y: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values of ``y``, and where they are missing."""
    try:
        values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    except (TypeError, ValueError):
        raise ArtifactError("y has rows of different lengths; give one value a row, or one for each target") from None
    if hasattr(y, "isna"):
        return values, np.asarray(y.isna(), dtype=bool)
    if values.dtype == np.dtype(object):
        return values, np.array(
            [value is None or (isinstance(value, float) and isnan(value)) for value in values.ravel()], dtype=bool
        ).reshape(values.shape)
    return values, np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)


def _names(y: Any) -> tuple[str, ...]:
    if hasattr(y, "columns"):
        names = tuple(map(str, y.columns))
    else:
        name = getattr(y, "name", None)
        names = OTHERWISE if name is None else (str(name),)
    odd = next((name for name in names if not re.fullmatch(COLUMN_NAME, name)), None)
    if odd is not None:
        raise ArtifactError(f"y has a column whose name is {odd!r:.60}; a name has 1 to {MAX_NAME} characters and no control characters")
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise ArtifactError(f"y has the column {twice!r} twice; give each column a name of its own")
    return names
