"""How long a worker waits for its clients: who is late, and who gives way when it cannot hold all of them."""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

from iris_api.server.sockets import unsent_bytes

if TYPE_CHECKING:
    from iris_api.server.connection import Connection

SILENT_SECONDS = 1.0


def end_if_late(connection: "Connection", now: float, body_seconds: float) -> None:
    """End ``connection`` if its client has not done its part of the present phase by now, within ``body_seconds`` to read answers."""
    if connection.write_deadline is not None and now > connection.write_deadline:
        connection.transport.abort()
    elif now <= connection.deadline or connection.write_deadline is not None:
        return
    elif connection.phase == "closing":
        if now > connection.deadline + body_seconds or not unsent_bytes(connection.transport):
            connection.transport.abort()
    elif not connection.reader.has_begun:
        connection.end(lingers=False)
    elif not (connection.reader.is_complete or connection.is_broken):
        connection.break_off(408)


def hurry(connection: "Connection", deadline: float) -> None:
    """The worker ends: an idle client may send one more request until ``deadline``."""
    if connection.phase == "idle":
        connection.deadline = min(connection.deadline, deadline)


def give_way(connections: Iterable["Connection"], count: int, now: float) -> None:
    """End up to ``count`` connections for others that wait: those whose clients have been silent for longest, a while at least.

    A client is silent that could ask and has not, or that has its last answer and does not go.
    """
    silent = (one for one in connections if _is_silent(one) and now - one.entered > SILENT_SECONDS)
    for connection in heapq.nsmallest(count, silent, key=lambda one: one.entered):
        if connection.phase == "closing":
            connection.transport.abort()
        elif connection.reader.has_begun:
            connection.refuse(408, lingers=False)
        else:
            connection.end(lingers=False)


def heaviest_upload(connections: Iterable["Connection"], now: float) -> "Connection":
    """The connection whose body, of those that are not whole yet, has held most memory for longest: most byte-seconds."""
    uploads = (one for one in connections if one.phase == "body")
    return max(uploads, key=lambda one: one.reader.body_bytes * (now - one.reader.started))


def _is_silent(connection: "Connection") -> bool:
    if connection.phase == "closing":
        return not unsent_bytes(connection.transport)
    return not connection.reader.has_head
