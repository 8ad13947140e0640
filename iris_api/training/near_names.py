"""Which name was probably meant by one that is not there."""

import difflib
import re
from collections.abc import Sequence

from iris_api.training.tables import listed, quoted

_SEPARATORS = re.compile(r"[\s_.-]+")


def unknown_name(name: str, known: Sequence[str]) -> str:
    """What to say of ``name``, which is none of ``known``: the nearest of them, or else what there is.

    A name that differs in case, spaces or punctuation only is the nearest.
    """
    near = near_name(name, known)
    return f"there are {listed(list(known))}" if near is None else f"{quoted(near)} was probably meant"


def near_name(name: str, known: Sequence[str]) -> str | None:
    """The nearest of ``known``, or None if none is near."""
    letters = _letters(name)
    near = [other for other in known if _letters(other) == letters] or difflib.get_close_matches(name, known, n=1)
    return near[0] if near else None


def _letters(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()
