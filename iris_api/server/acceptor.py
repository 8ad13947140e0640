"""How a worker takes connections: evenly with the others, as many as it may hold, and at the end all that the kernel has taken for it."""

import asyncio
import select
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from iris_api.server.balance import balance
from iris_api.server.connection import Connection
from iris_api.server.patience import SILENCE_SECONDS, give_way

if TYPE_CHECKING:
    from iris_api.server.worker import LaneWorker

MAX_YIELD_SECONDS = 0.02
YIELD_SECONDS = 0.001
FULL_SECONDS = 0.01
NO_DESCRIPTOR_SECONDS = 0.25
LEAVING_SECONDS = 0.05
MAX_ROOM = 32


class Acceptor:
    """Accepts for ``worker`` until it is stopped.

    ``room_wanted`` is how many kept connections are to be given up because others wait that this worker may not hold as well.
    """

    def __init__(self, worker: "LaneWorker") -> None:
        self._worker, self._loop = worker, worker.loop
        self._adoptions: dict[asyncio.Task[None], float] = {}
        self._room = self.room_wanted = 0
        self.is_open = False

    @property
    def is_adopting(self) -> bool:
        """Whether there are connections that have not begun yet, such as those in the middle of a TLS handshake."""
        return bool(self._adoptions)

    def start(self) -> None:
        """Accept from every listener of the worker."""
        self.is_open = True
        for listener in self._worker.sockets:
            self._listen(listener)

    def pause(self) -> None:
        """Accept no more until `start`; who waits is left to others."""
        self.is_open = False
        balance.leave(self._worker.slot)
        for listener in self._worker.sockets:
            self._loop.remove_reader(listener.fileno())

    def stop(self) -> None:
        """Take what the kernel has accepted for this service already, and no more."""
        self.pause()
        for listener in self._worker.sockets:
            with suppress(OSError):
                while True:
                    with suppress(ConnectionAbortedError):
                        self._take(listener)
            listener.close()

    def _listen(self, listener: Any) -> None:
        self._loop.add_reader(listener.fileno(), self._accept, listener)

    def _accept(self, listener: Any) -> None:
        """Connections wait."""
        self._room = 0
        self._accept_all(listener, self._loop.time() + MAX_YIELD_SECONDS)

    def _accept_all(self, listener: Any, yields_until: float) -> None:
        """Take all that wait, unless the worker has as many as it may hold or, until then, another has fewer.

        One a round of the loop would be too few: under load a round takes long.
        """
        worker = self._worker
        for _ in range(worker.cfg.worker_connections):
            self.room_wanted = 0
            if worker.nr_conns >= worker.cfg.worker_connections:
                if _somebody_waits(listener):
                    self._make_room()
                    self._retry_in(FULL_SECONDS, listener, yields_until)
                return
            if balance.is_heaviest(worker.slot) and self._loop.time() < yields_until:
                self._retry_in(YIELD_SECONDS, listener, yields_until)
                return
            try:
                self._take(listener)
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                # no descriptor or memory left: asking again at once would only burn the processor
                worker.log.warning("cannot accept: %s", error.strerror)
                self._retry_in(NO_DESCRIPTOR_SECONDS, listener, yields_until)
                return
            yields_until = self._loop.time() + MAX_YIELD_SECONDS

    def _make_room(self) -> None:
        """Give up connections whose clients are silent, and as many of those that would be kept after their next answer.

        None at first, as another worker may take who waits; then ever more while that helps, as nobody knows how many wait.
        """
        worker, now = self._worker, self._loop.time()
        # those that have just been given up are about to make room
        leaving = sum(one.phase == "closing" and now - one.entered < LEAVING_SECONDS for one in worker.connections)
        self.room_wanted = max(0, self._room - leaving)
        given = give_way(worker.connections, self.room_wanted, now)
        for adoption, began in list(self._adoptions.items())[: self.room_wanted]:
            if now - began > SILENCE_SECONDS:
                given += adoption.cancel()
        if given:
            self._room = min(2 * self._room, MAX_ROOM)
        elif self.room_wanted or not self._room:
            self._room = 1

    def _retry_in(self, seconds: float, listener: Any, yields_until: float) -> None:
        self._loop.remove_reader(listener.fileno())
        self._loop.call_later(seconds, self._resume, listener, yields_until)

    def _resume(self, listener: Any, yields_until: float) -> None:
        if self.is_open:
            self._listen(listener)
            self._accept_all(listener, yields_until)

    def _take(self, listener: Any) -> None:
        client, _ = listener.sock.accept()
        client.setblocking(False)
        self._worker.count_connections(1)
        connection = Connection(self._worker)
        task = self._loop.create_task(self._adopt(client, connection))
        self._adoptions[task] = self._loop.time()
        task.add_done_callback(partial(self._adopted, client, connection))

    async def _adopt(self, client: socket.socket, connection: Connection) -> None:
        worker = self._worker
        handshake_seconds = worker.limits.head_seconds if worker.tls else None
        with suppress(OSError):
            await self._loop.connect_accepted_socket(
                lambda: connection,
                client,
                ssl=worker.tls,
                ssl_handshake_timeout=handshake_seconds,
                ssl_shutdown_timeout=worker.limits.body_seconds if worker.tls else None,
            )

    def _adopted(self, client: socket.socket, connection: Connection, adoption: asyncio.Task[None]) -> None:
        """A handshake has ended, or nothing came of it; one given up as it had just succeeded has begun, and asyncio closes it."""
        del self._adoptions[adoption]
        if connection.transport is None:
            client.close()
            self._worker.count_connections(-1)


def _somebody_waits(listener: Any) -> bool:
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))
