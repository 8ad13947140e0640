"""The Gunicorn worker that answers quick requests on its event loop and all others in a bounded pool of threads."""

import asyncio
import os
import queue
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from gunicorn.workers.gasgi import ASGIWorker

from iris_api.server.balance import balance
from iris_api.server.connection import Connection
from iris_api.server.pool import Pool
from iris_api.settings import load_settings

EXTENSION = "iris_api"
SWEEP_SECONDS = 0.25
RETRY_ACCEPT_SECONDS = 0.001
MAX_YIELDS = 20
LAST_REQUEST_SECONDS = 1.0
SWITCH_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, and all of a worker's together, may take."""

    head_seconds: float
    body_seconds: float
    body_bytes: int
    unread_bytes: int


class LaneWorker(ASGIWorker):  # type: ignore[misc]  # Gunicorn is untyped
    """Runs the WSGI application in two lanes on Gunicorn's event-loop worker.

    The loop reads requests and holds idle and slow connections at no cost. What the application declares inline is
    answered there; the rest in the pool. Its ``slot`` is its place in the shared `Balance`, set before the fork.
    """

    slot = 0
    early_signals: queue.SimpleQueue[int]

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Every setting this worker follows has been checked by the time it starts."""

    def load_wsgi(self) -> None:
        """Take the application that the master built, and what it says may be answered inline."""
        self.wsgi = self.app.wsgi()
        self.lifecycle = self.wsgi.extensions[EXTENSION].lifecycle
        self.inline_routes = self.lifecycle.inline_routes()

    def init_process(self) -> None:
        """Prepare what the loop needs, then serve until told to stop."""
        settings = load_settings()
        sys.setswitchinterval(SWITCH_SECONDS)
        self.limits = Limits(
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            body_bytes=settings.max_batch_bytes,
            unread_bytes=settings.max_unread_bytes,
        )
        self._settings = settings
        self.keep_alive_seconds = settings.keepalive_seconds
        self.keeps_alive = settings.keepalive_seconds > 0
        self.connections: set[Connection] = set()
        self._adoptions: set[asyncio.Task[None]] = set()
        self.unread_bytes = 0
        self.requests = 0
        self._yields = 0
        self.date = b""
        super().init_process()

    def init_signals(self) -> None:
        """Take over from the master's handlers, which until now have queued whatever came since the fork."""
        super().init_signals()
        while not self.early_signals.empty():
            if self.early_signals.get() in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
                self.alive = False

    def handle_exit_signal(self) -> None:
        """SIGTERM: from here on no answer invites another request, unless the worker goes on for a while."""
        super().handle_exit_signal()
        self.keeps_alive = self.keeps_alive and self._settings.drain_seconds > 0

    # what connections tell

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        self.connections.add(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is gone; there may be room for another."""
        self.connections.discard(connection)
        self.nr_conns -= 1
        self._publish()

    def count_answer(self, environ: dict[str, Any], status: int, sent_bytes: int, started: float) -> None:
        """A request has been answered."""
        self.requests += 1
        if self.max_requests and self.requests >= self.max_requests:
            self.alive = False
        if self.log.access_log_enabled:
            self.log.answered(environ, status, sent_bytes, self.loop.time() - started)

    # accepting

    async def _serve(self) -> None:
        settings = self._settings
        self.pool = Pool(self.wsgi, settings.threads, settings.max_waiting, settings.max_wait_seconds)
        self._tick()
        for listener in self.sockets:
            self._listen(listener)
        self._publish()
        while self.alive and self.ppid == os.getppid():
            self._tick()
            await asyncio.sleep(SWEEP_SECONDS)
        await self._drain()

    def _listen(self, listener: Any) -> None:
        self.loop.add_reader(listener.fileno(), self._accept, listener)

    def _accept(self, listener: Any) -> None:
        """Take one connection, unless another worker has fewer or this one has all it may hold."""
        is_full = self.nr_conns >= self.cfg.worker_connections
        if is_full or (self._yields < MAX_YIELDS and balance.is_heaviest(self.slot)):
            self._yields += 1
            self.loop.remove_reader(listener.fileno())
            self.loop.call_later(RETRY_ACCEPT_SECONDS, self._relisten, listener)
            return
        self._yields = 0
        try:
            self._take(listener)
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            # no descriptor or memory left: asking again at once would only burn the processor
            self.log.warning("cannot accept: %s", error.strerror)
            self.loop.remove_reader(listener.fileno())
            self.loop.call_later(SWEEP_SECONDS, self._relisten, listener)

    def _relisten(self, listener: Any) -> None:
        if self.keeps_listening:
            self._listen(listener)

    keeps_listening = True

    def _take(self, listener: Any) -> None:
        client, _ = listener.sock.accept()
        client.setblocking(False)
        self.nr_conns += 1
        self._publish()
        task = self.loop.create_task(self._adopt(client))
        self._adoptions.add(task)
        task.add_done_callback(self._adoptions.discard)

    async def _adopt(self, client: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: Connection(self), client, ssl=self._get_ssl_context())
        except OSError:
            client.close()
            self.nr_conns -= 1
            self._publish()

    def _publish(self) -> None:
        if self.keeps_listening:
            balance.set(self.slot, self.nr_conns)

    def _tick(self) -> None:
        """The regular round: a sign of life, the date, and an end to clients that are late."""
        self.notify()
        self.date = f"Server: gunicorn\r\nDate: {formatdate(usegmt=True)}\r\n\r\n".encode()
        now = self.loop.time()
        for connection in list(self.connections):
            connection.sweep(now)

    # ending

    async def _drain(self) -> None:
        """Go on accepting while load balancers take note; then answer all that was accepted, and end."""
        loop, grace = self.loop, self.cfg.graceful_timeout
        self.lifecycle.drain()
        accept_until = loop.time() + (0 if self._quick_shutdown else self._settings.drain_seconds)
        while loop.time() < accept_until and not self._quick_shutdown:
            self._tick()
            await asyncio.sleep(SWEEP_SECONDS)
        self._stop_accepting()
        deadline = loop.time() + (0 if self._quick_shutdown else grace)
        last_request = loop.time() + LAST_REQUEST_SECONDS
        while self.nr_conns and loop.time() < deadline and not self._quick_shutdown:
            for connection in list(self.connections):
                connection.hurry(last_request)
            self._tick()
            await asyncio.sleep(0.02)
        self.pool.stop()
        for connection in list(self.connections):
            connection.transport.abort()

    def _stop_accepting(self) -> None:
        """Take what the kernel has accepted for this service already, and no more."""
        self.keeps_alive = self.keeps_listening = False
        balance.leave(self.slot)
        for listener in self.sockets:
            self.loop.remove_reader(listener.fileno())
            with suppress(OSError):
                while True:
                    self._take(listener)
            listener.close()
