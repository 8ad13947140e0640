"""Log lines: written at once, kept in order while the reader is slow, dropped and counted beyond a bound, and never waited for."""

import fcntl
import json
import logging
import os
import socket
import subprocess
import sys
import threading

import pytest

from iris_api.telemetry.log_writer import BoundedHandler
from tests.servers import PROJECT, until

DEADLINE_SECONDS = 20


class Sink:
    """A pipe or a socket with a small buffer, the handler that writes to it, and what is read from it."""

    def __init__(self, read_end, write_end, max_pending_bytes):
        self.read_end, self.received = read_end, b""
        self.handler = BoundedHandler(write_end, max_pending_bytes)
        self.handler.setFormatter(Lines())

    def log(self, *messages):
        for message in messages:
            self.handler.handle(logging.LogRecord("test", logging.INFO, "", 0, message, (), None))

    def read(self, count):
        """The next ``count`` lines, which are waited for."""
        while self.received.count(b"\n") < count:
            self.received += os.read(self.read_end, 65536)
        *lines, self.received = self.received.split(b"\n", count)
        return [line.decode() for line in lines]

    def read_until_dropped(self):
        """The lines up to the one that tells how many were dropped, and that number."""
        lines = []
        while True:
            lines += self.read(1)
            if "dropped" in lines[-1]:
                return lines[:-1], json.loads(lines[-1])


class Lines(logging.Formatter):
    def format(self, record):
        facts = getattr(record, "facts", None)
        return record.getMessage() if facts is None else json.dumps({"message": record.getMessage(), **facts})


@pytest.fixture(params=["pipe", "socket"])
def sink(request):
    if request.param == "pipe":
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 8192)
        pair = ()
    else:
        pair = socket.socketpair()
        for one in pair:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        read_end, write_end = (one.fileno() for one in pair)
    made = Sink(read_end, write_end, 100_000)
    yield made
    made.handler._pending.clear()
    until(lambda: made.handler._thread is None, "the writer's end", DEADLINE_SECONDS)
    for descriptor in () if pair else (read_end, write_end):
        os.close(descriptor)
    for one in pair:
        one.close()


def test_lines_are_written_at_once_and_in_order(sink):
    sink.log("a", "b", "c")
    assert sink.read(3) == ["a", "b", "c"]
    assert sink.handler._thread is None


def test_lines_wait_in_order_for_a_slow_reader_and_none_is_torn(sink):
    wanted = [f"{number} " + "x" * (number % 3000) for number in range(60)]
    sink.log(*wanted)
    assert sink.read(60) == wanted


def test_a_line_longer_than_a_pipe_takes_at_once_is_whole(sink):
    sink.log("x" * 50_000, "after")
    assert sink.read(2) == ["x" * 50_000, "after"]


def test_what_is_beyond_the_bound_is_dropped_and_counted(sink):
    sink.log(*(f"{number} " + "x" * 990 for number in range(500)))
    lines, told = sink.read_until_dropped()
    assert told["message"] == "log lines were dropped, as they could not be written"
    assert 300 < told["dropped"] < 500
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == list(range(len(numbers)))


def test_logging_goes_on_after_lines_were_dropped(sink):
    sink.log(*("x" * 990 for _ in range(500)))
    lines, told = sink.read_until_dropped()
    sink.log("again")
    lines += sink.read(500 - told["dropped"] - len(lines) + 1)
    assert lines[-1] == "again"
    assert len(lines) + told["dropped"] == 501


def test_a_full_disk_is_harmless_and_counted():
    with open("/dev/full", "wb", buffering=0) as full:
        sink = Sink(0, full.fileno(), 1000)
        sink.log("a", "b", "c")
        assert sink.handler._dropped == 3


def test_a_reader_that_left_is_harmless():
    read_end, write_end = os.pipe()
    os.close(read_end)
    sink = Sink(read_end, write_end, 1000)
    sink.log("a", "b")
    assert sink.handler._dropped == 2
    os.close(write_end)


def test_flush_writes_what_waits(sink):
    sink.log(*("x" * 990 for _ in range(20)))
    reader = threading.Thread(target=sink.read, args=(20,))
    reader.start()
    sink.handler.flush()
    reader.join(DEADLINE_SECONDS)
    assert not reader.is_alive()


def test_flush_gives_up(sink):
    sink.log(*("x" * 990 for _ in range(20)))
    sink.handler.flush()
    assert sink.handler._pending


def test_a_child_writes_its_own_lines_only(sink):
    sink.log(*("x" * 990 for _ in range(20)))
    child = os.fork()
    if child == 0:
        os._exit(len(sink.handler._pending))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(sink.read(20)) == 20


def test_a_record_that_cannot_be_formatted_fails_nothing(sink, capsys):
    sink.handler.handle(logging.LogRecord("test", logging.INFO, "", 0, "%d", ("text",), None))
    sink.log("next")
    assert sink.read(1) == ["next"]


PROGRAM = """
import logging
from iris_api.telemetry.logs import configure_logging
configure_logging("info")
for number in range(3000):
    logging.getLogger("test").info("line %d", number)
"""


def test_every_line_is_written_before_the_process_ends():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60)
    assert [json.loads(line)["message"] for line in done.stdout.splitlines()] == [f"line {number}" for number in range(3000)]
