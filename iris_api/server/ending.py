"""How a worker ends: everything accepted is answered, and as long as can be somebody accepts."""

import asyncio
from typing import TYPE_CHECKING

from iris_api.server.patience import hurry, is_owed

if TYPE_CHECKING:
    from iris_api.server.worker import LaneWorker

LAST_REQUEST_SECONDS = 1.0
FIRST_REQUEST_SECONDS = 0.5
ROUND_SECONDS = 0.02


async def retire(worker: "LaneWorker") -> bool:
    """Answer everything while new clients have somebody who accepts, at most for the grace; return whether nobody is owed anything.

    Its successor begins when this worker has gone, and the others may retire with it. So it accepts until no client holds a
    connection for long, then pauses for a moment in which all must be answered, and goes on if they are not. Who waits then is left to
    the successor.
    """
    loop = worker.loop
    last_request, deadline = loop.time() + LAST_REQUEST_SECONDS, loop.time() + worker.settings.grace_seconds
    while worker.retires and loop.time() < deadline and not worker.must_end_now:
        held_since = min((one.entered for one in worker.connections), default=loop.time())
        if loop.time() > last_request and loop.time() - held_since < LAST_REQUEST_SECONDS and await _pause(worker):
            return True
        await _round(worker, last_request)
    return False


async def _pause(worker: "LaneWorker") -> bool:
    """Accept nobody for a moment; whether everybody was answered in it."""
    loop = worker.loop
    worker.acceptor.pause()
    first_request, end = loop.time() + FIRST_REQUEST_SECONDS, loop.time() + LAST_REQUEST_SECONDS
    while loop.time() < end and worker.retires and not worker.must_end_now:
        if not (worker.acceptor.is_adopting or any(map(is_owed, worker.connections))):
            return True
        await _round(worker, first_request)
    worker.acceptor.start()
    return False


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
    if worker.retires:
        worker.acceptor.pause()
        await _answer_last(worker, LAST_REQUEST_SECONDS)
    else:
        worker.acceptor.stop()
        await _answer_last(worker, worker.settings.grace_seconds)


async def _answer_last(worker: "LaneWorker", seconds: float) -> None:
    """Wait for so long until nobody is owed anything, or lingers; for a TLS handshake that is late, no longer."""
    loop = worker.loop
    last_request, deadline = loop.time() + LAST_REQUEST_SECONDS, loop.time() + seconds
    while loop.time() < deadline and not worker.must_end_now:
        waits = any(is_owed(one) or not one.reader.is_complete for one in worker.connections)
        if not (waits or (worker.acceptor.is_adopting and loop.time() < last_request)):
            return
        await _round(worker, last_request)


async def _round(worker: "LaneWorker", last_request: float) -> None:
    for connection in worker.connections:
        # one that has just been accepted has its moment too
        hurry(connection, max(last_request, connection.entered + FIRST_REQUEST_SECONDS))
    worker.tick()
    await asyncio.sleep(ROUND_SECONDS)
