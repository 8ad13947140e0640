"""How rows reach the estimator: as a matrix of numbers, as a pandas DataFrame of the very types of training, or as texts.

Rows come as they are validated: for each row a list with one value a column, None where it is missing; or, where all columns are
plain numbers, as one array of float64.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from iris_api.inference.columns import Array, Boolean, Category, Column, Integer, Number, flat

Rows = NDArray[np.float64] | list[list[Any]]
Assemble = Callable[[Rows], Any]
"""From rows (n, columns) to what the estimator is asked."""

_IN_MATRIX = (Number, Integer, Boolean, Array)


class _Layout(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Matrix(_Layout):
    """An array of float64, with NaN for what is missing; the numbers of an array stand side by side."""

    kind: Literal["matrix"] = "matrix"

    def fault(self, columns: Sequence[Column]) -> str | None:
        """Why ``columns`` cannot be laid out so, or None."""
        odd = next((column for column in columns if not _is_numeric(column)), None)
        return None if odd is None else f"{odd.name} is a {odd.kind}, which a matrix of numbers cannot hold"

    def width(self, columns: Sequence[Column]) -> int:
        """How many features the estimator takes."""
        return sum(column.items if isinstance(column, Array) else 1 for column in columns)

    def assembler(self, columns: Sequence[Column]) -> Assemble:
        """See `Assemble`."""
        arrays = [index for index, column in enumerate(columns) if isinstance(column, Array)]

        def assemble(rows: Rows) -> NDArray[np.float64]:
            if isinstance(rows, np.ndarray):
                return rows
            return np.array([_flat_row(row) for row in rows] if arrays else rows, dtype=np.float64)

        return assemble


class Frame(_Layout):
    """A pandas DataFrame whose columns have ``dtypes``, those of training, by name."""

    kind: Literal["frame"] = "frame"
    dtypes: list[str] = Field(min_length=1)

    def fault(self, columns: Sequence[Column]) -> str | None:
        """See `Matrix.fault`."""
        if len(self.dtypes) != len(columns):
            return "a frame needs one dtype a column"
        return next((f"{column.name} is an array, which a frame cannot hold" for column in columns if isinstance(column, Array)), None)

    def width(self, columns: Sequence[Column]) -> int:
        """See `Matrix.width`."""
        return len(columns)

    def assembler(self, columns: Sequence[Column]) -> Assemble:
        """See `Assemble`."""
        from iris_api.inference.frames import frame_assembler

        return frame_assembler(columns, self.dtypes)


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


def _is_numeric(column: Column) -> bool:
    return isinstance(column, _IN_MATRIX) or (isinstance(column, Category) and not isinstance(column.values[0], str))


def _flat_row(row: Sequence[Any]) -> list[Any]:
    numbers: list[Any] = []
    for value in row:
        numbers.extend(flat(value)) if isinstance(value, list) else numbers.append(value)
    return numbers
