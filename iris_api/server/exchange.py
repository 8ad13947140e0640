"""One request on its way through the pool: between the loop's thread, which has the client, and the thread that answers."""

import asyncio
import io
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iris_api.server.sockets import write
from iris_api.server.wsgi_call import Answer, App, Environ

if TYPE_CHECKING:
    from iris_api.server.connection import Connection

BUFFER_BYTES = 256 * 1024


class ClientGone(ConnectionError):
    """The client left, or was too slow, before its request was answered."""


class BodyStream(io.RawIOBase):
    """A request's body, fed by the loop and read by a thread; asks the loop to stop and go on as it fills and empties."""

    def __init__(self, pause: Callable[[], object], resume: Callable[[], object]) -> None:
        super().__init__()
        self._pause, self._resume = pause, resume
        self._parts: deque[bytes | bytearray] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._changed = threading.Condition()
        self.has_ended = self._aborted = False

    def feed(self, part: bytes | bytearray) -> None:
        """More of the body has come. On the loop."""
        if part and not self.has_ended:
            with self._changed:
                self._parts.append(part)
                self._waiting_bytes += len(part)
                self._changed.notify()
                if self._waiting_bytes > BUFFER_BYTES:
                    # each time anew: a resumption decided earlier may have run since
                    self._paused = True
                    self._pause()

    def end(self) -> None:
        """The body is whole. On the loop."""
        with self._changed:
            self.has_ended = True
            self._changed.notify()

    def abort(self) -> None:
        """It will never be whole: what came is thrown away, and reading on raises `ClientGone`. On the loop."""
        with self._changed:
            self._aborted = self.has_ended = True
            self._parts.clear()
            self._changed.notify()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for some bytes and take them; 0 at the end. Raises `ClientGone` if the rest will never come."""
        with self._changed:
            while not self._parts:
                if self._aborted:
                    raise ClientGone("the client left before its body was whole")
                if self.has_ended:
                    return 0
                self._changed.wait()
            part = self._parts.popleft()
            taken = part[: len(buffer)]
            if len(part) > len(taken):
                self._parts.appendleft(part[len(taken) :])
            self._waiting_bytes -= len(taken)
            if self._paused and self._waiting_bytes < BUFFER_BYTES // 2:
                self._paused = False
                self._resume()
        buffer[: len(taken)] = taken
        return len(taken)


class Exchange:
    """A request that a thread of the pool answers, and the answer on its way to the connection.

    While it waits for a thread, ``begins_before`` is when, by the loop's clock, it is to be given up.
    """

    def __init__(self, connection: "Connection", environ: Environ, keeps: Callable[[], bool], date: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        transport = connection.transport
        self.body = BodyStream(transport.pause_reading, lambda: self._loop.call_soon_threadsafe(transport.resume_reading))
        self.writable = threading.Event()
        self.writable.set()
        self._written = threading.Event()
        self._aborted = False
        self.begins_before = float("inf")
        self._passed_bytes = 0
        self._environ = environ
        self.answer = Answer(environ, self._send, keeps, date)

    def run(self, app: App) -> BaseException | None:
        """Call the application. In a thread of the pool. Returns what it raised."""
        try:
            with io.BufferedReader(self.body, BUFFER_BYTES) as self._environ["wsgi.input"]:
                self.answer.run(app)
        except BaseException as error:  # noqa: BLE001 - it is told to the loop, which decides
            return error
        return None

    def finish(self, error: BaseException | None) -> None:
        """Hand the outcome to the connection. On the loop."""
        if self._aborted:
            return
        if error is None:
            self._connection.answered(self.answer)
            self._connection.go_on()
        else:
            self._connection.failed(error, self.answer)

    def give_up(self) -> None:
        """There was no thread for it in time. On the loop."""
        self._connection.refuse(503)

    def abort(self) -> None:
        """The client is gone: whatever the thread still does is for nobody. On the loop."""
        self._aborted = True
        self.body.abort()
        self.writable.set()
        self._written.set()

    def _send(self, part: bytes) -> None:
        """Pass ``part`` on at once, as PEP 3333 asks, once the client can take more. The connection bounds how long that may take."""
        self.writable.wait()
        if self._aborted:
            raise ClientGone("the client left before it was answered")
        self._passed_bytes += len(part)
        self._loop.call_soon_threadsafe(self._write, part)
        if self._passed_bytes > BUFFER_BYTES:
            self._passed_bytes = 0
            self._written.clear()
            self._loop.call_soon_threadsafe(self._written.set)
            self._written.wait()

    def _write(self, data: bytes) -> None:
        if not self._aborted:
            write(self._connection.transport, data)
