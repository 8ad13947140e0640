"""Client: finds the peak of a closed loop, then sends on schedule whatever comes back, all from one process.

A kept HTTP/1.1 connection carries one request at a time (nothing is pipelined), so a load that does not wait for answers
needs a connection for every request that is outstanding. It takes the one freed last, or opens another, up to a bound.
What falls due while all are taken is counted as not sent.
"""

import json
import select
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clients import begun
from benchmarks.messages import Answer, request, take

LOST_SECONDS = 30
STALE_SECONDS = 2.5  # a client must not use a connection that the service may be closing for idleness; a full one does after 3 s
TURN_SECONDS = 0.001
READ_BYTES = 256 * 1024


class Phase:
    """What became of the requests of one part of the run; latencies run from when each was due to the end of its answer."""

    def __init__(self, seconds: float) -> None:
        self.started, self.seconds = time.perf_counter(), seconds
        self._cpu, self._client_cores = time.process_time(), 0.0
        self.due = self.sent = self._in_time = 0
        self.outcomes: Counter[str] = Counter()
        self._ms: list[float] = []

    def note(self, answer: Answer, due: float) -> None:
        """One answer has come."""
        now = time.perf_counter()
        is_silent = answer.status == 503 and not answer.says_when_to_retry
        self.outcomes[f"{answer.status} without Retry-After" if is_silent else str(answer.status)] += 1
        if answer.status == 200:
            self._ms.append((now - due) * 1000)
            self._in_time += now <= self.started + self.seconds

    def end(self) -> None:
        """Nothing more falls due."""
        self._client_cores = (time.process_time() - self._cpu) / self.seconds

    @property
    def good_per_second(self) -> float:
        """Answers with 200 a second that came before the phase was over."""
        return self._in_time / self.seconds

    def summary(self) -> dict[str, Any]:
        """As JSON."""
        p50, p99, longest = np.percentile(self._ms or [0.0], [50, 99, 100]).tolist()
        return {
            "due": self.due,
            "sent": self.sent,
            "outcomes": dict(self.outcomes),
            "good_per_second": self.good_per_second,
            "client_cores": self._client_cores,
            "p50_ms": p50,
            "p99_ms": p99,
            "max_ms": longest,
        }


class Connection:
    """A socket, and what is outstanding on it: a request of ``phase`` that was ``due``, with ``rest`` of it still to be sent."""

    __slots__ = ("due", "freed", "phase", "received", "rest", "socket", "waits_to_send")

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.received = bytearray()
        self.rest = memoryview(b"")
        self.waits_to_send = False
        self.phase: Phase | None = None
        self.due = self.freed = 0.0


