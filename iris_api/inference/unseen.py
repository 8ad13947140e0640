"""Holds valid rows against what training saw: the model answers others too, but nothing vouches for the answer."""

from typing import Any

import numpy as np

from iris_api.errors import Fault
from iris_api.inference.columns import Integer, Number
from iris_api.inference.layouts import Rows
from iris_api.inference.signature import Signature
from iris_api.inference.strict_json import pointer

MAX_WARNINGS = 50


Warnings = dict[int, list[Fault]]
"""By the number of the row, what is to be warned of in it; rows without warnings are not there."""


class Unseen:
    """What is to be warned of in rows of ``signature``."""

    def __init__(self, signature: Signature) -> None:
        self._columns = signature.inputs
        self._bounds = [_seen(column) for column in signature.inputs] if signature.is_plain else None

    def of_row(self, row: list[Any]) -> Warnings:
        """The warnings of one row (columns,); their pointers are those of a single row."""
        bounds = self._bounds
        if bounds is not None and all(low <= value <= high for value, (low, high) in zip(row, bounds, strict=True)):
            return {}
        warnings = self._of(row, ())
        return {0: warnings} if warnings else {}

    def of_rows(self, rows: Rows) -> Warnings:
        """The warnings of each of ``rows`` (n, columns) that has any; their pointers are those of a batch."""
        if isinstance(rows, np.ndarray):
            if self._bounds is None:
                return {}
            lows, highs = np.transpose(self._bounds)
            odd = np.flatnonzero(((rows < lows) | (rows > highs)).any(axis=1)).tolist()
            return {index: self._of(rows[index].tolist(), ("instances", index)) for index in odd}
        found = ((index, self._of(row, ("instances", index))) for index, row in enumerate(rows))
        return {index: warnings for index, warnings in found if warnings}

    def _of(self, row: list[Any], location: tuple[str | int, ...]) -> list[Fault]:
        unseen = ((column.name, column.unseen(value)) for column, value in zip(self._columns, row, strict=True))
        return [Fault(pointer((*location, name), (name,)), detail) for name, detail in unseen if detail is not None][:MAX_WARNINGS]


def _seen(column: Any) -> tuple[float, float]:
    if not isinstance(column, Number | Integer) or column.seen_minimum is None or column.seen_maximum is None:
        return -np.inf, np.inf
    return column.seen_minimum, column.seen_maximum
