"""What is wrong with a row, in our own words: the validator's errors as faults with pointers."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import from_json

from iris_api.errors import Fault
from iris_api.inference.abstract_column import MAX_NAME
from iris_api.inference.batches import Piece, is_large, shifted
from iris_api.inference.columns import WHOLE_NUMBER, Array, Category, Column, Datetime
from iris_api.inference.labels import class_name
from iris_api.inference.strict_json import pointer

MAX_LISTED = 10
# looking for a name takes up to 5 µs a column
MAX_HINTS, MAX_COMPARED = 5, 500
_SEPARATORS = re.compile(r"[\s_.-]+")
_NOT_TAKEN = "is not a member that is taken here"
_DATE = "must be a date such as 2026-11-30 (RFC 3339)"
_DATE_TIME = "must be a date with time such as 2026-11-30T09:30:00{} (RFC 3339)"
_WHOLE = "must be a whole number of at most 64 bits"

_DETAILS = {
    "missing": "is required",
    "extra_forbidden": _NOT_TAKEN,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number that a 32-bit float can hold",
    "greater_than_equal": "must be at least {ge:.17g}",
    "less_than_equal": "must be at most {le:.17g}",
    "dict_type": "must be an object",
    "list_type": "must be an array of objects",
    "too_short": "must hold at least one row",
    "bool_type": "must be true or false",
    WHOLE_NUMBER: _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "string_type": "must be a string",
    "string_too_long": "must have at most {max_length} characters",
}


def faults_of(columns: dict[str, Column], errors: Sequence[Any], piece: Piece, rows_before: int) -> Iterator[Fault]:
    """The faults behind ``errors`` of rows of ``columns``.

    Parameters
    ----------
    columns
        By name.
    errors
        As pydantic-core lists them, their inputs left out.
    piece
        What was validated.
    rows_before
        How many rows of the body come before it.
    """
    hints = MAX_HINTS
    for error in errors:
        location = error["loc"]
        column = next((columns[part] for part in location if isinstance(part, str) and part in columns), None)
        detail = _detail(error, column, piece)
        if error["type"] == "extra_forbidden" and hints:
            hints -= 1
            detail += _meant(str(location[-1]), columns)
        yield Fault(pointer(shifted(location, rows_before), columns), detail)


def _meant(name: str, columns: dict[str, Column]) -> str:
    """Which column was probably meant by ``name``, if any: one that differs in case and separators only, else the closest."""
    if len(name) > MAX_NAME or len(columns) > MAX_COMPARED:
        return ""
    letters = _letters(name)
    alike = [other for other in columns if _letters(other) == letters] or difflib.get_close_matches(name, columns, n=1, cutoff=0.75)
    return f"; {alike[0]} was probably meant" if alike else ""


def _letters(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


def _detail(error: Any, column: Column | None, piece: Piece) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if column is not None and kind not in ("missing", "extra_forbidden"):
        own = _of_kind(column, error, piece)
        if own is not None:
            return own
    if any(isinstance(bound, int) for bound in context.values()):
        return _DETAILS[kind].replace(":.17g", "").format(**context)
    return _DETAILS.get(kind, "is not what this model takes").format(**context)


def _of_kind(column: Column, error: Any, piece: Piece) -> str | None:
    """What to say of a value of a kind that has words of its own."""
    if isinstance(column, Category):
        return _of_category(column, error["loc"], piece)
    if isinstance(column, Datetime):
        return _DATE_TIME.format("Z" if column.is_zoned else ", without a zone") if column.has_time else _DATE
    if isinstance(column, Array) and error["type"] in ("list_type", "too_short", "too_long"):
        return f"must be nested lists of numbers, of the shape {' x '.join(map(str, column.shape))}"
    return None


def _of_category(column: Category, location: Sequence[Any], piece: Piece) -> str:
    values = [class_name(value) for value in column.values]
    listed = ", ".join(values[:MAX_LISTED])
    more = f" and {len(values) - MAX_LISTED} more" if len(values) > MAX_LISTED else ""
    kind = {bool: "boolean", int: "integer", str: "string"}[type(column.values[0])]
    if column.is_open:
        return f"must be a {kind} such as {listed}"
    close = difflib.get_close_matches(_given(location, piece), values, n=1)
    meant = f"; {close[0]} was probably meant" if close else ""
    return f"must be one of these: {listed}{more}{meant}"


def _given(location: Sequence[Any], piece: Piece) -> str:
    """The text that stands at ``location``, or nothing if it is no text, or far too long to look for it."""
    if is_large(piece.text):
        return ""
    value = from_json(piece.text)
    for part in location:
        value = value[part]
    return value[:100] if isinstance(value, str) else ""
