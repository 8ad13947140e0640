"""The second lane's stream and its line, with a loop and a connection as small as can be."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from iris_api.server.pool import BUFFER_BYTES, BodyStream, ClientGone, Exchange, Pool


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


def test_a_stream_that_is_broken_off_raises_behind_what_came() -> None:
    stream = BodyStream(print, print)
    stream.feed(b"ab")
    stream.abort()
    assert stream.read(5) == b"ab"
    with pytest.raises(ClientGone):
        stream.read(5)


class Client:
    """Takes what a connection takes."""

    def __init__(self) -> None:
        self.sent, self.outcomes = b"", []
        self.transport = SimpleNamespace(write=self.write, pause_reading=lambda: None, resume_reading=lambda: None)

    def write(self, data: bytes) -> None:
        self.sent += data

    def answered(self, answer) -> None:
        self.outcomes.append(answer.status)

    def failed(self, error, has_sent) -> None:
        self.outcomes.append((type(error), has_sent))

    def go_on(self) -> None:
        """Nothing is behind."""


def exchange(client: Client, whole: bool = True) -> Exchange:
    made = Exchange(client, {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, lambda: True, b"\r\n")
    if whole:
        made.body.end()
    return made


async def settled(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def test_the_line_is_bounded_and_streams_leave_a_thread_free() -> None:
    gate = threading.Event()

    def app(environ, start_response):
        if environ.get("streams"):
            environ["wsgi.input"].read()
        else:
            gate.wait(10)
        start_response("200 OK", [])
        return [b"x"]

    async def run() -> None:
        pool, client = Pool(app, 2, 1, 5.0), Client()
        streams = [exchange(client, whole=False) for _ in range(3)]
        for each in streams:
            each.answer._environ["streams"] = True
        assert [pool.submit(each) for each in streams] == [True, True, False]
        assert [pool.submit(exchange(client)) for _ in range(3)] == [True, True, False]
        gate.set()
        for each in streams:
            each.body.end()
            pool.schedule()
        await settled(lambda: client.outcomes == [200] * 4)
        pool.stop()

    asyncio.run(run())


def test_what_the_application_raises_and_whether_anything_was_sent() -> None:
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"x" * environ["size"]
        raise LookupError

    async def run() -> None:
        pool, client = Pool(app, 2, 9, 5.0), Client()
        for size in (1, BUFFER_BYTES + 1):
            made = exchange(client)
            made.answer._environ["size"] = size
            pool.submit(made)
        await settled(lambda: len(client.outcomes) == 2)
        assert set(client.outcomes) == {(LookupError, False), (LookupError, True)}
        pool.stop()

    asyncio.run(run())
