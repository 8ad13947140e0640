"""Client: several connections, each asking again as soon as it is answered, until told to end; notes every gap and every loss.

A request is lost if it was sent over a connection that stood and no whole answer came, or another than 200. Being refused a
new connection is no loss: that client asks no more.
"""

import json
import select
import socket
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.clients import begun, stopped
from benchmarks.messages import request, take

NOTED_SECONDS = 0.01
PATIENCE_SECONDS = 30


class Gaps:
    """The times between answers that are long enough to be noted."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.noted: list[tuple[float, float]] = []

    def note(self, now: float) -> None:
        """An answer has come."""
        if now - self._last > NOTED_SECONDS:
            self.noted.append((self._last, now))
        self._last = now


class Asker:
    """One client and its connection; None where it was refused one."""

    def __init__(self, port: int, epoll: select.epoll, requests: list[bytes]) -> None:
        self._port, self._epoll, self._requests = port, epoll, cycle(requests)
        self._received = bytearray()
        self.gaps = Gaps()
        self.losses: list[tuple[float, str]] = []
        self.answers = 0
        self.connection: socket.socket | None = None

    def connect(self) -> None:
        """Give up the connection there is, and make another."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        try:
            self.connection = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_SECONDS)
        except ConnectionRefusedError:
            return
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._epoll.register(self.connection, select.EPOLLIN)

    def ask(self) -> None:
        """Send a request; what goes wrong with it shows when its answer is read."""
        self._received.clear()
        try:
            if self.connection is not None:
                self.connection.sendall(next(self._requests))
        except OSError:
            return

    def read(self, connection: socket.socket) -> bool:
        """Take what came; whether nothing is outstanding any more."""
        reason = "closed without an answer" if not self._received else "closed within an answer"
        try:
            part = connection.recv(65536)
        except OSError as error:
            part, reason = b"", type(error).__name__
        now = time.monotonic()
        if not part:
            self.losses.append((now, reason))
            self.connect()
            return True
        self._received += part
        answer = take(self._received)
        if answer is None:
            return False
        self.gaps.note(now)
        self.answers += 1
        if answer.status != 200:
            self.losses.append((now, f"status {answer.status}"))
        if answer.closes:
            self.connect()
        return True


def keep_asking(port: int, clients: int, bodies: str) -> dict[str, Any]:
    """Let ``clients`` ask with the bodies in a file, one a line, until told to end; all times are those of the monotonic clock."""
    epoll, whole = select.epoll(), Gaps()
    requests = [request("/v1/predict", body) for body in Path(bodies).read_bytes().splitlines()]
    askers = [Asker(port, epoll, requests) for _ in range(clients)]
    for asker in askers:
        asker.connect()
        asker.ask()
    begun()
    outstanding, ends = set(askers), float("inf")
    while (outstanding or ends == float("inf")) and time.monotonic() < ends:
        ready = dict(epoll.poll(0.05))
        for asker in askers:
            connection = asker.connection
            if connection is None or connection.fileno() not in ready or not asker.read(connection):
                continue
            whole.note(time.monotonic())
            outstanding.discard(asker)
            if ends == float("inf") and asker.connection is not None:
                outstanding.add(asker)
                asker.ask()
        if ends == float("inf") and stopped():
            ends = time.monotonic() + PATIENCE_SECONDS
    late = [(time.monotonic(), f"no answer within {PATIENCE_SECONDS} s") for asker in outstanding]
    return {
        "answers": sum(asker.answers for asker in askers),
        "refused": sum(asker.connection is None for asker in askers),
        "gaps": [gap for asker in askers for gap in asker.gaps.noted],
        "service_gaps": whole.noted,
        "losses": late + [loss for asker in askers for loss in asker.losses],
    }


if __name__ == "__main__":
    print(json.dumps(keep_asking(**json.loads(sys.argv[1]))))
