"""Accepts and refuses, byte for byte, what Gunicorn's own parser does."""

from itertools import pairwise

import pytest
from gunicorn.asgi import parser
from hypothesis import given
from hypothesis import strategies as st

from iris_api.server.strict_parser import StrictParser, status_of

PIECES = st.sampled_from(
    [b"GET", b"POST", b"get", b" ", b"/", b"/a?b", b"*", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"\r\n", b"\r", b"\n", b":", b"Host", b"h",
     b"Content-Length", b"Transfer-Encoding", b"chunked", b"gzip", b"5", b"0", b"hello", b";", b"a=b", b"\t", b"\x7f", b"\xff", b"#", b"{",
     b"_", b"\x00"]
)  # fmt: skip
LINES = st.lists(PIECES, max_size=12).map(b"".join)
HEADS = st.builds(
    lambda fields, rest: b"POST / HTTP/1.1\r\n" + b"".join(b"%b:%b\r\n" % field for field in fields) + b"\r\n" + rest,
    st.lists(st.tuples(LINES, LINES), max_size=4),
    LINES,
)


def outcome(kind, data: bytes):
    bodies = []
    made = kind(on_body=bodies.append)
    try:
        made.feed(data)
    except (parser.ParseError, ValueError) as error:
        return type(error), str(error)
    return made.is_complete, made.method, made.path, made.headers, made.should_keep_alive, b"".join(bodies), made.remaining()


@given(st.one_of(LINES, HEADS, st.binary(max_size=60)))
def test_both_parsers_agree(data) -> None:
    assert outcome(StrictParser, data) == outcome(parser.PythonProtocol, data)


def outcome_in_pieces(kind, pieces: list[bytes]):
    """The same, of what comes in ``pieces``; also what was passed on before an error."""
    bodies = []
    made = kind(on_body=bodies.append)
    try:
        for piece in pieces:
            made.feed(piece)
    except (parser.ParseError, ValueError) as error:
        return type(error), str(error), b"".join(bodies)
    return made.is_complete, made._state, made._chunk_state, made._chunk_remaining, b"".join(bodies), bytes(made._buffer)


CHUNK_PIECES = st.sampled_from(
    [b"1\r\nx\r\n", b"5\r\nhello\r\n", b"00A\r\n0123456789\r\n", b"2\r\n\r\n\r\n", b"000000001\r\nx\r\n", b"0\r\n", b"\r\n", b"X: y\r\n",
     b"1;a=b\r\nx\r\n", b"1;a\rb\r\nx\r\n", b"3\r\nab\r\n", b"1\r\nxy\r\n", b"1\nx\n", b"1\r\nx\n\r\n", b"-1\r\n", b"0x1\r\nx\r\n",
     b" 1\r\nx\r\n", b"1 \r\nx\r\n", b"g\r\n", b"f", b"ffffffff\r\n", b"\n", b"GET / HTTP/1.1\r\n"]
)  # fmt: skip


@given(st.lists(CHUNK_PIECES, max_size=10).map(b"".join), st.lists(st.integers(0, 120), max_size=6))
def test_both_agree_on_chunks_however_they_come(body, cuts) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    pieces = [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *(body[start:end] for start, end in pairwise(edges))]
    ours, theirs = outcome_in_pieces(StrictParser, pieces), outcome_in_pieces(parser.PythonProtocol, pieces)
    assert ours == theirs


@given(st.binary(max_size=25))
def test_both_agree_on_characters(data) -> None:
    ours, theirs = StrictParser(), parser.PythonProtocol()
    for check in ("_is_valid_token", "_is_valid_method", "_has_invalid_header_chars"):
        assert getattr(ours, check)(data) == getattr(theirs, check)(data)


def test_both_agree_on_every_single_byte() -> None:
    for data in (bytes([byte]) * 3 for byte in range(256)):
        test_both_agree_on_characters.hypothesis.inner_test(data)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (parser.LimitRequestLine(), 414),
        (parser.LimitRequestHeaders(), 431),
        (parser.UnsupportedTransferCoding("x"), 501),
        (parser.InvalidHTTPVersion("HTTP/2.0"), 505),
        (parser.InvalidHTTPVersion("x"), 400),
        (parser.InvalidHeader(), 400),
    ],
)
def test_statuses(error, status) -> None:
    assert status_of(error) == status


def test_it_knows_whether_something_has_begun() -> None:
    made = StrictParser()
    assert not made.has_begun
    made.feed(b"\r\n")
    assert not made.has_begun
    made.feed(b"G")
    assert made.has_begun
