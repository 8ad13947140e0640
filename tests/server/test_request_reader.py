"""One client's requests, read within limits."""

import asyncio
from types import SimpleNamespace

import pytest

from iris_api.lifecycle import Lane
from iris_api.server.request_reader import Refused, RequestReader


@pytest.fixture
def worker():
    loop = asyncio.new_event_loop()
    yield SimpleNamespace(
        cfg=SimpleNamespace(limit_request_line=4094, limit_request_fields=100, limit_request_field_size=8190),
        loop=loop,
        limits=SimpleNamespace(body_bytes=100),
        lanes={"POST /row": Lane(True, 10), "GET /live": Lane(True, 0)},
        unread_bytes=0,
    )
    loop.close()


def test_a_request_in_pieces_and_what_is_behind_it(worker) -> None:
    reader = RequestReader(worker, {"base": 1})
    for piece in (b"POST /row HTTP/1.1\r\nContent-Le", b"ngth: 4\r\n\r\nab", b"cdGET"):
        assert not reader.is_complete
        reader.feed(piece)
    assert (reader.is_complete, reader.is_inline, reader.has_rest, reader.environ["base"]) == (True, True, True, 1)
    assert worker.unread_bytes == 4
    assert reader.take_body() == b"abcd"
    assert worker.unread_bytes == 4
    reader.next()
    assert (worker.unread_bytes, reader.has_begun, reader.is_complete) == (0, True, False)
    reader.feed(b" /live HTTP/1.1\r\n\r\n")
    assert (reader.is_complete, reader.has_rest, reader.environ["PATH_INFO"]) == (True, False, "/live")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /row HTTP/1.1\r\nContent-Length: 11\r\n\r\n", 413),
        (b"POST /row HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901", 413),
        (b"POST /row HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", 413),
        (b"POST /row HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n", 413),
        (b"POST /any HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 413),
        (b"POST /any HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413),
        (b"POST /any HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101, 413),
        (b"POST /any HTTP/1.1\r\nContent-Length: %b\r\n\r\n" % (b"9" * 5000), 400),
        (b"POST /any HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST /any HTTP/1.1\r\nExpect: x\r\n\r\n", 417),
    ],
)
def test_refused(worker, request_bytes, status) -> None:
    with pytest.raises(Refused) as refused:
        RequestReader(worker, {}).feed(request_bytes)
    assert refused.value.status == status


def test_a_body_that_nobody_asked_for_leaves_the_loop(worker) -> None:
    for body, inline in ((b"\r\n", True), (b"Content-Length: 1\r\n\r\nx", False), (b"Content-Length: 0\r\n\r\n", True)):
        reader = RequestReader(worker, {})
        reader.feed(b"GET /live HTTP/1.1\r\n" + body)
        assert (reader.is_complete, reader.is_inline) == (True, inline)


def test_the_expectation_is_taken_once_and_not_when_the_body_came(worker) -> None:
    head = b"POST /row HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    for sent, waits in ((head, True), (head + b"a", False)):
        reader = RequestReader(worker, {})
        reader.feed(sent)
        assert [reader.takes_expectation(), reader.takes_expectation()] == [waits, False]


def test_small_chunks_are_handed_on_together_and_counted(worker) -> None:
    reader = RequestReader(worker, {})
    reader.feed(b"POST /any HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    reader.feed(b"1\r\nx\r\n" * 5)
    assert (worker.unread_bytes, reader.body_bytes) == (5, 5)
    fed = []
    reader.stream_to(SimpleNamespace(feed=fed.append, end=lambda: fed.append("end")))
    reader.feed(b"1\r\ny\r\n" * 4 + b"0\r\n\r\n")
    assert fed == [b"xxxxx", b"yyyy"]
    assert worker.unread_bytes == 0


def test_a_head_in_many_pieces_is_bounded(worker) -> None:
    reader = RequestReader(worker, {})
    reader.feed(b"GET /live HTTP/1.1\r\n")
    for number in range(8):
        reader.feed(b"x-%d: %b\r\n" % (number, b"v" * 8000))
    with pytest.raises(Refused) as refused:
        reader.feed(b"x-8: %b\r\n" % (b"v" * 8000))
    assert refused.value.status == 431


@pytest.mark.parametrize("inline", [True, False])
def test_a_row_is_bounded_in_either_lane(worker, inline) -> None:
    worker.lanes = {"POST /row": Lane(inline, 10)}
    with pytest.raises(Refused) as refused:
        RequestReader(worker, {}).feed(b"POST /row HTTP/1.1\r\nContent-Length: 11\r\n\r\n")
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("declared", "inline"),
    [(b"Content-Length: 65536", True), (b"Content-Length: 65537", False), (b"Transfer-Encoding: chunked", False)],
)
def test_only_a_short_body_is_answered_on_the_loop(worker, declared, inline) -> None:
    worker.lanes["POST /text"] = Lane(True, 100_000)
    reader = RequestReader(worker, {})
    reader.feed(b"POST /text HTTP/1.1\r\n" + declared + b"\r\n\r\n")
    assert (reader.is_inline, reader.may_wait) == (inline, inline)
