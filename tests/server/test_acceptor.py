"""Accepting, from a real listener on a real loop: all that wait, as many as a worker may hold, and the backlog at the end."""

import asyncio
import logging
import socket
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from iris_api.server.acceptor import Acceptor
from iris_api.server.balance import balance
from tests.server.exchanges import settled

SLOT, OTHER = 901, 902


@pytest.fixture(autouse=True)
def _slots():
    yield
    balance.leave(SLOT)
    balance.leave(OTHER)


class Worker(SimpleNamespace):
    """What an acceptor asks of its worker."""

    def count_connections(self, change: int) -> None:
        self.nr_conns += change
        balance.set(SLOT, self.nr_conns)


def run(clients: int, most: int, check: Callable, *, others: int | None = None) -> None:
    """Have ``clients`` wait for a worker that may hold ``most``, while another holds ``others``; then ``check`` it."""

    async def serve() -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            listener.setblocking(False)
            waiting = [socket.create_connection(listener.getsockname()) for _ in range(clients)]
            worker = made(listener, most)
            if others is not None:
                balance.set(OTHER, others)
            worker.count_connections(0)
            try:
                await check(worker, Acceptor(worker), listener.getsockname())
            finally:
                for client in waiting:
                    client.close()
                await rounds(5)

    asyncio.run(serve())


def made(listener: socket.socket, most: int) -> Worker:
    limits = SimpleNamespace(head_seconds=1, body_seconds=1, body_bytes=100, unread_bytes=100)
    limited = {"limit_request_line": 4094, "limit_request_fields": 100, "limit_request_field_size": 8190}
    gunicorn_listener = SimpleNamespace(sock=listener, fileno=listener.fileno, close=listener.close)
    return Worker(
        cfg=SimpleNamespace(worker_connections=most, **limited),
        loop=asyncio.get_running_loop(),
        sockets=[gunicorn_listener],
        slot=SLOT,
        nr_conns=0,
        limits=limits,
        tls=None,
        log=logging.getLogger("acceptor"),
        opened=lambda _: None,
        lost=lambda _: None,
        connections=set(),
    )


async def rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_all_that_wait_are_taken_in_one_round() -> None:
    async def check(worker: Worker, acceptor: Acceptor, _address: object) -> None:
        acceptor.start()
        await rounds(2)
        assert worker.nr_conns == 20

    run(20, 100, check)


def test_a_full_worker_takes_no_more_and_asks_for_room_once_nobody_else_has_taken_them() -> None:
    async def check(worker: Worker, acceptor: Acceptor, _address: object) -> None:
        acceptor.start()
        await rounds(3)
        assert (worker.nr_conns, acceptor.room_wanted) == (3, 0)
        await settled(lambda: acceptor.room_wanted == 1)
        assert worker.nr_conns == 3
        acceptor.stop()

    run(5, 3, check)


def test_a_worker_yields_to_one_that_holds_fewer() -> None:
    async def check(worker: Worker, acceptor: Acceptor, _address: object) -> None:
        acceptor.start()
        await rounds(2)
        assert worker.nr_conns == 3

    run(5, 100, check, others=2)


def test_a_stopped_worker_takes_the_backlog_and_nothing_after_it() -> None:
    async def check(worker: Worker, acceptor: Acceptor, address: tuple[str, int]) -> None:
        acceptor.start()
        acceptor.stop()
        assert (worker.nr_conns, acceptor.is_adopting) == (5, True)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        await rounds(5)
        assert not acceptor.is_adopting

    run(5, 100, check)
