"""What the cells of a column mean: the kind of the column, whether it has missing values, and its values."""

import shlex
from collections.abc import Sequence
from typing import Any

from iris_api.errors import ArtifactError
from iris_api.training.cell_parsers import parser_for, shape_of, show_shape
from iris_api.training.inferred_columns import KINDS, NOWHERE, Column, Inferred, Kind, Origin, is_null, stripped
from iris_api.training.number_formats import Unreadable, fits_64_bits
from iris_api.training.tables import listed, quoted
from iris_api.training.text_kinds import (
    IS_IDENTIFIER,
    LARGEST_EXACT,
    MIN_CATEGORIES,
    Doubt,
    Reading,
    almost_numbers,
    is_category,
    read_booleans,
    read_datetimes,
    read_numbers,
)

# what pandas.read_csv takes for missing
_PANDAS_MISSING = "NA N/A n/a <NA> #N/A #NA NaN nan -NaN -nan null NULL None 1.#IND -1.#IND 1.#QNAN -1.#QNAN"
MISSING = frozenset(["", "#N/A N/A", *_PANDAS_MISSING.split()])
# missing beside numbers and dates, but a value beside words: the classes of a column may be "+" and "-"
MISSING_BESIDE_NUMBERS = frozenset(["-", "?"])
_JSON_TYPES = {bool: "booleans", int: "numbers", float: "numbers", str: "text", list: "lists"}


def infer(name: str, cells: Sequence[Any], origin: Origin = NOWHERE) -> Inferred:
    """Find the kind of a column from its cells: text as CSV has it, or values as JSON has them.

    Raises
    ------
    ArtifactError
        If no kind fits: a number that a 64-bit float cannot hold, arrays of several shapes, or lists among other values.
    """
    column = Column(name, cells, origin)
    types = {type(cell) for cell in cells if not is_null(cell)}
    try:
        if types == {str} and not origin.typed:
            return _infer_text(column)
        return _infer_typed(column, types)
    except Unreadable as fault:
        raise column.error(fault) from None


def convert(name: str, cells: Sequence[Any], kind: Kind, nullable: bool, origin: Origin = NOWHERE) -> Inferred:
    """Read a column as the kind that a person chose.

    Markers such as NA mean missing. In a column of text or categories they do so only if it is ``nullable``: without
    that, such a column keeps NA as a value. An empty cell of a CSV file is always missing.

    Raises
    ------
    ArtifactError
        If ``kind`` is no kind, a cell is not of that kind, or one is missing where the column is not ``nullable``.
    """
    column = Column(name, cells, origin)
    if kind not in KINDS:
        raise ArtifactError(f"{column.option(kind)} names no kind; the kinds are {listed(list(KINDS))}")
    markers = _markers(kind, nullable, origin.typed)
    missing = [is_null(cell) or stripped(cell) in markers for cell in cells]
    if any(missing) and not nullable:
        where = f"{origin.place(missing.index(True))}, column {quoted(name)}"
        raise ArtifactError(f"{where}: the value is missing; fill it, or allow missing values with --nullable {shlex.quote(name)}")
    known = [cell for cell, is_missing in zip(cells, missing, strict=True) if not is_missing]
    try:
        parse = parser_for(kind, known)
        values = [None if is_missing else parse(cell) for cell, is_missing in zip(cells, missing, strict=True)]
    except Unreadable as fault:
        raise column.error(fault) from None
    shape = next((shape_of(value) for value in values if value is not None), None) if kind == "array" else None
    return Inferred(name, kind, nullable, values, shape=shape or ())


def _markers(kind: Kind, nullable: bool, typed: bool) -> frozenset[str]:
    """The texts that mean missing in a column of a chosen kind."""
    if kind not in {"text", "category"}:
        return MISSING | MISSING_BESIDE_NUMBERS
    if typed:
        return frozenset()
    return MISSING if nullable else frozenset([""])


