"""How long a worker waits for its clients: who is late, and who gives way when it cannot hold all of them."""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

from iris_api.server.sockets import undelivered_bytes

if TYPE_CHECKING:
    from iris_api.server.connection import Connection

SILENCE_SECONDS = 1.0
STALL_SECONDS = 3.0
YOUNG_SECONDS = 1.0


def end_if_late(connection: "Connection", now: float, body_seconds: float) -> None:
    """End ``connection`` if its client has not done its part of the present phase by now, within ``body_seconds`` to read answers."""
    if connection.write_deadline is not None and now > connection.write_deadline:
        connection.transport.abort()
    elif now <= connection.deadline or connection.write_deadline is not None:
        return
    elif connection.phase == "closing":
        if now > connection.deadline + body_seconds or not undelivered_bytes(connection.transport):
            connection.transport.abort()
    elif not connection.reader.has_begun:
        connection.end(lingers=undelivered_bytes(connection.transport) > 0)
    elif not (connection.reader.is_complete or connection.is_broken):
        connection.break_off(408)


def hurry(connection: "Connection", deadline: float) -> None:
    """The worker ends: an idle client may send one more request until ``deadline``."""
    if connection.phase == "idle":
        connection.deadline = min(connection.deadline, deadline)


def is_owed(connection: "Connection") -> bool:
    """Whether the client may still ask, or has not received all of its last answer."""
    return connection.phase != "closing" or undelivered_bytes(connection.transport) > 0


def give_way(connections: Iterable["Connection"], count: int, now: float) -> int:
    """End up to ``count`` connections for others that wait, and return how many: those whose clients have been silent for longest.

    A client is silent that has all its answers and has not asked anew, or not to the end of a head; or has none to expect and
    does not go; or that sends a body and has stalled, or sends next to nothing; or that has stopped reading its answer.
    """
    silent = heapq.nsmallest(count, (one for one in connections if _is_silent(one, now)), key=lambda one: one.entered)
    for connection in silent:
        if connection.phase in ("head", "body") and connection.write_deadline is None:
            connection.refuse(408, lingers=False)
        else:
            # by TLS, to close would be to wait for the client
            connection.transport.abort()
    return len(silent)


def heaviest_upload(connections: Iterable["Connection"], now: float) -> "Connection":
    """The connection whose body, of those that are not whole yet, has held most memory for longest: most byte-seconds.

    All count as a moment old at least, or a burst of large ones would throw out small ones that came before it.
    """
    uploads = (one for one in connections if one.phase == "body" and not one.reader.is_complete)
    return max(uploads, key=lambda one: one.reader.body_bytes * (now - one.reader.started + YOUNG_SECONDS))


def _is_silent(connection: "Connection", now: float) -> bool:
    reader, seconds = connection.reader, now - connection.entered
    if connection.phase == "body" and not reader.is_complete:
        return now - connection.heard > STALL_SECONDS
    # one that has been answered may be about to ask again, and a request that crosses its end is lost
    patience_seconds = STALL_SECONDS if connection.phase == "idle" and connection.is_kept else SILENCE_SECONDS
    is_free = connection.phase == "closing" or not reader.has_head
    if connection.write_deadline is None and not (is_free and seconds > patience_seconds):
        return False
    return not _still_reads(connection, now)


def _still_reads(connection: "Connection", now: float) -> bool:
    """Whether the client has an answer to read and has taken some of it lately."""
    left = undelivered_bytes(connection.transport)
    if left != connection.undelivered:
        connection.undelivered, connection.read_at = left, now
    return left > 0 and now - connection.read_at <= STALL_SECONDS
