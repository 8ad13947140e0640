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
    # a reader that leaves ends what waits
    pair[0].close() if pair else os.close(read_end)
    until(lambda: not writers(), "the writer's end", DEADLINE_SECONDS)
    pair[1].close() if pair else os.close(write_end)


def writers():
    return [thread for thread in threading.enumerate() if thread.name == "log-writer"]


def test_lines_are_written_at_once_and_in_order(sink):
    sink.log("a", "b", "c")
    assert sink.read(3) == ["a", "b", "c"]
    assert not writers()


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


def test_a_line_beyond_the_bound_is_written_where_nothing_waits(sink):
    sink.log("x" * 200_000)
    assert sink.read(1) == ["x" * 200_000]


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


def test_children_forked_while_lines_are_written_log_their_own(sink):
    ended = threading.Event()
    reader = threading.Thread(target=lambda: [sink.read(1) for _ in iter(ended.is_set, True)])
    logger = threading.Thread(target=lambda: [sink.log("x" * 990) for _ in iter(ended.is_set, True)])
    reader.start()
    logger.start()
    children = [fork_and_log(sink) for _ in range(100)]
    ended.set()
    logger.join(DEADLINE_SECONDS)
    sink.log("end")
    reader.join(DEADLINE_SECONDS)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 100


def fork_and_log(sink):
    """A child that logs a line, and ends with 0 if it could."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sink.log("from the child")
            status = 0
        finally:
            os._exit(status)
    return child


def run_child(source):
    """What a process of its own writes to standard output; `log` logs its arguments there."""
    program = f"import logging, resource\nfrom tests.telemetry.test_log_writer import Sink, fill\n{source}"
    return subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60).stdout


def fill(sink):
    """Log lines until one has to wait."""
    while not sink.handler._pending:
        sink.log("x" * 990)


WITHOUT_THREADS = """
import os, threading
read_end, write_end = os.pipe()
sink = Sink(read_end, write_end, 100_000)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**20, resource.RLIM_INFINITY))
fill(sink)
assert threading.active_count() == 1
lines = len(sink.read(1))
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sink.log("after")
while sink.read(1) != ["after"]:
    pass
print("answered")
"""


def test_a_process_that_gets_no_thread_logs_on_and_tries_again():
    assert run_child(WITHOUT_THREADS) == "answered\n"


FULL_DISK = """
import os
file = os.open({path!r}, os.O_RDWR | os.O_CREAT)
sink = Sink(file, file, 100_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
sink.log(*(letter * 300 for letter in "abcdef"))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sink.log("after", "end")
"""


def test_a_disk_that_was_full_tears_one_line_and_no_other(tmp_path):
    run_child(FULL_DISK.format(path=str(tmp_path / "log")))
    *whole, torn, after, told, end = (tmp_path / "log").read_text().splitlines()
    assert whole == ["a" * 300, "b" * 300, "c" * 300]
    assert (torn, after) == ("d" * 97, "after")
    assert json.loads(told)["dropped"] == 3
    assert end == "end"


LOST_NOTICE = """
import os
file = os.open({path!r}, os.O_RDWR | os.O_CREAT)
sink = Sink(file, file, 100_000)
for limit in (400, 750):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    sink.log(*("x" * 299 for _ in range(4)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sink.handler.flush()
"""


def test_what_could_not_be_told_is_told_later_with_what_came_after(tmp_path):
    run_child(LOST_NOTICE.format(path=str(tmp_path / "log")))
    lines = (tmp_path / "log").read_text().splitlines()
    whole = [line for line in lines if line == "x" * 299]
    assert json.loads(lines[-1])["dropped"] == 8 - len(whole)


TOGETHER = """
import os
file = os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for letter in "abcd":
    if os.fork() == 0:
        sink = Sink(0, file, 100_000)
        for _ in range(200):
            sink.log(letter * 20_000)
        os._exit(0)
for _ in range(4):
    assert os.wait()[1] == 0
"""


def test_long_lines_of_several_processes_do_not_mix_in_a_file(tmp_path):
    run_child(TOGETHER.format(path=str(tmp_path / "log")))
    lines = (tmp_path / "log").read_text().splitlines()
    assert sorted(lines) == [letter * 20_000 for letter in "abcd" for _ in range(200)]


TERMINAL = """
import os, pty
outer, inner = pty.openpty()
sink = Sink(outer, inner, 100_000)
sink.log(*("x" * 300 for _ in range(1000)))
print(sink.handler._dropped > 0)
"""


def test_a_terminal_that_nobody_reads_keeps_nobody_waiting():
    assert run_child(TERMINAL) == "True\n"


def test_a_closed_output_is_harmless():
    read_end, write_end = os.pipe()
    os.close(write_end)
    sink = Sink(read_end, write_end, 1000)
    sink.log("a")
    sink.handler.flush()
    os.close(read_end)


CROWD = """
import os, select
read_end, write_end = os.pipe()
told, tell = os.pipe()
children = []
for _ in range(4):
    children.append(os.fork())
    if children[-1] == 0:
        os.close(tell)
        sink = Sink(read_end, write_end, 100_000)
        while not select.select([told], [], [], 0)[0]:
            sink.log("x" * 4000)
        os._exit(0)
for _ in range(2000):
    os.read(read_end, 4096)
os.close(tell)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
print("none waited")
"""


def test_processes_that_share_a_full_pipe_never_wait():
    assert run_child(CROWD) == "none waited\n"


SIGNALS = """
import os, signal, threading
read_end, write_end = os.pipe()
sink = Sink(read_end, write_end, 10_000_000)
signal.signal(signal.SIGALRM, lambda *_: sink.log("s" * 700))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
ended = threading.Event()
lines = []
reader = threading.Thread(target=lambda: [lines.extend(sink.read(1)) for _ in iter(lambda: lines[-1:] == ["end"], True)])
reader.start()
sink.log(*("m" * 6000 for _ in range(2000)))
signal.setitimer(signal.ITIMER_REAL, 0)
sink.log("end")
reader.join()
assert lines.count("m" * 6000) == 2000, lines.count("m" * 6000)
assert set(lines) == {"m" * 6000, "s" * 700, "end"}
print("whole")
"""


def test_a_signal_that_logs_in_the_middle_of_a_line_tears_none():
    assert run_child(SIGNALS) == "whole\n"
