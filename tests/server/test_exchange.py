"""A body on its way to a thread, and an answer on its way back."""

import asyncio
import threading

import pytest

from iris_api.server.exchange import BUFFER_BYTES, BodyStream, ClientGone
from iris_api.server.pool import Pool
from tests.server.exchanges import Client, exchange, settled


def test_a_stream_asks_for_a_pause_and_for_more() -> None:
    told = []
    stream = BodyStream(lambda: told.append("pause"), lambda: told.append("resume"))
    stream.feed(b"x" * (BUFFER_BYTES + 1))
    assert told == ["pause"]
    stream.feed(b"y")
    assert told == ["pause", "pause"]
    assert stream.read(BUFFER_BYTES) == b"x" * BUFFER_BYTES
    assert told[-1] == "resume"
    stream.end()
    assert stream.read() == b"xy"


def test_a_stream_that_is_broken_off_raises_and_holds_nothing() -> None:
    stream = BodyStream(print, print)
    stream.feed(b"ab")
    stream.abort()
    stream.feed(b"cd")
    with pytest.raises(ClientGone):
        stream.read(5)


def test_what_the_application_raises_and_whether_anything_was_sent() -> None:
    def app(environ, start_response):
        start_response("200 OK", [])
        if environ["size"]:
            yield b"x" * environ["size"]
        raise LookupError

    async def run() -> None:
        pool, client = Pool(app, 2, 9, 5.0), Client()
        for size in (0, 1):
            made = exchange(client)
            made.answer._environ["size"] = size
            pool.submit(made)
        await settled(lambda: len(client.outcomes) == 2)
        assert client.outcomes == [(LookupError, False), (LookupError, True)]
        pool.stop()

    asyncio.run(run())


def test_every_block_is_passed_on_while_the_next_is_made() -> None:
    """PEP 3333, "Buffering and Streaming"."""
    gate = threading.Event()

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Length", "2")])
        yield b"1"
        gate.wait(10)
        yield b"2"

    async def run() -> None:
        pool, client = Pool(app, 2, 9, 5.0), Client()
        pool.submit(exchange(client))
        await settled(lambda: client.sent.endswith(b"1"))
        gate.set()
        await settled(lambda: client.outcomes == [200])
        assert client.sent.endswith(b"12")
        pool.stop()

    asyncio.run(run())


def test_no_more_than_a_buffer_is_on_its_way() -> None:
    made = []

    def app(_environ, start_response):
        start_response("200 OK", [])
        for _ in range(64):
            made.append(True)
            yield b"x" * (BUFFER_BYTES // 4)

    async def run() -> None:
        pool, client = Pool(app, 2, 9, 5.0), Client()
        one = exchange(client)
        client.transport.write = lambda _: one.writable.clear()
        pool.submit(one)
        try:
            await settled(lambda: not one.writable.is_set())
            for _ in range(64):
                await asyncio.sleep(0.001)
            assert 0 < len(made) < 12
            pool.withdraw(one)
            await settled(lambda: not pool.is_busy)
        finally:
            pool.stop()

    asyncio.run(run())