class Load:
    """Sends ``requests`` in turn over at most ``most_connections``."""

    def __init__(self, port: int, requests: list[bytes], most_connections: int) -> None:
        self._port, self._requests, self._most = port, requests, most_connections
        self._epoll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._free: list[Connection] = []
        self._sent = 0

    def closed(self, connections: int, seconds: float) -> Phase:
        """Keep ``connections`` requests outstanding for ``seconds``, and wait for the last."""
        phase = Phase(seconds)
        while (now := time.perf_counter()) < phase.started + seconds:
            for _ in range(connections - self.outstanding):
                self._send(phase, now)
            self._turn()
        phase.end()
        self.finish(LOST_SECONDS)
        return phase

    def open(self, per_second: float, seconds: float) -> Phase:
        """Let ``per_second`` requests fall due for ``seconds``, and send each if there is a connection for it."""
        phase = Phase(seconds)
        while (now := time.perf_counter()) < phase.started + seconds:
            due = int((now - phase.started) * per_second) + 1
            for index in range(phase.due, min(due, phase.due + self._most - self.outstanding)):
                self._send(phase, phase.started + index / per_second)
            phase.due = due
            self._turn()
        phase.end()
        return phase

    @property
    def outstanding(self) -> int:
        """How many requests have been sent and not been answered."""
        return len(self._connections) - len(self._free)

    def finish(self, seconds: float) -> None:
        """Wait up to ``seconds`` for whatever is outstanding; what is not answered by then is lost."""
        end = time.perf_counter() + seconds
        while self.outstanding and time.perf_counter() < end:
            self._turn()
        for connection in [one for one in self._connections.values() if one.phase]:
            self._lose(connection, f"no answer within {seconds:g} s")

    def _send(self, phase: Phase, due: float) -> None:
        connection = self._take_free(time.perf_counter()) or self._new()
        connection.phase, connection.due = phase, due
        connection.rest = memoryview(self._requests[self._sent % len(self._requests)])
        self._sent += 1
        phase.sent += 1
        self._flush(connection)

    def _take_free(self, now: float) -> Connection | None:
        while self._free:
            connection = self._free.pop()
            if now - connection.freed < STALE_SECONDS:
                return connection
            self._close(connection)
        return None

    def _new(self) -> Connection:
        connection = Connection(self._port)
        self._connections[connection.socket.fileno()] = connection
        self._epoll.register(connection.socket, select.EPOLLIN)
        return connection

    def _flush(self, connection: Connection) -> None:
        try:
            connection.rest = connection.rest[connection.socket.send(connection.rest) :]
        except BlockingIOError:
            pass
        except OSError:
            connection.rest = memoryview(b"")  # an answer may be there all the same; reading tells
        if bool(connection.rest) != connection.waits_to_send:
            connection.waits_to_send = bool(connection.rest)
            self._epoll.modify(connection.socket, select.EPOLLIN | (select.EPOLLOUT if connection.rest else 0))

    def _turn(self) -> None:
        for descriptor, event in self._epoll.poll(TURN_SECONDS):
            connection = self._connections[descriptor]
            if event & select.EPOLLOUT:
                self._flush(connection)
            if event & ~select.EPOLLOUT:
                self._read(connection)

    def _read(self, connection: Connection) -> None:
        try:
            part = connection.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(connection, type(error).__name__)
            return
        if not part:
            self._lose(connection, "closed without an answer")
            return
        connection.received += part
        answer = take(connection.received)
        if answer is not None and connection.phase is not None:
            connection.phase.note(answer, connection.due)
            connection.phase, connection.freed = None, time.perf_counter()
            self._free.append(connection)
            if answer.closes or connection.rest:
                self._lose(connection, "")

    def _lose(self, connection: Connection, reason: str) -> None:
        """A connection is gone, and with it the request that is outstanding on it."""
        if connection.phase is None:
            self._free.remove(connection)
        else:
            connection.phase.outcomes[reason] += 1
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        del self._connections[connection.socket.fileno()]
        connection.socket.close()


def overload(load: Load, times: float, levels: list[int], seconds: dict[str, float]) -> dict[str, Any]:
    """The peak, ``times`` as much, and half of it.

    Parameters
    ----------
    load
        What sends.
    times
        How many times the peak falls due.
    levels
        How many requests are kept outstanding in the search for the peak, which is the best of them.
    seconds
        How long each ``level``, the ``overload``, ``settling`` after it, and half the peak ``after`` that take.
    """
    load.closed(levels[0], seconds["level"] / 2)
    found = [load.closed(level, seconds["level"]) for level in levels]
    # on a starved machine a short level may see no answer in time
    peak = max(1.0, *(phase.good_per_second for phase in found))
    begun()
    rates = {"overload": peak * times, "settling": peak / 2, "after": peak / 2}
    phases = {name: load.open(rate, seconds[name]) for name, rate in rates.items()}
    load.finish(LOST_SECONDS)
    return {
        "peak_per_second": peak,
        "levels": [{"connections": level} | phase.summary() for level, phase in zip(levels, found, strict=True)],
        **{name: phase.summary() for name, phase in phases.items()},
    }


def main(task: dict[str, Any]) -> None:
    """Send the bodies in a file, one a line, as ``task`` says."""
    requests = [request(task["path"], body) for body in Path(task["bodies"]).read_bytes().splitlines()]
    load = Load(task["port"], requests, task["connections"])
    print(json.dumps(overload(load, task["times"], task["levels"], task["seconds"])))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
