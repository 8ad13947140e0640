"""Gunicorn's own strict HTTP/1 parser, with what clients can make it do most often done by regular expressions instead of loops."""

import re

from gunicorn.asgi import parser

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_METHOD = re.compile(rb"[!$%&'*+\-.^_`|~0-9A-Z]{3,20}")
_ILLEGAL_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")


class StrictParser(parser.PythonProtocol):  # type: ignore[misc]  # Gunicorn is untyped
    """Accepts and refuses what its parent does, at a third of the cost."""

    __slots__ = ()

    @property
    def has_begun(self) -> bool:
        """Whether something of a message has come."""
        return bool(self._buffer) or self._state != "request_line"

    @property
    def waiting_bytes(self) -> int:
        """How many bytes have come that are not parsed: behind a whole message, the beginning of the next."""
        return len(self._buffer)

    @property
    def missing_chunk_bytes(self) -> int:
        """How many bytes of the present chunk have not come yet."""
        return int(self._chunk_remaining) if self._chunk_state == "data" else 0

    def next_message(self) -> None:
        """Be ready for another message, with what has come of it behind the last."""
        rest = bytes(self._buffer)
        self.reset()
        self._buffer += rest

    def _parse_chunked_body(self) -> bool:
        # small chunks take the parent three times as long, and a worker answers nobody meanwhile
        if self._chunk_state == "size":
            self._take_whole_chunks()
        return bool(super()._parse_chunked_body())

    def _take_whole_chunks(self) -> None:
        buffer, taken, pieces = self._buffer, 0, []
        while match := _PLAIN_SIZE.match(buffer, taken):
            begin, size = match.end(), int(match[1], 16)
            if not size or buffer[begin + size : begin + size + 2] != b"\r\n":
                break
            pieces.append(buffer[begin : begin + size])
            taken = begin + size + 2
        if taken:
            del buffer[:taken]
            self._scan_from = 0  # type: ignore[misc]  # a slot of the untyped parent
            self._on_body(b"".join(pieces))

    def _is_valid_token(self, data: bytes) -> bool:
        return _TOKEN.fullmatch(data) is not None

    def _is_valid_method(self, method: bytes) -> bool:
        return _METHOD.fullmatch(method) is not None

    def _has_invalid_header_chars(self, value: bytes) -> bool:
        return _ILLEGAL_IN_VALUE.search(value) is not None


def status_of(error: Exception) -> int:
    """The HTTP status for a message that the parser refused with ``error``."""
    if isinstance(error, parser.LimitRequestLine):
        return 414
    if isinstance(error, parser.LimitRequestHeaders):
        return 431
    if isinstance(error, parser.UnsupportedTransferCoding):
        return 501
    if isinstance(error, parser.InvalidHTTPVersion) and _VERSION.fullmatch(str(error)):
        return 505
    return 400
