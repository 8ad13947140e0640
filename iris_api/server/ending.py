"""How a worker ends: everything accepted is answered, and as long as can be somebody accepts."""

import asyncio
from typing import TYPE_CHECKING

from iris_api.server.patience import hurry, is_owed

if TYPE_CHECKING:
    from iris_api.server.worker import LaneWorker

LAST_REQUEST_SECONDS = 1.0
ROUND_SECONDS = 0.02


async def retire(worker: "LaneWorker") -> None:
    """Go on accepting while clients hold connections for long, at most for the grace.

    Its successor begins when this worker has gone, and the others may retire with it: what it waits for after it has stopped to accept,
    new clients wait for too.
    """
    loop = worker.loop
    last_request, deadline = loop.time() + LAST_REQUEST_SECONDS, loop.time() + worker.settings.grace_seconds
    while worker.retires and loop.time() < deadline and not worker.must_end_now:
        held_since = min((one.entered for one in worker.connections), default=loop.time())
        if loop.time() > last_request and loop.time() - held_since < LAST_REQUEST_SECONDS:
            return
        await _round(worker, last_request)


async def drain(worker: "LaneWorker") -> None:
    """Go on accepting while load balancers take note, unless the service goes on; then answer all that was accepted."""
    if not worker.has_successor:
        worker.lifecycle.drain()
    if worker.drain_seconds:
        worker.log.info("draining: not ready, and accepting for %g s more", worker.drain_seconds)
    accept_until = worker.loop.time() + worker.drain_seconds
    while worker.loop.time() < accept_until and not worker.must_end_now:
        worker.tick()
        await asyncio.sleep(ROUND_SECONDS)
    worker.keeps_alive = False
    worker.acceptor.stop()
    await _answer_last(worker)
    for connection in list(worker.connections):
        connection.transport.abort()


async def _answer_last(worker: "LaneWorker") -> None:
    """Wait until nobody is owed anything, for as long as the grace; for a TLS handshake that is late, no longer."""
    loop = worker.loop
    last_request, deadline = loop.time() + LAST_REQUEST_SECONDS, loop.time() + worker.settings.grace_seconds
    while loop.time() < deadline and not worker.must_end_now:
        if not (any(map(is_owed, worker.connections)) or (worker.acceptor.is_adopting and loop.time() < last_request)):
            return
        await _round(worker, last_request, also_sending=worker.retires)


async def _round(worker: "LaneWorker", last_request: float, *, also_sending: bool = False) -> None:
    for connection in worker.connections:
        # one that has just been accepted has its moment too
        hurry(connection, max(last_request, connection.entered + LAST_REQUEST_SECONDS), also_sending=also_sending)
    worker.tick()
    await asyncio.sleep(ROUND_SECONDS)
