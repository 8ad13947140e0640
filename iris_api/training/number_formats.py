"""Numbers as people write them: with a decimal point or a decimal comma, with or without thousands separators."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from iris_api.training.tables import quoted


class Unreadable(Exception):
    """A cell, or a whole column, does not have the form that its kind needs.

    Parameters
    ----------
    cell
        The cell, spaces around it possibly removed; None for the whole column.
    reason
        What is wrong, as the end of a sentence that starts with the cell or the column.
    """

    def __init__(self, cell: Any, reason: str) -> None:
        super().__init__(reason)
        self.cell = cell
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """One way to write numbers.

    Parameters
    ----------
    pattern
        What a number looks like; it is matched against the whole text.
    thousands
        The character between groups of three digits, or "".
    decimal
        The character before the fraction.
    note
        What a person should know about a column that is written like this, or "".
    """

    pattern: re.Pattern[str]
    thousands: str
    decimal: str
    note: str

    def plain(self, text: str) -> str:
        """``text`` without thousands separators and with a decimal point."""
        return text.replace(self.thousands, "").replace(self.decimal, ".") if self.thousands or self.decimal != "." else text

    def parse(self, text: str) -> float:
        """The number that ``text`` stands for.

        Raises
        ------
        Unreadable
            If it is no number of this format, or not a finite 64-bit float.
        """
        if not self.pattern.fullmatch(text):
            raise Unreadable(text, "is not a number")
        value = float(self.plain(text))
        if math.isinf(value):
            raise Unreadable(text, "is not a finite number that a 64-bit float can hold")
        return value

    def is_integer(self, text: str) -> bool:
        """Whether ``text`` has neither a fraction nor an exponent."""
        return INTEGER.fullmatch(self.plain(text)) is not None


# No two neighbouring parts of a pattern match the same character: a cell of 100,000 digits would take minutes otherwise.
INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
INTEGER = re.compile(r"[+-]?[0-9]+")
LEADING_ZERO = re.compile(r"[+-]?0[0-9]")
POINT = NumberFormat(re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?)", re.IGNORECASE), "", ".", "")
COMMA = NumberFormat(re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?"), "", ",", "is read with a decimal comma")
GROUPED_POINT = NumberFormat(
    re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]{1,3})(?:\.[0-9]*)?"), ",", ".", "is read with commas between thousands"
)
GROUPED_COMMA = NumberFormat(
    re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]{1,3})(?:,[0-9]*)?"),
    ".",
    ",",
    "is read with points between thousands and a decimal comma",
)


def find_format(texts: Collection[str]) -> NumberFormat | str | None:
    """The format in which every one of ``texts`` is a number.

    Returns
    -------
    The format; or the reason why it cannot be told, as the end of a sentence that starts with the column; or None if
    they are not numbers.
    """
    if not texts or all(INFINITE.fullmatch(text) for text in texts):
        return None
    if _fits(POINT, texts):
        return POINT
    grouped, comma = _fits(GROUPED_POINT, texts), _fits(COMMA, texts)
    if grouped and comma:
        example = next(text for text in texts if "," in text)
        meanings = f"{GROUPED_POINT.plain(example)} or {COMMA.plain(example)}"
        return f"has values such as {quoted(example)} that may mean {meanings}; write them without thousands separators"
    if grouped:
        return GROUPED_POINT
    if comma:
        return COMMA
    return GROUPED_COMMA if _fits(GROUPED_COMMA, texts) else None


def closest_format(texts: Collection[str]) -> NumberFormat:
    """The format that fits the most of ``texts``."""
    formats = (POINT, COMMA, GROUPED_POINT, GROUPED_COMMA)
    return max(formats, key=lambda number_format: sum(number_format.pattern.fullmatch(text) is not None for text in texts))


def may_be_thousands(texts: Collection[str]) -> str | None:
    """One of ``texts`` whose decimal point may separate thousands, if every one of them may be meant like that."""
    return next((text for text in texts if "." in text), None) if _fits(GROUPED_COMMA, texts) else None


def parse_integer(text: str) -> int | None:
    """The integer that ``text`` stands for, or None if 64 bits do not hold it."""
    if len(text.lstrip("+-0")) > 19:  # int() refuses thousands of digits with an error of its own
        return None
    value = int(text)
    return value if fits_64_bits(value) else None


def fits_64_bits(value: int) -> bool:
    """Whether a signed 64-bit integer holds ``value``."""
    return -(2**63) <= value < 2**63


def _fits(number_format: NumberFormat, texts: Collection[str]) -> bool:
    return all(number_format.pattern.fullmatch(text) for text in texts)
