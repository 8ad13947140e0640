"""Which workers others take the place of: the master knows, and tells them in memory that all of them share."""

import mmap

from iris_api.server.balance import SLOTS


class Succession:
    """One byte a worker slot: whether its worker ends because a new one serves instead.

    To a worker, the SIGTERM of a reload and that of the end of the service are the same. Made in the master before it forks.
    """

    def __init__(self) -> None:
        self._replaced = mmap.mmap(-1, SLOTS)

    def begin(self, slot: int) -> None:
        """A new worker has ``slot``."""
        self._replaced[slot] = False

    def replace(self, slot: int) -> None:
        """The worker of ``slot`` has a successor."""
        self._replaced[slot] = True

    def is_replaced(self, slot: int) -> bool:
        """Whether it has."""
        return bool(self._replaced[slot])


succession = Succession()
"""The one that the master makes and every worker inherits."""
