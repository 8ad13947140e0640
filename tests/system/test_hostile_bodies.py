"""Bodies of 15 MiB that are refused: bounded memory, and health is answered meanwhile."""

import re
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.servers import Server

pytestmark = [pytest.mark.system, pytest.mark.lanes]
SIZE = 15 * 1024 * 1024
ROW = b'{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}'


def batch(row: bytes) -> bytes:
    return b'{"instances":[' + b",".join([row] * (SIZE // (len(row) + 1))) + b"]}"


BODIES = {
    "members of one row": b'{"instances":[{' + b",".join(b'"m%d":0' % index for index in range(SIZE // 12)) + b"}]}",
    "empty rows": batch(b"{}"),
    "numbers for rows": batch(b"0"),
    "an array in a row": b'{"instances":[{"sepal_length":[' + b"0," * (SIZE // 2) + b"0]}]}",
    "strings for numbers": batch(ROW.replace(b"5.1", b'"5.1"')),
    "brackets": b"[" * SIZE,
    "one string": b'{"instances":["' + "ü".encode() * (SIZE // 2) + b'"]}',
    "one string outside the BMP": b'{"instances":[{"sepal_length":"' + "😀".encode() * (SIZE // 4) + b'"}]}',
    "one name outside the BMP": b'{"instances":[{"' + "😀".encode() * (SIZE // 4) + b'":1}]}',
    "a string without the batch": b'{"sepal_length":"' + "😀".encode() * (SIZE // 4) + b'"}',
    "rows in a string": b'{"instances":[{"' + b"},{" * (SIZE // 3) + b'"}]}',
    "too many rows": batch(ROW),
}


def status_kib(pid: int, field: str) -> int:
    return int(re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


class Monitor:
    """Asks health without pause, each time over a connection of its own, and keeps the longest time an answer took."""

    def __init__(self, server: Server) -> None:
        self._server, self._stop = server, threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.longest_seconds = 0.0
        self.answers = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._stop.is_set():
            began = time.perf_counter()
            assert self._server.get("/health/live").status_code == 200
            self.longest_seconds = max(self.longest_seconds, time.perf_counter() - began)
            self.answers += 1


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory):
    with Server(trained("iris"), tmp_path_factory.mktemp("hostile") / "log", WEB_CONCURRENCY="1") as running:
        yield running


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_large_body_is_refused_within_bounds(server, body):
    (pid,) = server.workers()
    before = status_kib(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    with Monitor(server) as monitor:
        answer = httpx.post(
            server.url + "/v1/predict/batch", content=body, headers={"Content-Type": "application/json"}, timeout=60, trust_env=False
        )
    grown = (status_kib(pid, "VmHWM") - before) * 1024
    print(f"{answer.status_code}, {grown / len(body):.2f} times the body's bytes, health {monitor.longest_seconds * 1000:.0f} ms")
    assert answer.status_code in (400, 413, 422)
    assert grown < 8 * len(body)
    assert monitor.answers > 0
    # the promise is 100 ms; a busy machine may take longer, but not as long as it took to build all faults
    assert monitor.longest_seconds < 1
    assert server.workers() == {pid}
