"""Requests byte by byte over real sockets, and everything that comes back, taken apart strictly."""

import json
import socket
from dataclasses import dataclass, field

IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
ROW = json.dumps(IRIS_ROW).encode()
BATCH = json.dumps({"instances": [IRIS_ROW] * 3}).encode()
LIVE = b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"
PROBE = b"GET /health/live HTTP/1.1\r\nHost: h\r\nX-Request-ID: probe\r\nConnection: close\r\n\r\n"


@dataclass
class Reply:
    """One answer; field names in lower case."""

    status: int
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def label(self) -> str:
        return json.loads(self.body)["prediction"]


def post(path: str, body: bytes, *extra: str) -> bytes:
    """A whole POST of JSON."""
    return head(f"POST {path} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}", *extra) + body


def head(line: str, *fields: str, host: str = "Host: h") -> bytes:
    """A head with its empty line."""
    return "\r\n".join([line, *([host] if host else []), *fields, "", ""]).encode("latin-1")


def chunked(body: bytes, size: int = 20) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def connect(port: int, timeout: float = 10) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def receive_all(connection: socket.socket) -> bytes:
    """Everything until the server closes; a reset counts as the end only behind an answer."""
    received = bytearray()
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        assert received, "reset without an answer"
    return bytes(received)


def receive_one(connection: socket.socket, method: str = "GET") -> Reply:
    """One answer from a connection that stays open."""
    received = b""
    while True:
        part = connection.recv(65536)
        assert part, f"closed after {received!r}"
        received += part
        if b"\r\n\r\n" in received:
            reply, rest = take(received, method)
            if reply is not None:
                assert rest == b""
                return reply


def take(stream: bytes, method: str) -> tuple[Reply | None, bytes]:
    """The first answer of ``stream`` and what is behind it; None while it is not whole. Fails on what is no HTTP."""
    lines, separator, rest = stream.partition(b"\r\n\r\n")
    assert separator, f"no head: {stream[:200]!r}"
    line, *fields = lines.decode("latin-1").split("\r\n")
    version, status, _ = line.split(" ", 2)
    assert version == "HTTP/1.1", line
    reply = Reply(int(status))
    for each in fields:
        name, _, value = each.partition(": ")
        assert name.lower() not in reply.fields, f"{name} comes twice"
        reply.fields[name.lower()] = value
    if reply.status < 200:
        assert reply.status == 100
        return reply, rest
    if method == "HEAD" or reply.status in (204, 304):
        return reply, rest
    if reply.fields.get("transfer-encoding") == "chunked":
        return _take_chunks(reply, rest)
    length = int(reply.fields["content-length"])
    reply.body = rest[:length]
    return (reply if len(reply.body) == length else None), rest[length:]


def _take_chunks(reply: Reply, rest: bytes) -> tuple[Reply | None, bytes]:
    assert "content-length" not in reply.fields
    start, parts = 0, []
    while True:
        line_end = rest.find(b"\r\n", start)
        if line_end < 0:
            return None, b""
        size, first = int(rest[start:line_end], 16), line_end + 2
        start = first + size + 2
        if len(rest) < start:
            return None, b""
        assert rest[start - 2 : start] == b"\r\n"
        parts.append(rest[first : first + size])
        if not size:
            reply.body = b"".join(parts)
            return reply, rest[start:]


def replies(stream: bytes, *methods: str) -> list[Reply]:
    """All answers of a closed connection, each whole; ``methods`` name what was asked, GET or POST where they end."""
    found: list[Reply] = []
    finals = 0
    while stream:
        reply, stream = take(stream, methods[finals] if finals < len(methods) else "GET")
        assert reply is not None, "an answer was cut off"
        found.append(reply)
        finals += reply.status != 100
    return found


def talk(port: int, *pieces: bytes, half_close: bool = False, methods: tuple[str, ...] = ()) -> list[Reply]:
    """Send ``pieces``, each in a segment of its own, and give all answers until the server closes."""
    with connect(port) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        return replies(receive_all(connection), *methods)


def statuses(found: list[Reply]) -> list[int]:
    return [reply.status for reply in found]
