"""Writes log lines without ever waiting for their reader: what it does not take is kept up to a bound, then dropped and counted."""

import logging
import os
import threading
import time
import weakref
from collections import deque
from contextlib import suppress

from iris_api.telemetry.log_sink import Sink

MAX_PENDING_BYTES = 1024 * 1024
FLUSH_SECONDS = 1.0
_POLL_MILLISECONDS = 500
_STANDARD_OUTPUT = 1


class BoundedHandler(logging.Handler):
    """Logs to the descriptor of standard output.

    A line is written at once while the reader keeps up. Else it waits, in order, for a thread that writes as soon as the reader
    takes more. A line that would make more than ``max_pending_bytes`` wait behind others is dropped, as is one that cannot be
    written at all (a full disk, a reader that has left). How many were dropped is logged as soon as a line can be written again.
    """

    def __init__(self, descriptor: int = _STANDARD_OUTPUT, max_pending_bytes: int = MAX_PENDING_BYTES) -> None:
        super().__init__()
        self._sink, self._max_pending_bytes = Sink(descriptor), max_pending_bytes
        self._start_empty()
        _handlers.add(self)

    def _start_empty(self) -> None:
        """Forget what waits: after a fork it is the parent's to write, and its thread is not here."""
        self._pending: deque[bytes] = deque()
        self._pending_bytes = self._dropped = self._told = 0
        self._begun = self._writing = False
        self._separator = b""
        self._thread: threading.Thread | None = None
        self._sink.renew()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of ``record``, or keep or drop it; never waits."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception:  # noqa: BLE001 - a record that cannot be formatted must not fail what is logged
            self.handleError(record)
            return
        if self._pending and self._pending_bytes + len(line) > self._max_pending_bytes:
            self._dropped += 1
            return
        self._pending.append(line)
        self._pending_bytes += len(line)
        self._write_pending()
        if self._pending and self._thread is None:
            self._start_thread()

    def flush(self) -> None:
        """Wait until everything is written, at most `FLUSH_SECONDS`; for the end of the process."""
        deadline = time.monotonic() + FLUSH_SECONDS
        with self.lock:  # type: ignore[union-attr]  # a handler of logging always has one
            if self._dropped and not self._pending:
                self._tell_dropped()
        while self._pending and (left := deadline - time.monotonic()) > 0:
            self._sink.wait(min(left, 0.05) * 1000)
            with self.lock:  # type: ignore[union-attr]
                self._write_pending()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._write_later, name="log-writer", daemon=True)
        # no thread can be had at the limit of processes: the next line tries again
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _write_later(self) -> None:
        """The thread's work: write as soon as the reader takes more, until nothing waits."""
        while True:
            self._sink.wait(_POLL_MILLISECONDS)
            with self.lock:  # type: ignore[union-attr]
                try:
                    self._write_pending()
                except BaseException:
                    self._thread = None
                    raise
                if not self._pending:
                    self._thread = None
                    return

    def _write_pending(self) -> None:
        """Write what waits, as far as the reader takes it now. A signal's handler that logs in the middle only adds its line."""
        if self._writing:
            return
        self._writing = True
        try:
            while self._pending and self._write_first():
                pass
        finally:
            self._writing = False

    def _write_first(self) -> bool:
        """Write the first of what waits, or a piece of it; False: the reader takes nothing now."""
        line = self._separator + self._pending[0]
        try:
            written = self._sink.write(line)
        except OSError:
            self._drop_first()
            return True
        if not written:
            return False
        rest = line[written:]
        self._pending_bytes += len(rest) - len(self._pending[0])
        self._separator, self._begun = b"", bool(rest)
        if rest:
            self._pending[0] = rest
            return True
        self._pending.popleft()
        self._told = 0
        if self._dropped:
            self._tell_dropped()
        return True

    def _drop_first(self) -> None:
        """Drop the first of what waits. One of which a part was written is ended, so that the next line begins a line."""
        self._pending_bytes -= len(self._pending.popleft())
        self._dropped += self._told or 1
        self._told = 0
        if self._begun:
            self._separator, self._begun = b"\n", False

    def _tell_dropped(self) -> None:
        """Put a line that says how many were dropped before what waits."""
        self._told, self._dropped = self._dropped, 0
        record = logging.LogRecord(__name__, logging.WARNING, "", 0, "log lines were dropped, as they could not be written", (), None)
        record.facts = {"dropped": self._told}
        line = self.format(record).encode() + b"\n"
        self._pending.appendleft(line)
        self._pending_bytes += len(line)


_handlers: weakref.WeakSet[BoundedHandler] = weakref.WeakSet()


def _start_empty_in_child() -> None:
    for handler in _handlers:
        handler._start_empty()  # noqa: SLF001 - of this module


os.register_at_fork(after_in_child=_start_empty_in_child)
