"""Framing, byte by byte: never two answers for one message, never a hang, never a 5xx but 501 and 505.

Under Gunicorn's own workers the cases that docs/workers.md names are left out, and a refusal has the shape they give it.
"""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import WORKER_CLASS, Server
from tests.system.wire import (
    BATCH,
    LIVE,
    PROBE,
    ROW,
    chunked,
    connect,
    head,
    post,
    receive_all,
    receive_one,
    replies,
    statuses,
    talk,
)

pytestmark = pytest.mark.system
MAX_BATCH = 300_000
PREDICT, LARGE = "/v1/predict", "/v1/predict/batch"
BOTH_LANES = pytest.mark.parametrize("path", [PREDICT, LARGE], ids=["inline", "pool"])
BODIES = {PREDICT: ROW, LARGE: BATCH}


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory) -> Iterator[Server]:
    limits = dict.fromkeys(("IRIS_HEAD_SECONDS", "IRIS_BODY_SECONDS", "IRIS_KEEPALIVE_SECONDS"), "1")
    limits |= {"IRIS_MAX_BATCH_BYTES": str(MAX_BATCH), "WEB_CONCURRENCY": "1"}
    log = tmp_path_factory.mktemp("framing") / "log"
    with Server(trained("iris"), log, **limits) as running:
        yield running
        text = log.read_text()
        assert "Traceback" not in text
        assert '"level": "ERROR"' not in text


def refused(server: Server, request: bytes, *allowed: int, behind: bytes = LIVE) -> None:
    """Exactly one answer, one of ``allowed``, and the connection closed; what is ``behind`` the request is never answered."""
    found = talk(server.port, request + behind)
    assert len(found) == 1, found
    assert found[0].status in allowed
    if WORKER_CLASS == "lanes":
        assert found[0].fields["connection"] == "close"
        assert found[0].fields["content-type"] == "application/problem+json"
        assert found[0].fields["x-request-id"] in found[0].body.decode()


def kept(server: Server, request: bytes, *expected: int, methods: tuple[str, ...] = ()) -> None:
    """The answers are as ``expected`` and the connection goes on, in step."""
    found = talk(server.port, request + PROBE, methods=methods)
    assert statuses(found) == [*expected, 200]
    assert found[-1].fields["x-request-id"] == "probe"
    assert all(reply.fields["connection"] == "keep-alive" for reply in found[:-1] if reply.status != 100)


def cases(table: dict[str, Any], *lanes_only: str) -> list[Any]:
    return [pytest.param(case, id=name, marks=[pytest.mark.lanes] if name in lanes_only else []) for name, case in table.items()]


CONFLICTS = {
    "both": ["Content-Length: {n}", "Transfer-Encoding: chunked"],
    "both-turned": ["Transfer-Encoding: chunked", "Content-Length: {n}"],
    "upper-case": ["CONTENT-LENGTH: {n}", "TRANSFER-ENCODING: CHUNKED"],
    "space-before-colon": ["Content-Length: {n}", "Transfer-Encoding : chunked"],
    "tab-before-colon": ["Content-Length: {n}", "Transfer-Encoding\t: chunked"],
    "tab-before-value": ["Content-Length: {n}", "Transfer-Encoding:\tchunked"],
    "space-before-name": ["Content-Length: {n}", " Transfer-Encoding: chunked"],
    "vertical-tab": ["Content-Length: {n}", "Transfer-Encoding: \x0bchunked"],
    "form-feed": ["Content-Length: {n}", "Transfer-Encoding: chunked\x0c"],
    "null": ["Content-Length: {n}", "Transfer-Encoding: chunked\x00"],
    "quoted": ["Content-Length: {n}", 'Transfer-Encoding: "chunked"'],
    "two-lengths": ["Content-Length: {n}", "Content-Length: 0"],
    "two-equal-lengths": ["Content-Length: {n}", "Content-Length: {n}"],
    "list-of-lengths": ["Content-Length: {n}, {n}"],
    "plus": ["Content-Length: +{n}"],
    "minus": ["Content-Length: -{n}"],
    "underscored-digits": ["Content-Length: 1_0"],
    "hex-length": ["Content-Length: 0x10"],
    "fraction": ["Content-Length: 10.0"],
    "empty-length": ["Content-Length:"],
    "word-length": ["Content-Length: ten"],
    "arabic-digits": ["Content-Length: \xb2"],
    "space-in-length": ["Content-Length: 1 0"],
    "endless-length": ["Content-Length: " + "9" * 5000],
    "long-length": ["Content-Length: " + "9" * 30],
    "folded": ["Content-Length: {n}", "Transfer-Encoding:", " chunked"],
    "folded-length": ["Content-Length:", " {n}"],
    "te-twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "te-twice-in-list": ["Transfer-Encoding: chunked, chunked"],
    "te-not-last": ["Transfer-Encoding: chunked, gzip"],
    "te-identity-last": ["Transfer-Encoding: chunked, identity"],
    "te-identity": ["Transfer-Encoding: identity", "Content-Length: {n}"],
    "te-identity-alone": ["Transfer-Encoding: identity"],
    "te-gzip": ["Transfer-Encoding: gzip"],
    "te-gzip-chunked": ["Transfer-Encoding: gzip, chunked"],
    "te-gzip-then-chunked": ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
    "te-unknown": ["Transfer-Encoding: cow"],
    "te-unknown-chunked": ["Transfer-Encoding: cow, chunked"],
    "te-almost": ["Transfer-Encoding: xchunked"],
    "te-parameter": ["Transfer-Encoding: chunked;q=1"],
    "te-empty": ["Transfer-Encoding:"],
    "te-empty-member": ["Transfer-Encoding: ,chunked"],
    "bare-cr-in-value": ["Content-Length: {n}\rTransfer-Encoding: chunked"],
    "no-colon": ["Content-Length {n}"],
    "empty-name": [": x"],
    "two-types": ["Content-Length: {n}", "Content-Type: text/plain"],
}


