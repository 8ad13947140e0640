"""Quick requests in their order of arrival, answered in short turns, so that however many wait, nothing else waits for them."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iris_api.server.connection import Connection

TURN_SECONDS = 0.01


class Line:
    """Connections whose quick request is whole and that are to be answered when it is their turn.

    The loop looks for what is new only after it has answered all that was ready. With a thousand of them ready that takes
    longer than a health check may: so each of its rounds answers for ``TURN_SECONDS``, and the rest wait here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Connection] = deque()
        self._turn_ends: float | None = None

    def lets_pass(self, connection: "Connection") -> bool:
        """Whether ``connection`` may be answered at once; if not, it is told when it may."""
        if self._turn_ends is None:
            self._turn_ends = self._loop.time() + TURN_SECONDS
            self._loop.call_soon(self._next_turn)
        if not self._waiting and self._loop.time() < self._turn_ends:
            return True
        self._waiting.append(connection)
        return False

    def _next_turn(self) -> None:
        """Answer whoever waits; the first round in which nobody does ends the turns."""
        self._turn_ends = None
        if self._waiting:
            self._turn_ends = self._loop.time() + TURN_SECONDS
            self._loop.call_soon(self._next_turn)
            while self._waiting and self._loop.time() < self._turn_ends:
                self._waiting.popleft().answer_now()
