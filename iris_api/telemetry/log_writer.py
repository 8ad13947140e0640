"""Writes log lines without ever waiting for their reader: what it does not take is kept up to a bound, then dropped and counted."""

import logging
import os
import select
import socket
import stat
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

MAX_PENDING_BYTES = 1024 * 1024
FLUSH_SECONDS = 1.0
# the most that a pipe takes in one piece, so that lines of several processes do not mix (POSIX, write())
_PIECE_BYTES = select.PIPE_BUF
_POLL_MILLISECONDS = 500
_STANDARD_OUTPUT = 1


class BoundedHandler(logging.Handler):
    """Logs to the descriptor of standard output.

    A line is written at once while the reader keeps up. Else it waits, in order, for a thread that writes as soon as the reader
    takes more. A line that finds ``max_pending_bytes`` waiting is dropped, as is one that cannot be written at all (a full disk,
    a reader that has left). How many were dropped is logged as soon as a line can be written again.
    """

    def __init__(self, descriptor: int = _STANDARD_OUTPUT, max_pending_bytes: int = MAX_PENDING_BYTES) -> None:
        super().__init__()
        self._descriptor, self._max_pending_bytes = descriptor, max_pending_bytes
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._write = _writer(descriptor)
        self._start_empty()
        os.register_at_fork(after_in_child=self._start_empty)

    def _start_empty(self) -> None:
        """Forget what waits: after a fork it is the parent's to write, and its thread is not here."""
        self._pending: deque[bytes] = deque()
        self._pending_bytes = self._dropped = 0
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of ``record``, or keep or drop it; never waits."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception:  # noqa: BLE001 - a record that cannot be formatted must not fail what is logged
            self.handleError(record)
            return
        if not (self._pending or self._dropped or len(line) > _PIECE_BYTES):
            line = self._write_now(line)
        if line:
            self._put(line)

    def _write_now(self, line: bytes) -> bytes:
        """What is left of ``line`` after it was written, as nearly all are, without the detour."""
        try:
            return line[self._write(line) :] if self._poll.poll(0) else line
        except OSError:
            return line

    def flush(self) -> None:
        """Wait until everything is written, at most `FLUSH_SECONDS`; for the end of the process."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._pending and (left := deadline - time.monotonic()) > 0:
            self._wait(min(left, 0.05) * 1000)
            with self.lock:  # type: ignore[union-attr]  # a handler of logging always has one
                self._write_pending()

    def _put(self, line: bytes) -> None:
        if self._pending_bytes + len(line) > self._max_pending_bytes:
            self._dropped += 1
            return
        self._pending.append(line)
        self._pending_bytes += len(line)
        self._write_pending()
        if self._pending and self._thread is None:
            self._thread = threading.Thread(target=self._write_later, name="log-writer", daemon=True)
            self._thread.start()

    def _write_pending(self) -> None:
        """Write what waits, as far as the reader takes it now."""
        while self._pending and self._poll.poll(0):
            line = self._pending.popleft()
            self._pending_bytes -= len(line)
            try:
                written = self._write(line[:_PIECE_BYTES])
            except BlockingIOError:
                written = 0
            except OSError:
                self._dropped += 1
                continue
            if written < len(line):
                self._pending.appendleft(line[written:])
                self._pending_bytes += len(line) - written
            if not written:
                return
            if self._dropped and written == len(line):
                self._tell_dropped()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        record = logging.LogRecord(__name__, logging.WARNING, "", 0, "log lines were dropped, as they could not be written", (), None)
        record.facts = {"dropped": dropped}
        line = self.format(record).encode() + b"\n"
        self._pending.appendleft(line)
        self._pending_bytes += len(line)

    def _write_later(self) -> None:
        """The thread's work: write as soon as the reader takes more, until nothing waits."""
        while True:
            self._wait(_POLL_MILLISECONDS)
            with self.lock:  # type: ignore[union-attr]  # a handler of logging always has one
                self._write_pending()
                if not self._pending:
                    self._thread = None
                    return

    def _wait(self, milliseconds: float) -> None:
        """Wait until the reader takes more, without the lock, and so without the poll object that the lock protects."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        poll.poll(milliseconds)


def _writer(descriptor: int) -> Callable[[bytes], int]:
    """How to write to ``descriptor`` without waiting, once it is said to be writable: a socket may take less than it is given."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return partial(os.write, descriptor)
    # a duplicate, since a socket object closes its descriptor at its end
    sink = socket.socket(fileno=os.dup(descriptor))
    return lambda line: sink.send(line, socket.MSG_DONTWAIT)
