"""Columns of a table as a DataFrame, of the types that pandas gives them when it reads the file."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.training.inferred_columns import Inferred


def frame_of(columns: Sequence[Inferred], as_categories: bool = False) -> Any:
    """``columns`` as a DataFrame with the dtypes that pandas gives them; categories have a dtype of their own on request."""
    pd = _pandas()
    made = {}
    for column in columns:
        values = [np.nan if value is None else value for value in column.values]
        if as_categories and column.kind == "category":
            made[column.name] = pd.Series(values, dtype=pd.CategoricalDtype(sorted({*column.values} - {None})))
        elif column.kind == "datetime":
            made[column.name] = _datetimes(pd, column.values)
        else:
            made[column.name] = pd.Series(values, dtype=_DTYPES.get(column.kind) if not _is_missing(column) else None)
    return pd.DataFrame(made)


_DTYPES = {"number": "float64", "integer": "int64", "boolean": "bool"}


def _is_missing(column: Inferred) -> bool:
    return any(value is None for value in column.values)


def _datetimes(pd: Any, values: list[Any]) -> Any:
    zoned = any(isinstance(value, str) and re.search("(?:Z|[+-][0-9]{2}:[0-9]{2})$", value[10:]) for value in values)
    return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601", utc=zoned))


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise ArtifactError("the model takes DataFrames, and pandas is not installed; install it: pip install 'iris-api[pandas]'") from None
    return pd