@BOTH_LANES
@pytest.mark.parametrize("fields", cases(CONFLICTS, "te-gzip-chunked", "te-gzip-then-chunked"))
def test_what_could_be_framed_in_two_ways_is_refused(server, path, fields) -> None:
    body = chunked(BODIES[path])
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", *(each.format(n=len(body)) for each in fields)) + body

    refused(server, request, 400, 413, 501)


@BOTH_LANES
def test_a_name_with_an_underscore_frames_nothing(server, path) -> None:
    body = BODIES[path]
    kept(server, post(path, body, "Transfer_Encoding: chunked", "Content_Length: 1"), 200)


@BOTH_LANES
def test_chunked_needs_http_1_1(server, path) -> None:
    refused(server, head(f"POST {path} HTTP/1.0", "Content-Type: application/json", "Transfer-Encoding: chunked") + chunked(ROW), 400)


BAD_CHUNKS = {
    "negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "hex-prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "no-hex": b"zz\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\nhello\r\n0\r\n\r\n",
    "leading-space": b" 5\r\nhello\r\n0\r\n\r\n",
    "trailing-space": b"5 \r\nhello\r\n0\r\n\r\n",
    "leading-tab": b"\t5\r\nhello\r\n0\r\n\r\n",
    "null": b"5\x00\r\nhello\r\n0\r\n\r\n",
    "bare-lf": b"5\nhello\r\n0\r\n\r\n",
    "bare-lf-behind": b"5\r\nhello\n0\r\n\r\n",
    "bare-cr": b"5\rhello\r\n0\r\n\r\n",
    "no-crlf-behind": b"5\r\nhello0\r\n\r\n",
    "longer": b"5\r\nhello world\r\n0\r\n\r\n",
    "shorter": b"7\r\nhello\r\n0\r\n\r\n",
    "extension-garbage": b"5;\x00\r\nhello\r\n0\r\n\r\n",
    "extension-bare-cr": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "extension-unquoted": b'5;a="b\r\nhello\r\n0\r\n\r\n',
    "extension-endless": b"5;" + b"a" * 10_000,
    "trailer-smuggles": b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
    "trailer-host": b"5\r\nhello\r\n0\r\nHost: evil\r\n\r\n",
    "trailer-bare-lf": b"5\r\nhello\r\n0\r\nA: b\n\r\n\r\n",
    "trailers-endless": b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 200 + b"\r\n",
}


@BOTH_LANES
@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
def test_bad_chunks_are_refused(server, path, body) -> None:
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") + body

    refused(server, request, 400, 431)


