"""Which of the names there are was probably meant by one that there is not."""

import difflib
import re
from collections.abc import Sequence
from functools import cached_property

from iris_api.inference.abstract_column import MAX_NAME

# comparing takes up to 0.1 ms for each name that is similar
MAX_COMPARED = 200
_SEPARATORS = re.compile(r"[\s_.-]+")


class NearMisses:
    """Finds the nearest of ``names``."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def nearest(self, text: str) -> str | None:
        """The name that differs from ``text`` in case and separators only, else the most similar one, if any is and there are few."""
        if len(text) > MAX_NAME:
            return None
        alike = self._by_letters.get(_letters(text))
        if alike is not None or len(self._names) > MAX_COMPARED:
            return alike
        return next(iter(difflib.get_close_matches(text, self._names, n=1, cutoff=0.75)), None)

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        # of several, the first one
        return {_letters(name): name for name in reversed(self._names)}


def _letters(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()
