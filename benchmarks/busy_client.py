"""Client: keeps one request of every kind in flight on every worker until it is told to end."""

import http.client
import json
import sys
import threading
import time
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks.clients import begun, stopped
from benchmarks.processes import JSON

MOST_CONNECTIONS = 400


class Stream(threading.Thread):
    """Asks the same over one connection again and again, until ``told`` to end."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, body: bytes | None, told: threading.Event) -> None:
        super().__init__(daemon=True)
        self._connection, self._path, self._body, self._told = connection, path, body, told
        self.seconds: list[float] = []
        self.statuses: list[int] = []

    def run(self) -> None:
        """Ask until told to end; the answer that is outstanding then is waited for."""
        while not self._told.is_set():
            started = time.perf_counter()
            self._connection.request("GET" if self._body is None else "POST", self._path, self._body, {} if self._body is None else JSON)
            answer = self._connection.getresponse()
            answer.read()
            self.seconds.append(time.perf_counter() - started)
            self.statuses.append(answer.status)


def connections_to_each(port: int, workers: int, each: int) -> dict[int, list[http.client.HTTPConnection]]:
    """``each`` kept connections to every worker, by the process id that ``/health`` tells."""
    found: dict[int, list[http.client.HTTPConnection]] = {}
    for _ in range(MOST_CONNECTIONS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/health")
        mine = found.setdefault(json.loads(connection.getresponse().read())["worker"], [])
        if len(mine) < each:
            mine.append(connection)
        if len(found) == workers and all(len(others) == each for others in found.values()):
            return found
    raise RuntimeError("not every worker takes connections")


def keep_busy(port: int, workers: int, kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the streams until told to end; of each kind the statuses, the seconds taken, and how many were in flight on average."""
    found = connections_to_each(port, workers, len(kinds))
    bodies = [Path(kind["body"]).read_bytes() if kind["body"] else None for kind in kinds]
    told = threading.Event()
    streams = [
        [Stream(connections[index], kind["path"], bodies[index], told) for connections in found.values()]
        for index, kind in enumerate(kinds)
    ]
    started = time.perf_counter()
    for stream in chain.from_iterable(streams):
        stream.start()
    begun()
    stopped(3600)
    told.set()
    for stream in chain.from_iterable(streams):
        stream.join()
    elapsed = time.perf_counter() - started
    return [_summary(kind["name"], same, elapsed) for kind, same in zip(kinds, streams, strict=True)]


def _summary(name: str, streams: list[Stream], elapsed: float) -> dict[str, Any]:
    seconds = [taken for stream in streams for taken in stream.seconds]
    statuses = [status for stream in streams for status in stream.statuses]
    return {
        "name": name,
        "answers": len(statuses),
        "failed": sum(status != 200 for status in statuses),
        "in_flight": sum(seconds) / elapsed,
        "ms": [round(taken * 1000, 1) for taken in seconds],
    }


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    print(json.dumps(keep_busy(**task)))
