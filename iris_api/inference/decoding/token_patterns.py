"""Regular expressions that split a text into terms: only those whose time a text cannot make exponential.

Python's ``re`` tries every way in which repeats share the characters between them. A repeat of a repeat, or of alternatives, can have
exponentially many; two repeats of single characters have as many as the square of the text's length.
"""

import re
from typing import Any

from iris_api.inference.decoding.decode_errors import Refused

MAX_PATTERN = 300
MAX_REPEATS, MAX_OPTIONS = 2, 6
# every alternative begins with another character, so that no pattern takes this one exponential time
_CHARACTER = r"(?:\\[^\d\n]|\[\^?\]?(?:\\.|[^\]\\])*+\]|[^\\\[\](){}*+?|^$\n])"
_COUNT = r"(?:[*+?]|\{\d{0,3}(?:,\d{0,3})?\})"
_ATOM = rf"(?:{_CHARACTER}(?:{_COUNT}\??)?|[\^$])"
_GROUP = rf"\((?:\?:)?(?:{_ATOM}|\|)*+\)\??"
_SERVED = re.compile(rf"(?:\(\?[aimsu]+\))?(?:{_ATOM}|{_GROUP}|\|)*+")
_TOKEN = re.compile(rf"{_CHARACTER}(?P<count>{_COUNT})?|(?P<group>\)\?)|(?P<other>.)", re.DOTALL)


def check_pattern(pattern: Any, what: str) -> None:
    """Refuse a pattern that repeats more than single characters, or does so often, or that ``re`` does not compile."""
    if type(pattern) is not str or len(pattern) > MAX_PATTERN:
        raise Refused(f"{what} has a token_pattern that is not a short text")
    if not _SERVED.fullmatch(pattern) or not _has_few_repeats(pattern):
        raise Refused(f"{what} has a token_pattern that repeats more than a few single characters")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise Refused(f"{what} has a token_pattern that is no regular expression") from None


def _has_few_repeats(pattern: str) -> bool:
    """Whether each alternative of the whole pattern has at most `MAX_REPEATS` repeats and `MAX_OPTIONS` optional parts."""
    depth = repeats = options = 0
    for token in _TOKEN.finditer(pattern):
        count, other = token["count"] or "", token["other"]
        depth += (other == "(") - (other == ")" or token["group"] is not None)
        if other == "|" and depth == 0:
            repeats = options = 0
        repeats += count in ("*", "+") or "," in count
        options += count == "?" or token["group"] is not None
        if repeats > MAX_REPEATS or options > MAX_OPTIONS:
            return False
    return True
