"""Says on a stream how far the work is: one line that is rewritten on a terminal, plain lines elsewhere."""

from collections.abc import Collection, Iterator
from typing import TextIO, TypeVar

Item = TypeVar("Item")
PLAIN_LINES = 5


class Progress:
    """Progress for a person.

    Parameters
    ----------
    stream
        Where it is written; whether that is a terminal decides how.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()

    def say(self, text: str) -> None:
        """Write one finished line."""
        print(text, file=self._stream, flush=True)

    def track(self, items: Collection[Item], text: str) -> Iterator[Item]:
        """Yield ``items``, telling after each how many are done (off a terminal only every fifth part of them)."""
        total = len(items)
        step = 1 if self._terminal else max(1, -(-total // PLAIN_LINES))
        for done, item in enumerate(items, start=1):
            yield item
            if done % step == 0 or done == total:
                self._update(f"{text}: {done} of {total}", done == total)

    def _update(self, text: str, last: bool) -> None:
        if self._terminal:
            print(f"\r{text}", end="\n" if last else "", file=self._stream, flush=True)
        else:
            self.say(text)
