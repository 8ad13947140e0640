"""How one cell is read once the kind of its column is known."""

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from iris_api.training.date_formats import Dates, read_dates
from iris_api.training.number_formats import (
    LEADING_ZERO,
    NumberFormat,
    Unreadable,
    closest_format,
    find_format,
    fits_64_bits,
    parse_integer,
)
from iris_api.training.text_kinds import read_booleans

Parser = Callable[[Any], Any]
MAX_DIMENSIONS = 8
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:\.0*)?")
_NO_DATE = "is not a date; write it as YYYY-MM-DD"
_BOOLEANS = {"true": True, "yes": True, "y": True, "t": True, "1": True, "false": False, "no": False, "n": False, "f": False, "0": False}


def parser_for(kind: str, known: Sequence[Any]) -> Parser:
    """Give the function that turns one cell into a value of ``kind``.

    Parameters
    ----------
    kind
        One of the kinds of `iris_api.training.cells`.
    known
        All cells of the column that are not missing: how numbers and dates are written follows from all of them.

    Raises
    ------
    Unreadable
        If the column has no one way to write its values. The function raises it for a cell that is not of ``kind``.
    """
    return _PARSERS[kind](known)


def shape_of(value: Any, dimensions: int = MAX_DIMENSIONS) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers, or None if they have none: empty, ragged, too deep, or not of numbers."""
    if not isinstance(value, list):
        return () if _is_number(value) else None
    shapes = {shape_of(item, dimensions - 1) for item in value} if dimensions else set()
    inner = shapes.pop() if len(shapes) == 1 else None
    return None if inner is None else (len(value), *inner)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number_parser(known: Sequence[Any]) -> Parser:
    texts = {cell.strip() for cell in known if isinstance(cell, str)}
    number_format = find_format(texts) or closest_format(texts)  # so that the error names the cell that differs from most
    if isinstance(number_format, str):
        raise Unreadable(None, number_format)

    def parse(cell: Any) -> float:
        return number_format.parse(cell.strip()) if isinstance(cell, str) else _finite(cell)

    return parse


def _finite(cell: Any) -> float:
    if not _is_number(cell):
        raise Unreadable(cell, "is not a number")
    try:
        value = float(cell)
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        raise Unreadable(cell, "is not a finite number that a 64-bit float can hold")
    return value


def _integer_parser(known: Sequence[Any]) -> Parser:
    number = _number_parser(known)
    number_format = find_format({cell.strip() for cell in known if isinstance(cell, str)})

    def parse(cell: Any) -> int:
        value = number(cell)
        if isinstance(cell, str) and isinstance(number_format, NumberFormat):
            digits = _WHOLE.fullmatch(number_format.plain(cell.strip()))
            exact = parse_integer(digits[1]) if digits else _integral(value)
        else:
            exact = cell if isinstance(cell, int) and fits_64_bits(cell) else _integral(value)
        if exact is None:
            raise Unreadable(cell, "is not an integer of at most 64 bits")
        return exact

    return parse


def _integral(value: float) -> int | None:
    """``value`` as an integer where a float holds integers exactly, None elsewhere."""
    return int(value) if value.is_integer() and abs(value) <= 2**53 else None


def _boolean_parser(_known: Sequence[Any]) -> Parser:
    return _boolean


def _boolean(cell: Any) -> bool:
    value = _BOOLEANS.get(cell.strip().lower() if isinstance(cell, str) else _text(cell))
    if value is None:
        raise Unreadable(cell, "is not a boolean, such as true or false")
    return value


def _text_parser(_known: Sequence[Any]) -> Parser:
    return _text


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _category_parser(known: Sequence[Any]) -> Parser:
    """Integers and the words true and false become values of their own type, as in pandas; all else becomes text."""
    texts = {cell.strip() for cell in known if isinstance(cell, str)}
    booleans = read_booleans(texts) is not None and "yes" not in {text.lower() for text in texts}
    if all(isinstance(cell, bool) for cell in known) or (booleans and all(isinstance(cell, str) for cell in known)):
        return _boolean
    try:
        integer = _integer_parser(known)
        for cell in known:
            integer(cell)
    except Unreadable:
        return _text
    return _text if any(LEADING_ZERO.match(text) for text in texts) else integer


def _datetime_parser(known: Sequence[Any]) -> Parser:
    dates = read_dates({cell.strip() for cell in known if isinstance(cell, str)}) if known else Dates({}, "")
    if not isinstance(dates, Dates):
        odd = next((cell for cell in known if not isinstance(cell, str) or read_dates([cell.strip()]) is None), None)
        if odd is not None:
            raise Unreadable(odd, _NO_DATE)
        raise Unreadable(None, dates or "has dates that are not all written alike; write them as YYYY-MM-DD")

    def parse(cell: Any) -> str:
        if not isinstance(cell, str):
            raise Unreadable(cell, _NO_DATE)
        return dates.values[cell.strip()]

    return parse


def _array_parser(known: Sequence[Any]) -> Parser:
    expected = shape_of(_nested(known[0])) if known else ()

    def parse(cell: Any) -> Any:
        value = _nested(cell)
        shape = shape_of(value)
        if not shape:
            raise Unreadable(cell, "is not an array: nested lists of numbers with one length a level")
        if shape != expected:
            raise Unreadable(cell, f"has the shape {show_shape(shape)} where the first row has {show_shape(expected or ())}")
        return _floats(value)

    return parse


def show_shape(shape: tuple[int, ...]) -> str:
    """``shape`` as messages and options write it: ``8x8``."""
    return "x".join(str(length) for length in shape)


def _nested(cell: Any) -> Any:
    """A list as it is, and the list that text such as ``[1, 2]`` stands for."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def _floats(value: Any) -> Any:
    return [_floats(item) for item in value] if isinstance(value, list) else _finite(value)


_PARSERS: dict[str, Callable[[Sequence[Any]], Parser]] = {
    "number": _number_parser,
    "integer": _integer_parser,
    "boolean": _boolean_parser,
    "category": _category_parser,
    "text": _text_parser,
    "datetime": _datetime_parser,
    "array": _array_parser,
}
