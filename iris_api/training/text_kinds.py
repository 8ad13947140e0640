"""The kinds that a column of text may have, and the value that each of its texts then stands for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from iris_api.training.date_formats import Dates, read_dates
from iris_api.training.number_formats import LEADING_ZERO, POINT, NumberFormat, closest_format, find_format, may_be_thousands, parse_integer
from iris_api.training.tables import quoted

MIN_CATEGORIES, MAX_CATEGORIES, CATEGORIES_PER_ROW = 20, 1000, 0.05
LARGEST_EXACT = 2**53
IS_IDENTIFIER = "has integers beyond 2**53, which many clients round"
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}
# a column with at most one other value in five was probably meant to be numeric
_VALUES_PER_ODD_ONE = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """A kind that fits every text of a column.

    Parameters
    ----------
    kind
        The kind.
    values
        The value of each text.
    note
        What is not obvious about it, as the end of a sentence that starts with the column, or "".
    other
        The kind to choose if the note is unwelcome.
    """

    kind: Literal["number", "integer", "boolean", "datetime"]
    values: dict[str, Any]
    note: str = ""
    other: str = "text"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a column stays text although it looks like something else.

    Parameters
    ----------
    reason
        The end of a sentence that starts with the column.
    other
        The kind to choose if it is not to be text, or "" if the file has to be corrected for that.
    """

    reason: str
    other: str = ""


def read_booleans(texts: Collection[str]) -> Reading | None:
    """Read ``true`` and ``false``, or ``yes`` and ``no``, each in one spelling."""
    words = {text.lower() for text in texts}
    if len(texts) > 2 or not (words <= {"true", "false"} or words == {"yes", "no"}):
        return None
    note = f"is read as booleans from {' and '.join(quoted(text) for text in sorted(texts))}" if "yes" in words else ""
    return Reading("boolean", {text: _BOOLEANS[text.lower()] for text in texts}, note, "category")


def read_numbers(texts: Collection[str]) -> Reading | Doubt | None:
    """Read integers and numbers.

    Returns
    -------
    The numbers, or why texts that look like numbers are not read as such, or None if they do not look like numbers.

    Raises
    ------
    Unreadable
        If all are numbers and one is not a finite 64-bit float.
    """
    number_format = find_format(texts)
    if not isinstance(number_format, NumberFormat):
        return Doubt(number_format) if number_format else None
    padded = next((text for text in texts if LEADING_ZERO.match(text)), None)
    if padded is not None:
        return Doubt(f"has values with leading zeros, such as {quoted(padded)}", "number")
    if all(number_format.is_integer(text) for text in texts):
        return _read_integers(number_format, texts)
    note = number_format.note
    if number_format is POINT and (example := may_be_thousands(texts)):
        note = f"is read with a decimal point; if {quoted(example)} means {example.replace('.', '')}, write it without the point"
    return Reading("number", {text: number_format.parse(text) for text in texts}, note)


def read_datetimes(texts: Collection[str]) -> Reading | Doubt | None:
    """Read dates and date-times; the results are those of `read_numbers`."""
    dates = read_dates(texts)
    if not isinstance(dates, Dates):
        return Doubt(dates) if dates else None
    return Reading("datetime", dict(dates.values), dates.note)


def is_category(different: int, present: int, rows: int) -> bool:
    """Whether a column of ``rows`` rows with ``present`` texts, ``different`` of them different, is a category."""
    return different <= min(MAX_CATEGORIES, max(MIN_CATEGORIES, CATEGORIES_PER_ROW * rows)) and different < present


def almost_numbers(texts: Collection[str]) -> Doubt | None:
    """Why ``texts`` are not numbers where most of them, or all but a percent sign, are."""
    if texts and all(text.endswith("%") and POINT.pattern.fullmatch(text[:-1].strip()) for text in texts):
        return Doubt("has percent signs; remove them to have numbers")
    pattern = closest_format(texts).pattern
    others = [text for text in texts if not pattern.fullmatch(text)]
    if 0 < len(others) * _VALUES_PER_ODD_ONE <= len(texts):
        return Doubt(f"has numbers, but also {quoted(others[0])}; correct it, or empty that cell, to have numbers")
    return None


def _read_integers(number_format: NumberFormat, texts: Collection[str]) -> Reading | Doubt:
    values = {text: parse_integer(number_format.plain(text)) for text in texts}
    large = next((text for text, value in values.items() if value is None), None)
    if large is not None:
        return Doubt(f"has integers of more than 64 bits, such as {quoted(large)}", "number")
    inexact = any(value is not None and abs(value) > LARGEST_EXACT for value in values.values())
    return Reading("integer", values, " and ".join(filter(None, [number_format.note, IS_IDENTIFIER if inexact else ""])))
