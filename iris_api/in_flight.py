"""The ids of the requests that a worker is answering, in memory that the master can still read when the worker has died."""

import itertools
import mmap
import threading

PLACES = 64
_ID_BYTES = 128
_PLACE_BYTES = 1 + _ID_BYTES


class InFlight:
    """One place for each thread that answers requests, up to `PLACES`; made before a fork, so that both processes share it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PLACES * _PLACE_BYTES)
        self._numbers = itertools.count()
        self._thread = threading.local()

    def begin(self, identifier: str) -> None:
        """Note that this thread answers the request of that id (ASCII, at most 128 characters)."""
        try:
            start = self._thread.start
        except AttributeError:
            start = self._thread.start = next(self._numbers) * _PLACE_BYTES
        if start < len(self._memory):
            self._memory[start + 1 : start + 1 + len(identifier)] = identifier.encode("ascii")
            self._memory[start] = len(identifier)

    def end(self) -> None:
        """Note that this thread has answered its request."""
        start = self._thread.start
        if start < len(self._memory):
            self._memory[start] = 0

    def clear(self) -> None:
        """Note that no request is being answered any more, whatever threads still do."""
        self._memory[:] = bytes(len(self._memory))

    def identifiers(self) -> list[str]:
        """The ids of all requests that have begun and not ended."""
        places = range(0, len(self._memory), _PLACE_BYTES)
        found = [self._memory[start + 1 : start + 1 + self._memory[start]] for start in places]
        return [identifier.decode("ascii", "replace") for identifier in found if identifier]
