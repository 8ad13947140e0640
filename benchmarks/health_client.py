"""Client: asks GET /health on schedule over several kept connections, and counts how long each answer took from when it was due."""

import http.client
import json
import os
import selectors
import socket
import sys
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from benchmarks.clients import begun
from benchmarks.messages import request, take

HEALTH = request("/health")
PATIENCE_SECONDS = 10
PRIORITY = 10  # before all ordinary processes, where that is allowed: one that waits for the processor would measure its own wait


class Asker:
    """One kept connection, and the next one when the service ends it after an answer, as a full worker may.

    What falls due while an answer is outstanding waits, and its time runs from when it fell due.
    """

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self._received = bytearray()
        self._due: deque[float] = deque()
        self._socket: socket.socket | None = None

    def _send(self) -> None:
        # not before there is something to ask: a full service gives up connections that are silent
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(self._socket, selectors.EVENT_READ, self)
        self._socket.sendall(HEALTH)

    def ask(self, due: float) -> float | None:
        """Ask now, or once the answer before is there; the client's own delay in seconds if it asked now."""
        self._due.append(due)
        if len(self._due) > 1:
            return None
        self._send()
        return time.perf_counter() - due

    def read(self) -> tuple[float, int, int] | None:
        """Seconds from due to answered, status and worker of the answer; None while it is not whole."""
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the service closed a connection that health is asked on")
        self._received += part
        answer = take(self._received)
        if answer is None:
            return None
        seconds = time.perf_counter() - self._due.popleft()
        if answer.closes:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None
        if self._due:
            self._send()
        return seconds, answer.status, json.loads(answer.body)["worker"]


def watch_afresh(port: int, every_seconds: float, seconds: float) -> dict[str, Any]:
    """Ask every ``every_seconds`` for ``seconds``, each time over a connection of its own, as most monitors do."""
    started = time.perf_counter()
    dues = [started + index * every_seconds for index in range(int(seconds / every_seconds))]
    with ThreadPoolExecutor(int(PATIENCE_SECONDS / every_seconds) + 1) as threads:
        answers = list(threads.map(lambda due: _ask_afresh(port, due), dues))
    return {"ms": [round(taken * 1000, 3) for taken, _ in answers], "statuses": Counter(outcome for _, outcome in answers)}


def _ask_afresh(port: int, due: float) -> tuple[float, str]:
    time.sleep(max(0.0, due - time.perf_counter()))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
        outcome = str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        outcome = type(error).__name__
    finally:
        connection.close()
    return time.perf_counter() - due, outcome


def watch(port: int, connections: int, every_seconds: float, seconds: float) -> dict[str, Any]:
    """Ask every ``every_seconds`` for ``seconds``, each of so many kept connections in turn; all times in milliseconds."""
    selector = selectors.DefaultSelector()
    askers = [Asker(port, selector) for _ in range(connections)]
    delays: list[float] = []
    answers: list[tuple[float, int, int]] = []
    asked, wanted, started = 0, int(seconds / every_seconds), time.perf_counter()
    while len(answers) < wanted:
        due = started + asked * every_seconds
        rest = due - time.perf_counter() if asked < wanted else PATIENCE_SECONDS
        if rest <= 0:
            delay = askers[asked % connections].ask(due)
            if delay is not None:
                delays.append(delay * 1000)
            asked += 1
            continue
        ready = selector.select(rest)
        if not ready and asked == wanted:
            raise TimeoutError(f"health is not answered within {PATIENCE_SECONDS} s")
        answers += [answer for key, _ in ready if (answer := key.data.read()) is not None]
    return {
        "ms": [round(took * 1000, 3) for took, _, _ in answers],
        "delays_ms": [round(delay, 3) for delay in delays],
        "statuses": Counter(status for _, status, _ in answers),
        "workers": Counter(worker for _, _, worker in answers),
    }


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    begun()
    print(json.dumps(watch(**task) if "connections" in task else watch_afresh(**task)))
