"""The Gunicorn worker that answers quick requests on its event loop and all others in a bounded pool of threads."""

import asyncio
import os
import queue
import signal
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from gunicorn.sock import ssl_context
from gunicorn.workers.gasgi import ASGIWorker

from iris_api.errors import ConfigurationError, exit_with_one_line
from iris_api.server.acceptor import Acceptor
from iris_api.server.balance import balance
from iris_api.server.connection import Connection
from iris_api.server.ending import drain, retire
from iris_api.server.line import Line
from iris_api.server.patience import end_if_late, heaviest_upload
from iris_api.server.pool import Pool
from iris_api.server.refusals import name_request
from iris_api.server.sockets import bound_tls_reads, unsent_bytes
from iris_api.server.succession import succession
from iris_api.settings import load_settings

EXTENSION = "iris_api"
SWEEP_SECONDS = 0.25
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
    tls: ssl.SSLContext | None = None

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Read the certificate, if there is one, in the master as it starts; end with one line where that fails."""
        if cfg.is_ssl:
            with exit_with_one_line():
                try:
                    cls.tls = ssl_context(cfg)
                except (OSError, TypeError, ValueError) as error:
                    raise ConfigurationError(f"--certfile and --keyfile: no certificate with its key ({error})") from None

    def load_wsgi(self) -> None:
        """Take the application that the master built, and what it says of how requests are answered."""
        self.wsgi = self.app.wsgi()
        self.lifecycle = self.wsgi.extensions[EXTENSION].lifecycle
        self.lanes = self.lifecycle.lanes()

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
        self.settings = settings
        self._renew_certificate()
        bound_tls_reads()
        self.keep_alive_seconds = settings.keepalive_seconds
        self.keeps_alive = settings.keepalive_seconds > 0
        self.connections: set[Connection] = set()
        self.unread_bytes = self.unsent_bytes = 0
        self.requests = 0
        self.retires = False
        self.date = b""
        super().init_process()

    def _setup_event_loop(self) -> None:
        """Use asyncio's own loop: others, even where they are installed or asked for, do not let connections bound what they read."""
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def _renew_certificate(self) -> None:
        """Take on the certificate as it is now; a worker that could not start would end its master."""
        if self.cfg.is_ssl:
            try:
                self.tls = ssl_context(self.cfg)
            except (OSError, TypeError, ValueError) as error:
                self.log.error("the certificate cannot be read, the one from the start stays in use: %s", error)

    def init_signals(self) -> None:
        """Take over from the master's handlers, which until now have queued whatever came since the fork."""
        super().init_signals()
        while not self.early_signals.empty():
            if self.early_signals.get() in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
                self.alive = False

    def handle_exit_signal(self) -> None:
        """SIGTERM: from here on no answer invites another request, unless the worker goes on for a while."""
        super().handle_exit_signal()
        self.retires = False
        self.keeps_alive = self.keeps_alive and self.drain_seconds > 0

    @property
    def drain_seconds(self) -> float:
        """How long to go on accepting when told to stop; not at all where the service goes on."""
        return 0.0 if self.has_successor else self.settings.drain_seconds

    @property
    def has_successor(self) -> bool:
        """Whether another worker has taken this one's place, or will."""
        return self.retires or succession.is_replaced(self.slot)

    @property
    def must_end_now(self) -> bool:
        """Whether it was told not to wait for anybody."""
        return bool(self._quick_shutdown)

    # what connections tell

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        self.connections.add(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is gone; there may be room for another."""
        self.connections.discard(connection)
        self.count_connections(-1)
        self.pool.has_holes = True

    def count_connections(self, change: int) -> None:
        """There are so many more, those that have not begun yet included."""
        self.nr_conns += change
        if self.acceptor.is_open:
            balance.set(self.slot, self.nr_conns)

    def may_keep(self) -> bool:
        """Whether a connection may be kept after an answer; a few may not while this worker is full and others wait."""
        if self.acceptor.room_wanted > 0:
            self.acceptor.room_wanted -= 1
            return False
        return self.keeps_alive

    def can_hold_body_of(self, connection: Connection) -> bool:
        """Whether the body of ``connection`` may grow; above the bound the heaviest uploads are refused, this one if it is of them."""
        while self.unread_bytes > self.limits.unread_bytes:
            heaviest = heaviest_upload(self.connections, self.loop.time())
            if heaviest is connection:
                return False
            heaviest.refuse(503)
        return True

    def count_answer(self, environ: dict[str, Any], status: int, sent_bytes: int, started: float) -> None:
        """A request has been answered."""
        self.requests += 1
        if self.alive and self.requests >= self.max_requests:
            self.alive = self.keeps_alive = False
            self.retires = True
        if self.log.access_log_enabled:
            self.log.answered(environ, status, sent_bytes, self.loop.time() - started)

    def report(self, environ: dict[str, Any], error: BaseException) -> None:
        """The application raised while it answered; the line carries the id that the client is told."""
        what, extra = (environ["REQUEST_METHOD"], environ["PATH_INFO"]), {"request_id": name_request(environ)}
        self.log.error("error answering %s %s", *what, exc_info=error, extra=extra)

    # serving

    async def _serve(self) -> None:
        settings = self.settings
        self.pool = Pool(self.wsgi, settings.threads, settings.max_waiting, settings.max_wait_seconds)
        self.line = Line(self.loop)
        self.acceptor = Acceptor(self)
        self.tick()
        self.acceptor.start()
        self.count_connections(0)
        try:
            while self.alive and self.ppid == os.getppid():
                self.tick()
                await asyncio.sleep(SWEEP_SECONDS)
            if not (self.retires and await retire(self)):
                await drain(self)
            for connection in list(self.connections):
                connection.transport.abort()
        finally:
            # threads that wait for a client would keep the process
            self.pool.stop()

    def tick(self) -> None:
        """The regular round: signs of life, the date, and an end to clients that are late."""
        self.notify()
        if self.acceptor.is_open:
            balance.sign(self.slot, self.nr_conns, self.loop.time())
        self.date = f"Server: gunicorn\r\nDate: {formatdate(usegmt=True)}\r\n\r\n".encode()
        now = self.loop.time()
        self.unsent_bytes = 0
        for connection in list(self.connections):
            self._attend(connection, now)
        self.pool.tick(now)

    def _attend(self, connection: Connection, now: float) -> None:
        """One connection's part of the round, which must not end it for the others."""
        try:
            end_if_late(connection, now, self.limits.body_seconds)
            self.unsent_bytes += unsent_bytes(connection.transport)
        except Exception:
            self.log.exception("a connection failed and is ended")
            self.connections.discard(connection)
            with suppress(Exception):
                connection.transport.abort()
