"""A column of a table: its cells, where they come from, and what was found about them."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from iris_api.errors import ArtifactError
from iris_api.training.number_formats import Unreadable
from iris_api.training.tables import quoted

Kind = Literal["number", "integer", "boolean", "category", "text", "datetime", "array"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column with its kind.

    Parameters
    ----------
    name, kind, nullable
        The column's name, what its values are, and whether some may be missing.
    values
        One value a row, None where it is missing: float, int, bool, str (RFC 3339 for datetime), or nested lists of
        float. A category's values are all str, all int or all bool.
    notes
        What was inferred that is not obvious, one sentence each, with the option that overrules it.
    shape
        The shape of every value of an array, () for other kinds.
    """

    name: str
    kind: Kind
    nullable: bool
    values: list[Any]
    notes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where cells come from.

    Parameters
    ----------
    path
        The file, None if there is none.
    lines
        The line of each row in that file; empty if unknown.
    typed
        Whether the file tells text from other values, as JSON does. Text then stays text, and only null is missing.
    """

    path: Path | None = None
    lines: Sequence[int] = ()
    typed: bool = False

    def place(self, row: int) -> str:
        """Where the row at index ``row`` is, as a message names it."""
        where = f"line {self.lines[row]}" if self.lines else f"row {row + 1}"
        return f"{self.path}, {where}" if self.path else where


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one column, and how messages speak of it.

    Parameters
    ----------
    name, cells, origin
        The column's name, its cells, and where they come from.
    """

    name: str
    cells: Sequence[Any]
    origin: Origin

    def inferred(self, kind: Kind, values: list[Any], *notes: str, shape: tuple[int, ...] = ()) -> Inferred:
        """The column with the kind that was found; each note is the end of a sentence that starts with the column."""
        sentences = tuple(f"Column {quoted(self.name)} {note}." for note in notes if note)
        return Inferred(self.name, kind, None in values, values, sentences, shape)

    def overruled_by(self, note: str, kind: str) -> str:
        """``note`` with the option that chooses ``kind`` instead, or "" if there is no note."""
        return f"{note}; {self.option(kind)} changes that" if note else ""

    def option(self, kind: str) -> str:
        """The option that chooses ``kind`` for the column."""
        return "--kind " + shlex.quote(f"{self.name}={kind}")

    def error(self, fault: Unreadable) -> ArtifactError:
        """The fault with the place of its cell and the ways out of it."""
        if fault.cell is None:
            place = f"{self.origin.path}: " if self.origin.path else ""
            return ArtifactError(f"{place}column {quoted(self.name)} {fault.reason}, or read it as text with {self.option('text')}")
        row = next(row for row, cell in enumerate(self.cells) if cell is fault.cell or stripped(cell) == fault.cell)
        where = f"{self.origin.place(row)}, column {quoted(self.name)}"
        return ArtifactError(
            f"{where}: {quoted(str(fault.cell))} {fault.reason}; correct it, or read the column as text with {self.option('text')}"
        )


def is_null(cell: Any) -> bool:
    """Whether ``cell`` is None or not a number (NaN)."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def stripped(cell: Any) -> str | None:
    """Text without the spaces around it, None for other cells."""
    return cell.strip() if isinstance(cell, str) else None
