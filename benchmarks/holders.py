"""Which worker holds a kept connection: the process id that ``/health`` tells over it."""

import http.client
import json
import time

MOST_SECONDS = 10


def open_connections(port: int, count: int) -> list[http.client.HTTPConnection]:
    """``count`` connections opened one right after the other, with nothing sent yet."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(count)]
    for connection in connections:
        connection.connect()
    return connections


def holders(connections: list[http.client.HTTPConnection]) -> list[int]:
    """The process id of the worker that holds each of ``connections``: asked on all at once, then read from all."""
    for connection in connections:
        connection.request("GET", "/health")
    return [int(json.loads(connection.getresponse().read())["worker"]) for connection in connections]


def one_to_each(port: int, workers: int) -> dict[int, http.client.HTTPConnection]:
    """A kept connection to every worker, by process id; fewer if some never accept one."""
    found: dict[int, http.client.HTTPConnection] = {}
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        connections = open_connections(port, 1)
        [worker] = holders(connections)
        if worker in found:
            connections[0].close()
            continue
        found[worker] = connections[0]
        if len(found) == workers:
            break
    return found


def until_all_serve(port: int, workers: int) -> None:
    """Wait until every worker has answered. Raises RuntimeError if some worker never does."""
    found = one_to_each(port, workers)
    for connection in found.values():
        connection.close()
    if len(found) != workers:
        raise RuntimeError(f"{len(found)} of {workers} workers answer")
