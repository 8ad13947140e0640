"""Builds DataFrames of the very types of training. The only module that imports pandas; only a bundle that needs it gets here."""

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Category, Column

try:
    import pandas as pd
except ImportError:
    raise ArtifactError("the model takes DataFrames, and pandas is not installed; install it: pip install 'iris-api[pandas]'") from None

Make = Callable[[list[Any]], Any]

CATEGORY, ORDERED, OF = "category", ", ordered", ", of "
OBJECT_NAN = "object, nan"
"""Objects among which a missing value is NaN, not None; an encoder tells the two apart."""


def frame_assembler(columns: Sequence[Column], dtypes: Sequence[str], has_names: bool = True) -> Callable[[Any], pd.DataFrame]:
    """From rows (n, columns) to a DataFrame, whose columns are numbered if it has no names.

    Raises
    ------
    ArtifactError
        If a dtype is none that pandas knows.
    """
    names = [column.name for column in columns] if has_names else range(len(columns))
    makers = [_maker(column, dtype) for column, dtype in zip(columns, dtypes, strict=True)]

    def assemble(rows: Any) -> pd.DataFrame:
        by_column = zip(*(rows if isinstance(rows, list) else rows.tolist()), strict=True)
        made = [make(list(values)) for make, values in zip(makers, by_column, strict=True)]
        return pd.DataFrame(dict(zip(names, made, strict=True)), copy=False)

    return assemble


def dtype_name(series: Any) -> str:
    """How a manifest writes the dtype of ``series``."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        kind = dtype.categories.dtype
        # that of the categories only if pandas would not find it out itself
        of_kind = "" if pd.Index(dtype.categories.tolist()).dtype == kind else f"{OF}{kind}"
        return CATEGORY + (ORDERED if dtype.ordered else "") + of_kind
    if dtype == np.dtype(object) and any(isinstance(value, float) for value in series[series.isna()]):
        return OBJECT_NAN
    return str(dtype)


def _maker(column: Column, name: str) -> Make:
    """Makes one column of a frame from its values, which may be None."""
    dtype = _dtype(column, name)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return lambda values: pd.array([value and value.astimezone(UTC) for value in values], dtype=dtype)
    if not isinstance(dtype, np.dtype):
        return lambda values: pd.array(values, dtype=dtype)
    if dtype.kind == "O":
        return _objects_or_nan if name == OBJECT_NAN else _objects
    if dtype.kind in "iub":
        # what pandas makes of such a column as soon as a value is missing
        missing = _objects if dtype.kind == "b" else partial(np.array, dtype=np.float64)
        return lambda values: missing(values) if None in values else np.array(values, dtype=dtype)
    if dtype.kind == "M":
        return lambda values: np.array(values, dtype="datetime64[us]").astype(dtype)
    return lambda values: np.array(values, dtype=dtype)


def _objects(values: list[Any]) -> Any:
    """A series, since pandas would take a bare array of objects for text."""
    return pd.Series(values, dtype=np.dtype(object))


def _objects_or_nan(values: list[Any]) -> Any:
    return _objects([np.nan if value is None else value for value in values])


def _dtype(column: Column, name: str) -> Any:
    if name.startswith(CATEGORY):
        if not isinstance(column, Category) or column.is_open:
            raise ArtifactError(
                f"the manifest gives {column.name} the dtype {name}, which takes a column of kind category that is not open"
            )
        options, _, kind = name.partition(OF)
        return pd.CategoricalDtype(pd.Index(column.values, dtype=_known(column, kind) if kind else None), ordered=options.endswith(ORDERED))
    return _known(column, name.removesuffix(", nan"))


def _known(column: Column, name: str) -> Any:
    try:
        return pd.api.types.pandas_dtype(name)
    except TypeError:
        raise ArtifactError(f"the manifest gives {column.name} the dtype {name[:40]!r}, which pandas does not know") from None
