"""Clients that leave without a word: each is some way into a request when it resets its connection."""

import select
import socket
import struct
from dataclasses import dataclass

from benchmarks.messages import request
from benchmarks.workplace import Workplace, rows

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
STREAMED_BYTES = 300_000
WORKED_ROWS = 1000
TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Departure:
    """One way to leave: after how many bytes of a request, and whether only once bytes of its answer wait to be read."""

    title: str
    sends: bytes
    awaits_answer: bool = False


def from_the_loop(work: Workplace) -> list[Departure]:
    """Twenty clients whose requests are answered on the event loop, five of each kind."""
    single = request("/v1/predict", work.body())
    inside_head, inside_body = single.index(b"\r\n\r\n") // 2, len(single) - len(work.body()) // 2
    kinds = [
        Departure("nothing sent", b""),
        Departure("half a head", single[:inside_head]),
        Departure("half a body", single[:inside_body]),
        Departure("answer not read", single, awaits_answer=True),
    ]
    return kinds * 5


def from_the_pool(work: Workplace) -> list[Departure]:
    """Four clients whose batches are with the threads: two threads wait for the rest of a body, two have all and work on it.

    A batch longer than 256 KiB is given to a thread before it is whole.
    """
    whole = request("/v1/predict/batch", work.batch_body(rows(WORKED_ROWS)))
    long = request("/v1/predict/batch", bytes(2 * STREAMED_BYTES))
    return [Departure("body being read", long[:STREAMED_BYTES]), Departure("being answered", whole)] * 2


def leave(port: int, together: list[Departure]) -> int:
    """Let every client of ``together`` come as far as it does, then reset all their connections; how many there were."""
    clients = [(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS), departure) for departure in together]
    try:
        for client, departure in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.sendall(departure.sends)
        for client, departure in clients:
            if departure.awaits_answer and not select.select([client], [], [], TIMEOUT_SECONDS)[0]:
                raise RuntimeError("a prediction is not answered while other clients leave")
    finally:
        for client, _ in clients:
            client.close()
    return len(clients)
