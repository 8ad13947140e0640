"""How many connections each worker holds, in memory that all of them share, so that none takes more than its part."""

import mmap
import struct

SLOTS = 1024
_COUNT = struct.Struct("=i")
_SECONDS = struct.Struct("=d")
SILENT_SECONDS = 1.0
ABSENT = 2**31 - 1


class Balance:
    """One number a worker slot: its open connections, or that it takes none.

    Made in the master before it forks. A number is one aligned word, so no lock is needed for what is only a hint: a worker
    that others took for stuck says otherwise within a second.
    """

    def __init__(self) -> None:
        self._counts = mmap.mmap(-1, SLOTS * _COUNT.size)
        self._signs = mmap.mmap(-1, SLOTS * _SECONDS.size)
        for slot in range(SLOTS):
            self.leave(slot)

    def set(self, slot: int, connections: int) -> None:
        """Worker ``slot`` holds so many connections and takes more."""
        _COUNT.pack_into(self._counts, slot * _COUNT.size, connections)

    def sign(self, slot: int, connections: int, now: float) -> None:
        """The same, and a sign of life at ``now``, on the clock that all processes share; whoever gives none takes none either."""
        self.set(slot, connections)
        _SECONDS.pack_into(self._signs, slot * _SECONDS.size, now)
        with memoryview(self._counts).cast("i") as counts, memoryview(self._signs).cast("d") as signs:
            for other, count in enumerate(counts):
                if count != ABSENT and now - signs[other] > SILENT_SECONDS:
                    counts[other] = ABSENT

    def leave(self, slot: int) -> None:
        """Worker ``slot`` takes no more connections."""
        self.set(slot, ABSENT)

    def is_heaviest(self, slot: int) -> bool:
        """Whether worker ``slot`` holds more than another that takes connections; of many, more by an eighth."""
        with memoryview(self._counts).cast("i") as counts:
            return counts[slot] - counts[slot] // 8 > min(counts)


balance = Balance()
"""The one that the master makes and every worker inherits."""
