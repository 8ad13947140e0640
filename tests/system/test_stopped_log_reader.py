"""A reader of standard output that stops: the service goes on, ends when told to, and says later how many lines it dropped."""

import json
import os
import signal
import time

import httpx
import pytest

from tests.servers import Server

pytestmark = pytest.mark.system
PREDICTIONS = 6000


@pytest.fixture
def reader(tmp_path):
    """The end of a pipe that nothing reads from until the test does."""
    os.mkfifo(tmp_path / "log")
    descriptor = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def ask(server, row, count):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=10) as client:
        for _ in range(count):
            assert client.post("/v1/predict", json=row).status_code == 200


def test_the_service_goes_on_and_says_what_was_dropped(artifacts, tmp_path, reader, row):
    with Server(artifacts, tmp_path / "log", WEB_CONCURRENCY="1", IRIS_TIMEOUT_SECONDS="3") as server:
        workers = server.workers()
        began = time.monotonic()
        ask(server, row, PREDICTIONS)
        while time.monotonic() < began + 7:
            ask(server, row, 100)
        assert server.health()["status"] == "healthy"
        assert server.workers() == workers
        dropped = read_until_dropped(reader)
        assert dropped > 0
        ask(server, row, 1)


def read_until_dropped(reader: int) -> int:
    """Reads whole lines, each one JSON object, up to the one that tells how many were dropped."""
    os.set_blocking(reader, True)
    received = b""
    while True:
        received += os.read(reader, 65536)
        *lines, received = received.split(b"\n")
        for line in map(json.loads, lines):
            if "dropped" in line:
                assert line["message"] == "log lines were dropped, as they could not be written"
                return int(line["dropped"])


def test_the_service_ends_when_told_to(artifacts, tmp_path, reader, row):
    with Server(artifacts, tmp_path / "log", WEB_CONCURRENCY="2") as server:
        ask(server, row, PREDICTIONS // 3)
        server.signal(signal.SIGTERM)
        assert server.process.wait(15) == 0


@pytest.mark.parametrize("log", ["/dev/full", "a reader that has left"])
def test_lines_that_cannot_be_written_harm_nothing(artifacts, tmp_path, row, log):
    path = tmp_path / "log"
    if log == "/dev/full":
        path.symlink_to(log)
        reader = None
    else:
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with Server(artifacts, path) as server:
        if reader is not None:
            os.close(reader)
        ask(server, row, 50)
        server.signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