@BOTH_LANES
def test_a_huge_chunk_is_not_waited_for(server, path) -> None:
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") + b"f" * 20 + b"\r\n"

    refused(server, request + b"x" * (MAX_BATCH + 1), 413, behind=b"")


@pytest.mark.lanes
@BOTH_LANES
@pytest.mark.parametrize("size", [b"%x" % (MAX_BATCH + 1), b"f" * 17, b"0" * 30 + b"f" * 12], ids=["one-more", "17-digits", "zeros"])
@pytest.mark.parametrize("before", [b"", b"5\r\nhello\r\n"], ids=["first", "later"])
def test_a_chunk_that_declares_too_much_is_413_before_it_comes(server, path, size, before) -> None:
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") + before + size + b"\r\n"

    refused(server, request, 413, behind=b"")


@pytest.mark.lanes
@BOTH_LANES
@pytest.mark.parametrize(
    "tail", [b"", b"5\r\nhel", b"5", b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n"], ids=["none", "data", "size", "last", "end"]
)
def test_chunks_that_do_not_end_are_408_and_400_if_the_client_leaves(server, path, tail) -> None:
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") + tail

    refused(server, request, 408, behind=b"")
    assert statuses(talk(server.port, request, half_close=True)) == [400]


@pytest.mark.parametrize(
    "last", [b"0\r\n\r\n", b"0;a=b\r\n\r\n", b'0;a="b;c"\r\n\r\n', b"000\r\n\r\n", b"0\r\nX-Sum: 1\r\n\r\n", b"0 ;a\r\n\r\n"]
)
@BOTH_LANES
def test_good_chunks_are_taken(server, path, last) -> None:
    body = BODIES[path]
    coded = b"%X;name=value\r\n%b\r\n" % (len(body), body)
    request = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: Chunked") + coded + last

    kept(server, request, 200)


def lines(*given: str, end: str = "\r\n") -> bytes:
    return end.join([*given, "", ""]).encode("latin-1")


REFUSED = {
    "bare-lf": (lines("GET /health HTTP/1.1", "Host: h", end="\n"), 400),
    "bare-cr": (lines("GET /health HTTP/1.1", "Host: h", end="\r") + b"\r\n\r\n", 400),
    "lf-in-head": (b"GET /health HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400),
    "cr-in-value": (lines("GET /health HTTP/1.1", "Host: h", "X: a\rb"), 400),
    "two-crlf-before": (b"\r\n\r\n" + LIVE, 400),
    "lf-before": (b"\n" + LIVE, 400),
    "space-before": (b" " + LIVE, 400),
    "lower-case-method": (lines("get /health HTTP/1.1", "Host: h"), 400),
    "short-method": (lines("GO /health HTTP/1.1", "Host: h"), 400),
    "long-method": (lines("A" * 21 + " /health HTTP/1.1", "Host: h"), 400),
    "method-with-colon": (lines("GET: /health HTTP/1.1", "Host: h"), 400),
    "no-target": (lines("GET HTTP/1.1", "Host: h"), 400),
    "two-spaces": (lines("GET  /health HTTP/1.1", "Host: h"), 400),
    "space-in-target": (lines("GET /he alth HTTP/1.1", "Host: h"), 400),
    "tab-between": (lines("GET\t/health\tHTTP/1.1", "Host: h"), 400),
    "null-in-target": (lines("GET /\x00 HTTP/1.1", "Host: h"), 400),
    "raw-latin-1-target": (lines("GET /\xe9 HTTP/1.1", "Host: h"), 400),
    "relative-target": (lines("GET health HTTP/1.1", "Host: h"), 400),
    "star-with-get": (lines("GET * HTTP/1.1", "Host: h"), 400),
    "two-hosts": (lines("GET /health HTTP/1.1", "Host: h", "Host: h"), 400),
    "http-0.9": (b"GET /health\r\n\r\n", 400),
    "http-1.2": (lines("GET /health HTTP/1.2", "Host: h"), 505),
    "http-2.0": (lines("GET /health HTTP/2.0", "Host: h"), 505),
    "http-3": (lines("GET /health HTTP/3", "Host: h"), 400),
    "http-2-preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", 400),
    "lower-case-version": (lines("GET /health http/1.1", "Host: h"), 400),
    "version-with-space": (lines("GET /health HTTP/1.1 ", "Host: h"), 400),
    "other-protocol": (lines("GET /health RTSP/1.0", "Host: h"), 400),
    "null-in-name": (lines("GET /health HTTP/1.1", "Host: h", "X\x00: y"), 400),
    "null-in-value": (lines("GET /health HTTP/1.1", "Host: h", "X: \x00"), 400),
    "garbage": (b"\x00\xff\xfe\x01garbage\r\n\r\n", 400),
    "json": (b'{"jsonrpc": "2.0"}\r\n\r\n', 400),
    "proxy-line": (b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + LIVE, 400),
    "line-too-long": (lines("GET /" + "a" * 5000 + " HTTP/1.1", "Host: h"), 414),
    "line-without-end": (b"GET /" + b"a" * 9000, 414),
    "field-too-long": (lines("GET /health HTTP/1.1", "Host: h", "X: " + "a" * 9000), 431),
    "field-without-end": (b"GET /health HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 9000, 431),
    "too-many-fields": (lines("GET /health HTTP/1.1", "Host: h", *(f"X{n}: y" for n in range(100))), 431),
    "other-expectation": (lines("GET /health HTTP/1.1", "Host: h", "Expect: 200-maybe"), 417),
    "two-expectations": (lines("GET /health HTTP/1.1", "Host: h", "Expect: 100-continue", "Expect: 100-continue"), 417),
}


@pytest.mark.parametrize("case", cases(REFUSED, "http-1.2", "http-2.0", "two-expectations"))
def test_what_is_no_strict_http_1_is_refused_once(server, case) -> None:
    request_bytes, status = case
    refused(server, request_bytes, status)


@pytest.mark.lanes
@pytest.mark.parametrize(
    "silent",
    [
        bytes.fromhex("16030100c8010000c40303") + bytes(range(0x20, 0x7F)),
        b"\x05\x01\x00",
        b"GET /health",
        b"G",
        b"\r",
        lines("GET / HTTP/1.1")[:-2],
    ],
    ids=["tls-hello", "socks", "half-a-line", "one-byte", "half-a-crlf", "half-a-head"],
)
def test_what_never_becomes_a_request_is_408_and_closed(server, silent) -> None:
    refused(server, silent, 408, behind=b"")
    assert statuses(talk(server.port, silent, half_close=True)) == [400]


@pytest.mark.parametrize("sent", cases({"nothing": b"", "crlf": b"\r\n"}, "crlf"))
def test_who_asks_nothing_gets_no_answer(server, sent) -> None:
    assert talk(server.port, sent) == []
    assert talk(server.port, sent, half_close=True) == []


@pytest.mark.parametrize(
    ("request_bytes", "expected", "methods"),
    [
        (b"\r\n" + LIVE, [200], ()),
        (post(PREDICT, ROW) + b"\r\n" + LIVE, [200, 200], ()),
        (head("HEAD /health HTTP/1.1"), [200], ("HEAD",)),
        (head("HEAD /nowhere HTTP/1.1"), [404], ("HEAD",)),
        (head("HEAD /v1/model HTTP/1.1") + LIVE, [200, 200], ("HEAD",)),
        (head("PROPFIND /health HTTP/1.1"), [405], ()),
        (head("M-SEARCH /health HTTP/1.1"), [405], ()),
        (head("TRACE /health HTTP/1.1"), [405], ()),
        (head("OPTIONS * HTTP/1.1"), [404], ()),
        (head("OPTIONS /v1/predict HTTP/1.1"), [200], ()),
        (head("GET http://h/health/live HTTP/1.1"), [200], ()),
        (head("GET HTTP://other:80/health/live?x HTTP/1.1"), [200], ()),
        (head("GET ftp://h HTTP/1.1"), [200], ()),
        (head("GET /health/live?a=/../b HTTP/1.1"), [200], ()),
        (head("GET /%68ealth/live HTTP/1.1"), [200], ()),
        (head("GET /health%00 HTTP/1.1"), [404], ()),
        (head("GET /health/%FF%zz HTTP/1.1"), [404], ()),
        (head("GET /health/live HTTP/1.1", host=""), [400], ()),
        (head("GET /health/live HTTP/1.1", host="Host:"), [400], ()),
        (head("GET /health/live HTTP/1.1", host="Host: a b"), [400], ()),
        (head("GET /health/live HTTP/1.1", host="Host: h/x"), [400], ()),
        (head("GET /health/live HTTP/1.1", host="Host: h, h"), [400], ()),
        (head("GET /health/live HTTP/1.1", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AA"), [200], ()),
        (head("GET /health/live HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x"), [200], ()),
        (head("GET /health/live HTTP/1.1", "Content-Length: 5") + b"hello", [200], ()),
        (head("GET /health/live HTTP/1.1", "Transfer-Encoding: chunked") + chunked(b"hello"), [200], ()),
        (head("GET /health/live HTTP/1.1", "X: " + "a" * 8000, "Y: \xe9\t\xff"), [200], ()),
        (head("GET /health/live HTTP/1.1", *(f"X{n}: y" for n in range(98))), [200], ()),
        (head("POST /v1/predict HTTP/1.1", "Content-Type: application/json", "Content-Length: 0"), [400], ()),
        (head("GET /health/live HTTP/1.1", "Connection: Keep-Alive"), [200], ()),
        (post("/nowhere", ROW), [404], ()),
        (post("/health", ROW), [405], ()),
    ],
)  # fmt: skip
def test_the_connection_is_kept_in_step(server, request_bytes, expected, methods) -> None:
    kept(server, request_bytes, *expected, methods=methods)


def test_what_follows_a_connect_is_no_request(server) -> None:
    [reply] = talk(server.port, head("CONNECT h:443 HTTP/1.1") + LIVE)
    assert 400 <= reply.status < 500
    assert reply.fields["connection"] == "close"


@pytest.mark.parametrize(
    ("line", "fields", "keeps"),
    [
        ("GET /health/live HTTP/1.1", [], True),
        ("GET /health/live HTTP/1.1", ["Connection: close"], False),
        ("GET /health/live HTTP/1.1", ["Connection: CLOSE"], False),
        ("GET /v1/model HTTP/1.1", ["Connection: close"], False),
        pytest.param("GET /health/live HTTP/1.1", ["Connection: x, close"], False, marks=pytest.mark.lanes),
        pytest.param("GET /health/live HTTP/1.1", ["Connection: close", "Connection: keep-alive"], False, marks=pytest.mark.lanes),
        *(
            pytest.param(line, fields, keeps, marks=pytest.mark.lanes)
            for line, fields, keeps in (
                ("GET /health/live HTTP/1.0", [], False),
                ("GET /v1/model HTTP/1.0", [], False),
                ("GET /health/live HTTP/1.0", ["Connection: keep-alive"], True),
                ("GET /v1/model HTTP/1.0", ["Connection: Keep-Alive"], True),
                ("GET /health/live HTTP/1.0", ["Expect: 100-continue"], False),
            )
        ),
    ],
)
def test_the_connection_is_kept_as_the_client_wishes(server, line, fields, keeps) -> None:
    found = talk(server.port, head(line, *fields) + PROBE)
    assert statuses(found) == ([200, 200] if keeps else [200])
    assert found[0].fields["connection"] == ("keep-alive" if keeps else "close")


@pytest.mark.lanes
def test_http_1_0_needs_no_host(server) -> None:
    assert statuses(talk(server.port, head("GET /health/live HTTP/1.0", host=""))) == [200]


INLINE, POOLED = post(PREDICT, ROW), post(LARGE, BATCH)
BAD = head("GET /health HTTP/1.1", "Content-Length: x")


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([INLINE] * 5, [200] * 5),
        ([POOLED] * 5, [200] * 5),
        ([INLINE, POOLED, INLINE, POOLED, LIVE], [200] * 5),
        ([LIVE] * 300, [200] * 300),
        ([INLINE, BAD, LIVE], [200, 400]),
        ([POOLED, BAD, LIVE], [200, 400]),
        ([BAD, INLINE], [400]),
        ([BAD, POOLED], [400]),
        ([POOLED, INLINE, BAD, POOLED], [200, 200, 400]),
        ([INLINE, head("GET /health HTTP/1.1", "Connection: close"), LIVE], [200, 200]),
        ([POOLED, head("GET /v1/model HTTP/1.1", "Connection: close"), LIVE], [200, 200]),
        ([INLINE, head("GET /nowhere HTTP/1.1"), POOLED], [200, 404, 200]),
    ],
    ids=[
        "inline", "pool", "mixed", "many", "good-bad", "pool-bad", "bad-good", "bad-pool", "mixed-bad", "closing", "pool-closing", "error",
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["at-once", "one-by-one", "half-closed"])
def test_pipelined_requests_are_answered_in_order_and_nothing_behind_a_refusal(server, requests, expected, how) -> None:
    """Ids show the order; the client closes only after all has been sent."""
    named = [each.replace(b"Host: h\r\n", b"Host: h\r\nX-Request-ID: n%d\r\n" % number) for number, each in enumerate(requests)]
    pieces = named if how == "one-by-one" else [b"".join(named)]
    found = talk(server.port, *pieces, half_close=how == "half-closed")

    assert statuses(found) == expected
    answered = [reply.fields["x-request-id"] for reply in found if reply.status != 400]
    assert answered == [f"n{number}" for number in range(len(answered))]


def test_a_request_in_single_bytes_in_both_lanes(server) -> None:
    stream = INLINE + POOLED + PROBE
    assert statuses(talk(server.port, *(stream[n : n + 1] for n in range(len(stream))))) == [200, 200, 200]


@pytest.mark.lanes
@BOTH_LANES
def test_a_large_declared_body_is_refused_before_a_byte_of_it(server, path) -> None:
    for extra in ([], ["Expect: 100-continue"]):
        request = head(
            f"POST {path} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {MAX_BATCH + 1}", "X-Request-ID: big", *extra
        )
        [reply] = talk(server.port, request)
        assert reply.status == 413
        assert reply.fields["x-request-id"] == "big"
        assert reply.fields["connection"] == "close"


@pytest.mark.lanes
@BOTH_LANES
def test_an_expectation_is_met_when_the_body_is_wanted(server, path) -> None:
    body = BODIES[path]
    with connect(server.port) as connection:
        expect = head(f"POST {path} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}", "Expect: 100-Continue")
        connection.sendall(expect)
        assert receive_one(connection).status == 100
        connection.sendall(body)
        assert receive_one(connection).status == 200
        connection.sendall(post(path, body, "Expect: 100-continue"))
        assert receive_one(connection).status == 200, "who did not wait needs no 100"
        connection.sendall(PROBE)
        assert statuses(replies(receive_all(connection))) == [200]


@pytest.mark.lanes
@BOTH_LANES
@pytest.mark.parametrize("part", [0, 1, 30])
def test_a_body_that_is_broken_off_is_400_and_late_408(server, path, part) -> None:
    request = post(path, BODIES[path], "X-Request-ID: half")
    cut = request[: request.index(b"\r\n\r\n") + 4 + part]
    for half_close, status in ((True, 400), (False, 408)):
        [reply] = talk(server.port, cut, half_close=half_close)
        assert reply.status == status
        assert reply.fields["x-request-id"] == "half"


@pytest.mark.lanes
@pytest.mark.parametrize("half_close", [True, False])
def test_a_body_that_a_thread_reads_and_that_ends_early(server, half_close) -> None:
    cut = post(LARGE, b" " * MAX_BATCH)[:-10]
    [reply] = talk(server.port, cut, half_close=half_close)
    assert reply.status == (400 if half_close else 408)


@pytest.mark.lanes
def test_a_thread_reads_bad_chunks_behind_good_ones(server) -> None:
    request = head(f"POST {LARGE} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
    big = b"%x\r\n%b\r\n" % (MAX_BATCH - 9, b" " * (MAX_BATCH - 9))
    refused(server, request + big + b"zz\r\n", 400)
    refused(server, request + big + b"f\r\n" + b" " * 15 + b"\r\n", 400, 413)


def test_leaving_at_every_byte_costs_nothing(server) -> None:
    """Reset or closed after each byte of a request in either lane: the service goes on and logs no error."""
    for request in (INLINE, POOLED):
        for end in range(0, len(request) + 1, 5):
            with connect(server.port) as connection:
                if end % 2:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
                connection.sendall(request[:end])
    assert statuses(talk(server.port, INLINE + POOLED + PROBE)) == [200, 200, 200]


@pytest.mark.lanes
@pytest.mark.parametrize("field", ["Content-Length: 1,1", "X: a\0b", "Bad Name: x", "X: " + "y" * 70_000])
def test_a_refused_head_request_has_no_body_either(server, field) -> None:
    [reply] = talk(server.port, head("HEAD /health HTTP/1.1", field), methods=("HEAD",))
    assert reply.status in (400, 431)
