"""The second lane: a bounded pool of threads for everything that might hold the loop up."""

import asyncio
import io
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from iris_api.server.wsgi_call import Answer, App, Environ

if TYPE_CHECKING:
    from iris_api.server.connection import Connection

BUFFER_BYTES = 256 * 1024
SMOOTHING = 0.2


class ClientGone(ConnectionError):
    """The client left, or was too slow, before its request was answered."""


class BodyStream(io.RawIOBase):
    """A request's body, fed by the loop and read by a thread; asks the loop to stop and go on as it fills and empties."""

    def __init__(self, pause: Callable[[], object], resume: Callable[[], object]) -> None:
        super().__init__()
        self._pause, self._resume = pause, resume
        self._parts: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._changed = threading.Condition()
        self.is_whole = self._aborted = False

    def feed(self, part: bytes) -> None:
        """More of the body has come. On the loop."""
        if part:
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
            self.is_whole = True
            self._changed.notify()

    def abort(self) -> None:
        """No more will come: nothing is waited for, and reading on raises `ClientGone`. On the loop."""
        with self._changed:
            self._aborted = self.is_whole = True
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
                if self.is_whole:
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
    """One request on its way through the pool, between the loop's thread and a thread of the pool.

    While it waits for a thread, ``begins_before`` is when, by the loop's clock, it is to be given up.
    """

    def __init__(self, connection: "Connection", environ: Environ, keeps: Callable[[], bool], date: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        transport = connection.transport
        self.body = BodyStream(transport.pause_reading, lambda: self._loop.call_soon_threadsafe(transport.resume_reading))
        environ["wsgi.input"] = io.BufferedReader(self.body, BUFFER_BYTES)
        self.writable = threading.Event()
        self.writable.set()
        self._written = threading.Event()
        self._aborted = self.has_written = False
        self.begins_before = math.inf
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self.answer = Answer(environ, self._send, keeps, date)

    def run(self, app: App) -> BaseException | None:
        """Call the application. In a thread of the pool. Returns what it raised."""
        try:
            self.answer.run(app)
            if not self._aborted:
                self._pass_on()
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
            self._connection.failed(error, self.has_written)

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
        self._parts.append(part)
        self._parts_bytes += len(part)
        if self._parts_bytes > BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Wait until the client can take more, and pass on what is ready. The connection bounds how long that may take."""
        self.writable.wait()
        self._written.clear()
        if self._aborted:
            raise ClientGone("the client left before it was answered")
        self._pass_on()
        self._written.wait()

    def _pass_on(self) -> None:
        data, self._parts, self._parts_bytes = b"".join(self._parts), [], 0
        self._loop.call_soon_threadsafe(self._write, data)

    def _write(self, data: bytes) -> None:
        if not self._aborted and data:
            self.has_written = True
            self._connection.transport.write(data)
        self._written.set()


class Pool:
    """Threads that answer, and a bounded line before them.

    A request whose body is still coming never takes the last free thread, so slow uploads cannot keep whole requests
    waiting. All but `Exchange.run` happens on the loop.

    Parameters
    ----------
    threads
        How many requests are answered at once, at least 2.
    max_waiting
        How many may wait.
    max_wait_seconds
        How long a request may wait; one that is expected to wait longer is not taken.
    """

    def __init__(self, app: App, threads: int, max_waiting: int, max_wait_seconds: float) -> None:
        self._app = app
        self._threads, self._max_waiting, self._max_wait_seconds = max(2, threads), max_waiting, max_wait_seconds
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="pool")
        self._waiting: deque[Exchange] = deque()
        self._running: set[Exchange] = set()
        self._usual_seconds = 0.0

    def submit(self, exchange: Exchange) -> bool:
        """Take ``exchange``, or say that it would have to wait too long."""
        is_whole = exchange.body.is_whole
        ahead = sum(other.body.is_whole == is_whole for other in self._waiting) + 1
        is_full = len(self._running) >= self._threads if is_whole else self._streaming() >= self._threads - 1
        if is_full and (ahead > self._max_waiting or ahead * self._usual_seconds / self._threads > self._max_wait_seconds):
            return False
        exchange.begins_before = asyncio.get_running_loop().time() + self._max_wait_seconds
        self._waiting.append(exchange)
        self.schedule()
        return True

    def schedule(self) -> None:
        """Give free threads to whoever may have one, in order of arrival."""
        for exchange in list(self._waiting):
            if len(self._running) >= self._threads:
                return
            if exchange.body.is_whole or self._streaming() < self._threads - 1:
                self._waiting.remove(exchange)
                self._start(exchange)

    def withdraw(self, exchange: Exchange) -> None:
        """Nobody waits for ``exchange`` any more: it needs no thread, and what one still does for it is for nobody."""
        exchange.abort()
        if exchange in self._waiting:
            self._waiting.remove(exchange)

    def give_up_late(self, now: float) -> None:
        """Refuse what has waited for a thread for too long."""
        for exchange in [one for one in self._waiting if now > one.begins_before]:
            exchange.give_up()

    def _streaming(self) -> int:
        return sum(not other.body.is_whole for other in self._running)

    def stop(self) -> None:
        """Take no more and wait for nothing."""
        for exchange in self._running | set(self._waiting):
            exchange.abort()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start(self, exchange: Exchange) -> None:
        self._running.add(exchange)
        loop = asyncio.get_running_loop()
        self._executor.submit(self._work, loop, exchange)

    def _work(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        # how long a client takes to send its body says nothing about how long others will wait
        started = time.monotonic() if exchange.body.is_whole else None
        error = exchange.run(self._app)
        loop.call_soon_threadsafe(self._done, exchange, error, None if started is None else time.monotonic() - started)

    def _done(self, exchange: Exchange, error: BaseException | None, seconds: float | None) -> None:
        self._running.discard(exchange)
        if seconds is not None:
            self._usual_seconds += SMOOTHING * (seconds - self._usual_seconds)
        try:
            exchange.finish(error)
        finally:
            self.schedule()
