"""Holds valid rows against what training saw: the model answers others too, but nothing vouches for the answer."""

from collections.abc import Iterator
from itertools import accumulate
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.errors import Fault
from iris_api.inference.abstract_column import BoundedColumn
from iris_api.inference.columns import Array, Category, Column
from iris_api.inference.layouts import Rows
from iris_api.inference.signature import Signature
from iris_api.wire.batches import INSTANCES
from iris_api.wire.strict_json import fault_at

MAX_WARNINGS = 50
"""Most warnings of one row."""
MAX_LISTED = 10_000
"""Most warnings of a batch; those of rows behind are left out, and counted."""


class Warnings(dict[int, list[Fault]]):
    """By the number of the row, what is to be warned of in it; rows without warnings are not there.

    ``left_out`` is how many rows have warnings that are not listed.
    """

    left_out = 0


NO_WARNINGS = Warnings()


class Unseen:
    """What is to be warned of in rows of ``signature``."""

    def __init__(self, signature: Signature) -> None:
        self._columns = [(index, column) for index, column in enumerate(signature.inputs) if column.may_warn]
        self._features = _Features(signature.inputs)
        self._bounds = self._features.bounds() if signature.is_plain and self._columns else None

    def of_row(self, row: list[Any]) -> Warnings:
        """The warnings of one row (columns,); their pointers are those of a single row."""
        bounds = self._bounds
        if bounds is not None and all(low <= value <= high for value, (low, high) in zip(row, bounds, strict=True)):
            return NO_WARNINGS
        warnings = list(_of(self._columns, row, ()))[:MAX_WARNINGS]
        return Warnings({0: warnings}) if warnings else NO_WARNINGS

    def of_rows(self, rows: Rows) -> Warnings:
        """The warnings of each of ``rows`` (n, columns) that has any; their pointers are those of a batch."""
        if not self._columns:
            return NO_WARNINGS
        numbered = self._odd(rows) if isinstance(rows, list) else self._features.odd(rows)
        found, listed = Warnings(), 0
        for index, row in numbered:
            warnings = _of(self._columns, row, (INSTANCES, index))
            first = next(warnings, None)
            if first is not None and listed < MAX_LISTED:
                found[index] = [first, *warnings][:MAX_WARNINGS]
                listed += len(found[index])
            elif first is not None:
                found.left_out += 1
        return found

    def _odd(self, rows: list[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
        """The number of each of ``rows`` that has something to warn of, and the row."""
        odd: set[int] = set()
        for place, column in self._columns:
            values, unseen = [row[place] for row in rows], column.unseen
            if column.any_unseen(values):
                odd.update(index for index, value in enumerate(values) if unseen(value) is not None)
        return ((index, rows[index]) for index in sorted(odd))


class _Features:
    """Where the values of columns stand in the rows of a matrix, which has one feature for each number of an array."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._widths = [column.items if isinstance(column, Array) else 1 for column in columns]
        self._starts = list(accumulate(self._widths[:-1], initial=0))

    def bounds(self) -> list[tuple[float, float]]:
        """The least and greatest number that training saw, by feature; infinite where a column says nothing."""
        return [bound for column, width in zip(self._columns, self._widths, strict=True) for bound in [_seen(column)] * width]

    def odd(self, rows: NDArray[np.float64]) -> Iterator[tuple[int, list[Any]]]:
        """The number of each of ``rows`` (n, features) that may have something to warn of, and its values by column."""
        lows, highs = np.transpose(self.bounds())
        odd = ((rows < lows) | (rows > highs)).any(axis=1)
        for column, start in zip(self._columns, self._starts, strict=True):
            if isinstance(column, BoundedColumn) and column.warns_if_missing:
                odd |= np.isnan(rows[:, start])
            if isinstance(column, Category) and column.is_open:
                odd |= ~(np.isin(rows[:, start], np.array(column.values, dtype=np.float64)) | np.isnan(rows[:, start]))
        for index in np.flatnonzero(odd).tolist():
            yield index, [self._value(rows[index], number) for number in range(len(self._columns))]

    def _value(self, row: NDArray[np.float64], number: int) -> Any:
        start, column = self._starts[number], self._columns[number]
        values: list[float] = row[start : start + self._widths[number]].tolist()
        if any(map(isnan, values)):
            return None
        return values if isinstance(column, Array) else values[0]


def _of(columns: list[tuple[int, Column]], row: list[Any], location: tuple[str | int, ...]) -> Iterator[Fault]:
    """The warnings of ``row``, of those of its values that ``columns`` gives the places of."""
    for index, column in columns:
        detail = column.unseen(row[index])
        if detail is not None:
            yield fault_at((*location, column.name), (column.name,), detail)


def _seen(column: Column) -> tuple[float, float]:
    low, high = (getattr(column, name, None) for name in ("seen_minimum", "seen_maximum"))
    return (-np.inf, np.inf) if low is None or high is None else (low, high)
