"""HTTP/1.1 as bytes: requests made once and sent often, and answers taken apart as they come."""

import re
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *\d+\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)


class Answer(NamedTuple):
    """What the clients here want to know of an answer: ``closes`` says that the connection ends after it."""

    status: int
    closes: bool
    says_when_to_retry: bool
    body: bytes


def request(path: str, body: bytes | None = None) -> bytes:
    """A whole GET, or a POST of JSON, that keeps its connection."""
    if body is None:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def take(received: bytearray) -> Answer | None:
    """Remove the first answer from ``received``; None while it is not whole. Raises ValueError if it is no answer of known length."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[: end + 2])
    length = _LENGTH.search(head)
    if length is None or not head.startswith(b"HTTP/1.1 "):
        raise ValueError(f"not an answer with a length: {head[:200]!r}")
    whole = end + 4 + int(length[1])
    if len(received) < whole:
        return None
    body = bytes(received[end + 4 : whole])
    del received[:whole]
    return Answer(int(head[9:12]), _CLOSE.search(head) is not None, _RETRY.search(head) is not None, body)
