"""The second lane: a bounded pool of threads for everything that might hold the loop up."""

import asyncio
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from iris_api.server.exchange import Exchange
from iris_api.server.memory import give_back_memory
from iris_api.server.wsgi_call import App

SMOOTHING = 0.2
GIVE_BACK_SECONDS = 2.0


class Pool:
    """Threads that answer, and a bounded line of whole requests before them.

    A request whose body is still coming never waits here, nor takes the last free thread, so slow uploads cannot keep whole
    requests waiting. All but `Exchange.run` happens on the loop. ``has_holes`` says that memory may have been left that could
    be given back.

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
        self._executor = _started(self._threads)
        self._waiting: deque[Exchange] = deque()
        self._running: set[Exchange] = set()
        self._usual_seconds = 0.0
        self._gives_back_at = 0.0
        self.has_holes = False

    @property
    def has_room(self) -> bool:
        """Whether one more whole request would be answered in time."""
        if len(self._running) < self._threads:
            return True
        line = len(self._waiting) + 1
        seconds = line * self._usual_seconds / max(1, self._threads - self._streaming)
        return line <= self._max_waiting and seconds <= self._max_wait_seconds

    @property
    def can_stream(self) -> bool:
        """Whether a thread may begin with a request whose body is still coming."""
        return len(self._running) < self._threads and self._streaming < self._threads - 1

    def submit(self, exchange: Exchange) -> None:
        """Answer ``exchange``, for which there is room, as soon as a thread is free."""
        exchange.begins_before = asyncio.get_running_loop().time() + self._max_wait_seconds
        self._waiting.append(exchange)
        self._schedule()

    def withdraw(self, exchange: Exchange) -> None:
        """Nobody waits for ``exchange`` any more: it needs no thread, and what one still does for it is for nobody."""
        exchange.abort()
        if exchange in self._waiting:
            self._waiting.remove(exchange)

    def tick(self, now: float) -> None:
        """The worker's regular round: refuse what has waited for a thread for too long, and give back what answers have left."""
        for exchange in [one for one in self._waiting if now > one.begins_before]:
            exchange.give_up()
        if self.has_holes and now >= self._gives_back_at:
            self.has_holes, self._gives_back_at = False, now + GIVE_BACK_SECONDS
            self._executor.submit(give_back_memory)

    @property
    def is_busy(self) -> bool:
        """Whether threads have not come back."""
        return bool(self._running)

    @property
    def _streaming(self) -> int:
        return sum(not other.body.has_ended for other in self._running)

    def _schedule(self) -> None:
        """Give free threads to whoever waits, in order of arrival."""
        while self._waiting and len(self._running) < self._threads:
            self._start(self._waiting.popleft())

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
        started = time.monotonic() if exchange.body.has_ended else None
        error = exchange.run(self._app)
        loop.call_soon_threadsafe(self._done, exchange, error, None if started is None else time.monotonic() - started)

    def _done(self, exchange: Exchange, error: BaseException | None, seconds: float | None) -> None:
        self._running.discard(exchange)
        self.has_holes = True
        if seconds is not None:
            self._usual_seconds += SMOOTHING * (seconds - self._usual_seconds)
        try:
            exchange.finish(error)
        finally:
            self._schedule()


def _started(threads: int) -> ThreadPoolExecutor:
    """An executor whose threads all run: later, at the limit of processes, none could be started. Raises RuntimeError if that is now."""
    executor = ThreadPoolExecutor(threads, thread_name_prefix="pool")
    together = threading.Barrier(threads + 1)
    try:
        for _ in range(threads):
            executor.submit(together.wait)
    except RuntimeError:
        together.abort()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    together.wait()
    return executor
