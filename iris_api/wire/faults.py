"""What is wrong with a row, in our own words: the validator's errors as faults with pointers."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic_core import from_json

from iris_api.errors import Fault
from iris_api.inference.abstract_column import spelled
from iris_api.inference.category import NO_SUCH_VALUE
from iris_api.inference.columns import Array, Boolean, Category, Column, Datetime, Integer, Number, Text
from iris_api.inference.labels import class_name
from iris_api.wire.batches import INSTANCES, Piece, shifted
from iris_api.wire.near_misses import NearMisses
from iris_api.wire.row_keys import MAX_KEY_CHARACTERS, NO_KEY
from iris_api.wire.strict_json import fault_at, pointer

MAX_LISTED = 10
MAX_SHOWN = 60
MAX_HINTS = 5
_PLAIN_VALUE = re.compile(r"[^\s,;\"\\](?:[^,;\"\\\x00-\x1f]*[^\s,;\"\\])?")
_WHOLE = "must be a whole number of at most 64 bits"
_KEY = f"must be a string of at most {MAX_KEY_CHARACTERS} characters or a whole number of at most 64 bits"
_BATCHES = f'send many rows to …/predict/batch, as {{"{INSTANCES}": […]}}'
_OF_BODY = {
    "missing": "is required",
    "extra_forbidden": "is not a member that is taken here",
    "dict_type": "must be an object",
    "list_type": "must be an array of objects",
    "too_short": "must hold at least one row",
    NO_KEY: _KEY,
}
_JSON_TYPES = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "an array", dict: "an object"}
_UNKNOWN = object()


class FaultFinder:
    """Says what is wrong with rows of ``columns``, which are given by name, and which may have a member ``row_key``."""

    def __init__(self, columns: dict[str, Column], row_key: str | None) -> None:
        self._columns = columns
        self.names = {*columns} if row_key is None else {*columns, row_key}
        """All members that a row may have, and that a fault may therefore repeat."""
        self._near_names = NearMisses(list(columns) if row_key is None else [*columns, row_key])
        self._near_values: dict[str, NearMisses] = {}

    def misplaced(self, body: bytes) -> Fault | None:
        """The one thing to say where a single row was expected and many came, or a row inside something; None if that is not so."""
        content = from_json(body)
        if isinstance(content, list):
            return Fault("#", f"must be an object, as one row is taken here; {_BATCHES}")
        if not isinstance(content, dict) or len(content) != 1:
            return None
        ((name, inner),) = content.items()
        if name in self.names or not isinstance(inner, dict | list):
            return None
        remedy = "give the members in it by themselves" if isinstance(inner, dict) else f"one row is taken here; {_BATCHES}"
        return Fault(pointer((name,)), f"{_OF_BODY['extra_forbidden']}; {remedy}")

    def faults(self, errors: Sequence[Any], piece: Piece, rows_before: int | None) -> Iterator[Fault]:
        """The faults behind ``errors``.

        Parameters
        ----------
        errors
            As pydantic-core lists them, their inputs left out.
        piece
            What was validated.
        rows_before
            How many rows of the body come before it; None if it is a single row.
        """
        hints, content = MAX_HINTS, from_json(piece.text)
        for error in errors:
            location, kind = error["loc"], error["type"]
            in_row = location if rows_before is None else location[2:]
            column, given = self._columns.get(in_row[0]) if in_row else None, _at(content, location)
            detail = _OF_BODY.get(kind, "is not what this model takes")
            if column is not None and kind != "missing":
                detail = _detail(column, error, given, is_item=len(in_row) > 1)
            if hints and in_row and kind in (NO_SUCH_VALUE, "extra_forbidden"):
                hints -= 1
                detail += self._meant(in_row[0], given)
            yield fault_at(shifted(location, rows_before or 0), self.names, detail)

    def _meant(self, name: str, given: Any) -> str:
        """What was probably meant by the unknown member ``name``, or by the value ``given`` of a category of that name."""
        column = self._columns.get(name)
        if column is None:
            found = self._near_names.nearest(name)
        else:
            if name not in self._near_values:
                self._near_values[name] = NearMisses([value for value in getattr(column, "values", ()) if isinstance(value, str)])
            found = self._near_values[name].nearest(given) if isinstance(given, str) else None
        return "" if found is None else f"; {_cut(found)} was probably meant"


def _at(content: Any, location: Sequence[Any]) -> Any:
    """What stands at ``location``, or `_UNKNOWN` where nothing does."""
    for part in location:
        try:
            content = content[part]
        except (LookupError, TypeError):
            return _UNKNOWN
    return content


def _detail(column: Column, error: Any, given: Any, *, is_item: bool) -> str:
    """What to say of a value of ``column``, or of an item of its array."""
    if given is None and not is_item:
        return "must not be null"
    bound = _of_bound(column, error)
    if bound is not None:
        return bound
    demand, taken = _DEMANDS[Number if error["type"] == "float_type" else type(column)](column)
    if given is _UNKNOWN or type(given) in taken:
        return demand
    return f"{demand}, not {_JSON_TYPES.get(type(given), 'null')}"


def _of_bound(column: Column, error: Any) -> str | None:
    """What to say of a value of the right kind that is too much or too little."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "greater_than_equal":
        return f"must not be before {context['ge']}" if isinstance(column, Datetime) else f"must be at least {spelled(context['ge'])}"
    if kind == "less_than_equal":
        return f"must not be after {context['le']}" if isinstance(column, Datetime) else f"must be at most {spelled(context['le'])}"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    if kind == "finite_number":
        return "must be a number that a 32-bit float can hold"
    return None


_Demand = tuple[str, tuple[type, ...]]
"""What a value must be, and which of Python's types a value has that is of the right type in JSON."""


def _of_category(column: Any) -> _Demand:
    kind = {bool: "true or false", int: "a whole number", str: "a string"}[column.value_type]
    taken = (int, float) if column.value_type is int else (column.value_type,)
    shown = [_shown(value) for value in column.values[:MAX_LISTED]]
    more = f" and {len(column.values) - MAX_LISTED} more" if len(column.values) > MAX_LISTED else ""
    if column.is_open:
        return f"must be {kind} such as {', '.join(shown)}", taken
    return f"must be one of these: {', '.join(shown)}{more}", taken


def _of_datetime(column: Any) -> _Demand:
    if not column.has_time:
        return "must be a date such as 2026-11-30 (RFC 3339)", (str,)
    example = "2026-11-30T09:30:00Z, with its zone" if column.is_zoned else "2026-11-30T09:30:00, without a zone"
    return f"must be a date with time such as {example} (RFC 3339)", (str,)


def _of_array(column: Any) -> _Demand:
    return f"must be nested lists of numbers, of the shape {' x '.join(map(str, column.shape))}", (list,)


_DEMANDS: dict[type, Callable[[Any], _Demand]] = {
    Number: lambda _: ("must be a number", (int, float)),
    Integer: lambda _: (_WHOLE, (int, float)),
    Boolean: lambda _: ("must be true or false", (bool,)),
    Text: lambda _: ("must be a string", (str,)),
    Category: _of_category,
    Datetime: _of_datetime,
    Array: _of_array,
}


def _shown(value: bool | int | str) -> str:
    """A value of a category in a list of some: in quotes where it would not be told from what is around it."""
    if not isinstance(value, str) or _PLAIN_VALUE.fullmatch(value):
        return _cut(class_name(value))
    return json.dumps(_cut(value), ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
