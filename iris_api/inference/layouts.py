"""How rows reach the estimator: as a matrix of numbers, as a pandas DataFrame of the very types of training, or as texts.

Rows come as they are validated: for each row a list with one value a column, None where it is missing; or, where all columns are
plain numbers, and in batches wherever the layout is a matrix, as one array of float64.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from iris_api.inference.columns import Array, Boolean, Category, Column, Datetime, Integer, Number
from iris_api.inference.moments import Moment

Rows = NDArray[np.float64] | list[list[Any]]
Assemble = Callable[[Rows], Any]
"""From rows (n, columns) to what the estimator is asked, which it may change in place."""

_IN_MATRIX = (Number, Integer, Boolean, Array)
_INTEGERS = re.compile(r"(u?)int(8|16|32|64)", re.IGNORECASE)
_FLOATS = re.compile(r"float(16|32|64)", re.IGNORECASE)
_NANOSECONDS = date(1677, 9, 22), date(2262, 4, 11)
"""The days that nanoseconds since 1970 reach in 64 bits, the last one up to its start."""


class _Layout(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def narrowed(self, columns: Sequence[Column]) -> list[Column]:
        """``columns`` with the bounds of what the layout can hold, so that what it cannot is refused and never changed."""
        return list(columns)


class Matrix(_Layout):
    """An array of numbers of `dtype`, with NaN for what is missing; the numbers of an array stand side by side."""

    kind: Literal["matrix"] = "matrix"
    dtype: Literal["float32", "float64"] = "float64"

    def fault(self, columns: Sequence[Column]) -> str | None:
        """Why ``columns`` cannot be laid out so, or None."""
        odd = next((column for column in columns if not _is_numeric(column)), None)
        return None if odd is None else f"{odd.name} is of kind {odd.kind}, which a matrix of numbers cannot hold"

    def width(self, columns: Sequence[Column]) -> int:
        """How many features the estimator takes."""
        return sum(column.items if isinstance(column, Array) else 1 for column in columns)

    def assembler(self, columns: Sequence[Column]) -> Assemble:
        """See `Assemble`."""
        has_arrays, dtype = any(isinstance(column, Array) for column in columns), np.dtype(self.dtype)

        def assemble(rows: Rows) -> NDArray[Any]:
            if isinstance(rows, np.ndarray) or not has_arrays:
                return np.array(rows, dtype=dtype)
            features = [_features(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
            return np.hstack(features).astype(dtype, copy=False)

        return assemble


class Frame(_Layout):
    """A pandas DataFrame whose columns have ``dtypes``, those of training, by name; without ``has_names`` it numbers its columns."""

    kind: Literal["frame"] = "frame"
    dtypes: list[str] = Field(min_length=1)
    has_names: bool = True

    def fault(self, columns: Sequence[Column]) -> str | None:
        """See `Matrix.fault`."""
        if len(self.dtypes) != len(columns):
            return "a frame needs one dtype a column"
        pairs = zip(columns, self.dtypes, strict=True)
        odd = ((column, dtype) for column, dtype in pairs if _misfits(column, dtype))
        return next((f"{column.name} is of kind {column.kind}, which the dtype {dtype[:40]} cannot hold" for column, dtype in odd), None)

    def narrowed(self, columns: Sequence[Column]) -> list[Column]:
        """See `Matrix.narrowed`."""
        return [_narrowed(column, dtype) for column, dtype in zip(columns, self.dtypes, strict=True)]

    def width(self, columns: Sequence[Column]) -> int:
        """See `Matrix.width`."""
        return len(columns)

    def assembler(self, columns: Sequence[Column]) -> Assemble:
        """See `Assemble`."""
        from iris_api.inference.frames import frame_assembler

        return frame_assembler(columns, self.dtypes, self.has_names)


class Texts(_Layout):
    """A list of texts, as a vectoriser takes them."""

    kind: Literal["texts"] = "texts"

    def fault(self, columns: Sequence[Column]) -> str | None:
        """See `Matrix.fault`."""
        is_text = len(columns) == 1 and columns[0].kind == "text" and not columns[0].nullable
        return None if is_text else "texts need one column of kind text that may not be missing"

    def width(self, columns: Sequence[Column]) -> None:
        """See `Matrix.width`: there is nothing to compare with."""

    def assembler(self, _columns: Sequence[Column]) -> Assemble:
        """See `Assemble`."""
        return lambda rows: [row[0] for row in rows]


Layout = Matrix | Frame | Texts


def _features(column: Column, values: list[Any]) -> NDArray[np.float64]:
    """The features (n, width) that ``values`` of ``column`` are."""
    if isinstance(column, Array) and None in values:
        missing = np.full(column.shape, np.nan)
        values = [missing if value is None else value for value in values]
    return np.array(values, dtype=np.float64).reshape(len(values), -1)


def _misfits(column: Column, dtype: str) -> bool:
    """Whether a series of ``dtype`` would change values of ``column``, or cannot have any."""
    if isinstance(column, Array):
        return True
    if isinstance(column, Datetime):
        has_zone = dtype.startswith("datetime64") and "," in dtype
        return not dtype.startswith(("datetime64", "object")) or has_zone != column.is_zoned
    value_type = column.value_type if isinstance(column, Category) else None
    if _INTEGERS.fullmatch(dtype):
        return not isinstance(column, Integer) and value_type is not int
    if dtype in ("bool", "boolean"):
        return not isinstance(column, Boolean) and value_type is not bool
    return dtype.startswith("datetime64") or (bool(_FLOATS.fullmatch(dtype)) and not _is_numeric(column))


def _narrowed(column: Column, dtype: str) -> Column:
    integers = _INTEGERS.fullmatch(dtype)
    if integers and isinstance(column, Integer):
        bits = int(integers[2])
        least, most = (0, 2**bits - 1) if integers[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        low, high = column.range
        return column.model_copy(update={"minimum": max(low, least), "maximum": min(high, most)})
    if dtype.startswith("datetime64[ns") and isinstance(column, Datetime):
        first, last = (_start_of(day, column) for day in _NANOSECONDS)
        lowest = first if column.minimum is None else max(column.minimum, first)
        highest = last if column.maximum is None else min(column.maximum, last)
        return column.model_copy(update={"minimum": lowest, "maximum": highest})
    return column


def _start_of(day: date, column: Datetime) -> Moment:
    return datetime.combine(day, time.min, UTC if column.is_zoned else None) if column.has_time else day


def _is_numeric(column: Column) -> bool:
    return isinstance(column, _IN_MATRIX) or (isinstance(column, Category) and column.value_type is not str)
