"""One connection over a real socket pair's worth of loop; `tests/system/test_framing.py` has the rest, byte by byte."""

import asyncio
import threading
from types import SimpleNamespace

from iris_api.lifecycle import Lane
from iris_api.server.connection import Connection
from iris_api.server.line import Line
from iris_api.server.patience import end_if_late
from iris_api.server.pool import Pool
from tests.server.exchanges import settled
from tests.system.wire import replies, statuses

LIVE = b"GET /live HTTP/1.1\r\nHost: h\r\n\r\n"


class Transport:
    def __init__(self) -> None:
        self.sent, self.ended, self.paused, self.aborted = b"", False, False, False

    def write(self, data: bytes) -> None:
        assert not self.ended, "written behind the end"
        self.sent += data

    def write_eof(self) -> None:
        self.ended = True

    close = write_eof

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def can_write_eof(self) -> bool:
        return True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int) -> None:
        """Nothing is buffered."""

    def get_extra_info(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(fileno=lambda: -1) if name == "socket" else None

    max_size = 0


def made(loop, lanes=None) -> tuple[Connection, Transport]:
    def app(_environ, start_response):
        start_response("200 OK", [])
        return [b"x"]

    worker = SimpleNamespace(
        cfg=SimpleNamespace(limit_request_line=4094, limit_request_fields=100, limit_request_field_size=8190),
        loop=loop, wsgi=app, lanes={"GET /live": Lane(True, 0)} if lanes is None else lanes, unread_bytes=0, date=b"\r\n",
        keep_alive_seconds=5,
        may_keep=lambda: True, line=Line(loop),
        limits=SimpleNamespace(head_seconds=1, body_seconds=1, body_bytes=100, unread_bytes=100),
        opened=lambda _: None, lost=lambda _: None, counted=[], unsent_bytes=0,
    )  # fmt: skip
    worker.count_answer = lambda _environ, status, _sent, _started: worker.counted.append(status)
    connection, transport = Connection(worker), Transport()
    connection.connection_made(transport)
    return connection, transport


def test_many_requests_at_once_take_turns() -> None:
    async def run() -> None:
        connection, transport = made(asyncio.get_running_loop())
        connection.data_received(LIVE * 5000)
        answered = [len(replies(transport.sent))]
        while answered[-1] < 5000:
            await asyncio.sleep(0)
            answered.append(len(replies(transport.sent)))
        assert 0 < answered[0] < 5000

    asyncio.run(run())


def test_nothing_is_answered_while_the_client_does_not_read() -> None:
    async def run() -> None:
        connection, transport = made(asyncio.get_running_loop())
        connection.pause_writing()
        connection.data_received(LIVE)
        connection.data_received(LIVE)
        assert (transport.sent, transport.paused) == (b"", True)
        connection.resume_writing()
        await asyncio.sleep(0)
        assert (len(replies(transport.sent)), transport.paused) == (2, False)
        connection.pause_writing()
        end_if_late(connection, asyncio.get_running_loop().time() + 2, 1)
        assert transport.aborted

    asyncio.run(run())


def test_who_is_late_is_ended() -> None:
    async def run() -> None:
        later = asyncio.get_running_loop().time() + 2
        for sent, answers in ((b"", []), (b"\r\n", []), (b"GET", [408])):
            connection, transport = made(asyncio.get_running_loop())
            if sent:
                connection.data_received(sent)
            end_if_late(connection, later, 1)
            assert (statuses(replies(transport.sent)), transport.ended, connection.phase) == (answers, True, "closing")

    asyncio.run(run())


def test_a_request_that_is_whole_is_never_late() -> None:
    """The client reads again, and before its next request is looked at the clients that are late are ended."""

    async def run() -> None:
        connection, transport = made(asyncio.get_running_loop())
        connection.pause_writing()
        connection.data_received(LIVE)
        connection.resume_writing()
        end_if_late(connection, asyncio.get_running_loop().time() + 2, 1)
        await asyncio.sleep(0)
        assert statuses(replies(transport.sent)) == [200]

    asyncio.run(run())


def test_a_client_that_leaves_before_its_answer_is_counted() -> None:
    gate = threading.Event()

    def app(_environ, start_response):
        gate.wait(10)
        start_response("200 OK", [])
        return [b"x"]

    async def run() -> None:
        connection, _ = made(asyncio.get_running_loop(), lanes={})
        connection._worker.pool = Pool(app, 2, 2, 5.0)
        connection.data_received(LIVE)
        assert connection.phase == "busy"
        connection.connection_lost(None)
        gate.set()
        await settled(lambda: not connection._worker.pool.is_busy)
        assert connection._worker.counted == [499]
        connection._worker.pool.stop()

    asyncio.run(run())