def _infer_text(column: Column) -> Inferred:
    """Infer from text alone. Only different texts are looked at: a column of a million rows may have a hundred."""
    trimmed = {cell: cell.strip() for cell in dict.fromkeys(column.cells) if isinstance(cell, str)}
    texts = {cell: text for cell, text in trimmed.items() if text not in MISSING}
    if not texts:
        return _empty(column)
    reading = read_booleans(dict.fromkeys(texts.values()))
    if isinstance(reading, Reading):
        return _read(column, trimmed, reading)
    plain = dict.fromkeys(text for text in texts.values() if text not in MISSING_BESIDE_NUMBERS)
    doubt = None
    for read in (read_numbers, read_datetimes):
        result = read(plain)
        if isinstance(result, Reading):
            return _read(column, trimmed, result)
        doubt = doubt or result
    doubt = doubt or almost_numbers(plain)
    markers = [text for text in dict.fromkeys(trimmed.values()) if text and text in MISSING]
    values = [cell if cell in texts else None for cell in column.cells]
    note = f"is missing where it has {listed(markers)}" if markers else ""
    # beside empty cells the column has to be nullable, and its markers are missing then too
    return _words(column, values, doubt, note if "" in trimmed.values() else column.overruled_by(note, "text"))


def _read(column: Column, trimmed: dict[str, str], reading: Reading) -> Inferred:
    """Give the column the values of a reading; ``trimmed`` has the text of each cell without spaces around it."""
    values = {cell: reading.values.get(text) for cell, text in trimmed.items()}
    markers = [text for text in dict.fromkeys(trimmed.values()) if text and text not in reading.values]
    return column.inferred(
        reading.kind,
        [values.get(cell) for cell in column.cells],
        column.overruled_by(reading.note, reading.other),
        column.overruled_by(f"is missing where it has {listed(markers)}" if markers else "", "text"),
    )


def _empty(column: Column) -> Inferred:
    note = column.overruled_by("has no values and is read as numbers", "text")
    return column.inferred("number", [None] * len(column.cells), note)


def _words(column: Column, values: list[str | None], doubt: Doubt | None, missing: str = "") -> Inferred:
    """Decide between text and category."""
    present = [value for value in values if value is not None]
    different = len(set(present))
    kind: Kind = "category" if is_category(different, len(present), len(values)) else "text"
    note = ""
    if doubt:
        note = f"{doubt.reason}; it is read as {kind}" + (f"; {column.option(doubt.other)} changes that" if doubt.other else "")
    elif kind == "text" or different > MIN_CATEGORIES:
        note = f"is read as {kind}, as it has {different} different values in {len(values)} rows"
        note = column.overruled_by(note, "text" if kind == "category" else "category")
    return column.inferred(kind, values, note, missing)


def _infer_typed(column: Column, types: set[type]) -> Inferred:
    """Infer from JSON values, whose types tell text, numbers and booleans apart."""
    values = [None if is_null(cell) else cell for cell in column.cells]
    known = [value for value in values if value is not None]
    if not known:
        return _empty(column)
    if types == {bool}:
        return column.inferred("boolean", values)
    if types <= {int, float}:
        return _infer_typed_numbers(column, values, types)
    if list in types:
        return _infer_arrays(column, values, types)
    if types == {str}:
        dates = read_datetimes(dict.fromkeys(known))
        return _read(column, dict(zip(known, known, strict=True)), dates) if isinstance(dates, Reading) else _words(column, values, dates)
    parse = parser_for("text", known)
    found = " and ".join(sorted({_JSON_TYPES.get(each, each.__name__) for each in types}))
    return _words(column, [None if value is None else parse(value) for value in values], Doubt(f"has {found}"))


def _infer_arrays(column: Column, values: list[Any], types: set[type]) -> Inferred:
    if types != {list}:
        raise Unreadable(None, "has lists beside other values; write a list of numbers in every row")
    known = [value for value in values if value is not None]
    parse = parser_for("array", known)
    arrays = [None if value is None else parse(value) for value in values]
    shape = shape_of(known[0]) or ()
    return column.inferred("array", arrays, f"is read as arrays of shape {show_shape(shape)}", shape=shape)


def _infer_typed_numbers(column: Column, values: list[Any], types: set[type]) -> Inferred:
    integers = [value for value in values if value is not None] if types == {int} else []
    if integers and all(fits_64_bits(value) for value in integers):
        inexact = any(abs(value) > LARGEST_EXACT for value in integers)
        return column.inferred("integer", values, column.overruled_by(IS_IDENTIFIER if inexact else "", "text"))
    parse = parser_for("number", [])
    note = column.overruled_by("has integers of more than 64 bits and is read as numbers", "text") if integers else ""
    return column.inferred("number", [None if value is None else parse(value) for value in values], note)
