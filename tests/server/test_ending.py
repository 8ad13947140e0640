"""How long a worker goes on when it ends; `tests/system/test_drain.py` has what clients see of it."""

import asyncio
import logging
from types import SimpleNamespace

from iris_api.server.ending import LAST_REQUEST_SECONDS, drain, retire
from tests.server.exchanges import settled


def information(name: str) -> SimpleNamespace | None:
    return SimpleNamespace(fileno=lambda: -1) if name == "socket" else None


class Client(SimpleNamespace):
    """A connection that has been in its phase since before, and whose end is noted."""

    def __init__(self, phase: str, entered: float) -> None:
        transport = SimpleNamespace(abort=lambda: None, get_extra_info=information, get_write_buffer_size=lambda: 0)
        super().__init__(phase=phase, entered=entered, deadline=float("inf"), transport=transport, reader=SimpleNamespace(is_complete=True))


def made(*clients: Client, **settings) -> SimpleNamespace:
    known = {"grace_seconds": 30, "drain_seconds": 0.0}
    worker = SimpleNamespace(
        loop=asyncio.get_running_loop(), settings=SimpleNamespace(**(known | settings)), connections=set(clients), ticks=0,
        retires=False, has_successor=False, must_end_now=False, keeps_alive=True, log=logging.getLogger("ending"),
        acceptor=SimpleNamespace(is_adopting=False, is_open=True), lifecycle=SimpleNamespace(state="ready"),
    )  # fmt: skip
    worker.drain_seconds = worker.settings.drain_seconds
    worker.acceptor.stop = worker.acceptor.pause = lambda: setattr(worker.acceptor, "is_open", False)
    worker.acceptor.start = lambda: setattr(worker.acceptor, "is_open", True)
    worker.lifecycle.drain = lambda: setattr(worker.lifecycle, "state", "draining")
    worker.tick = lambda: setattr(worker, "ticks", worker.ticks + 1)
    return worker


Client.__hash__ = object.__hash__


async def ended(task: asyncio.Task, within_seconds: float = 10) -> bool:
    done, _ = await asyncio.wait([task], timeout=within_seconds)
    return bool(done)


def test_a_retiring_worker_accepts_until_only_new_clients_are_left_and_ends_when_they_are_answered() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time
        held = Client("busy", now())
        worker = made(held)
        worker.retires = True
        task = asyncio.create_task(retire(worker))
        assert not await ended(task, LAST_REQUEST_SECONDS + 0.5)
        assert worker.acceptor.is_open
        held.entered = now()
        await settled(lambda: not worker.acceptor.is_open)
        await settled(lambda: worker.acceptor.is_open)
        assert not task.done(), "it is not answered yet"
        held.entered = now()
        await settled(lambda: not worker.acceptor.is_open)
        held.phase = "closing"
        assert await ended(task)
        assert (task.result(), worker.acceptor.is_open) == (True, False)

    asyncio.run(run())


def test_a_retiring_worker_that_is_told_to_end_does() -> None:
    async def run() -> None:
        worker = made(Client("busy", 0.0))
        worker.retires = True
        task = asyncio.create_task(retire(worker))
        assert not await ended(task, 0.1)
        worker.retires = False
        assert await ended(task)
        assert not task.result()

    asyncio.run(run())


def test_a_worker_waits_for_whom_it_owes_an_answer_and_for_nobody_else() -> None:
    async def run() -> None:
        busy, lingers = Client("busy", 0.0), Client("closing", 0.0)
        worker = made(busy, lingers)
        task = asyncio.create_task(drain(worker))
        assert not await ended(task, 0.2)
        assert (worker.lifecycle.state, worker.acceptor.is_open, worker.keeps_alive) == ("draining", False, False)
        busy.phase = "closing"
        assert await ended(task)

    asyncio.run(run())


def test_a_worker_with_a_successor_stays_ready_and_one_in_a_hurry_waits_for_nobody() -> None:
    async def run() -> None:
        worker = made(Client("busy", 0.0))
        worker.has_successor = worker.must_end_now = True
        assert await ended(asyncio.create_task(drain(worker)))
        assert (worker.lifecycle.state, worker.ticks) == ("ready", 0)

    asyncio.run(run())


def test_the_grace_is_the_end_of_it() -> None:
    async def run() -> None:
        worker = made(Client("busy", 0.0), grace_seconds=0.1)
        worker.retires = True
        assert not await retire(worker)
        worker.retires = False
        assert await ended(asyncio.create_task(drain(worker)))

    asyncio.run(run())
