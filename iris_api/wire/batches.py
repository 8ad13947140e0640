"""Cuts the body of a large batch into pieces of whole rows, so that no body takes more than a few times its size or holds the interpreter.

Validating JSON builds an object for every value, in one call that lets no other thread run. A piece bounds both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

INSTANCES = "instances"
PIECE_BYTES = 64 * 1024
_HEAD = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"instances"[ \t\r\n]*:[ \t\r\n]*\[')
_BETWEEN_ROWS = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*\{")
_OPEN, _CLOSE = b'{"instances":[', b"]}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A batch by itself, cut out of ``body``: its rows begin at ``start`` there and at ``prefix_bytes`` here."""

    text: bytes
    body: bytes
    start: int
    prefix_bytes: int

    @classmethod
    def whole(cls, body: bytes) -> Self:
        """A body that is not cut."""
        return cls(body, body, 0, 0)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """The line and column in the body of those in this piece, both counted from 1 and in bytes."""
        lines_before = self.body.count(b"\n", 0, self.start)
        if line > 1:
            return lines_before + line, column
        return lines_before + 1, column - self.prefix_bytes + self.start - (self.body.rfind(b"\n", 0, self.start) + 1)


def is_large(body: bytes) -> bool:
    """Whether ``body`` is validated in pieces."""
    return len(body) > PIECE_BYTES


def pieces(body: bytes) -> Iterator[Piece] | None:
    """The pieces of a large batch in their order, each of `PIECE_BYTES` and at most one row more; None if it does not begin as a batch.

    The last piece has everything behind the last cut, so whatever is wrong at the end of the body is wrong in it.
    """
    head = _HEAD.match(body)
    return None if head is None else _cut(body, head.end())


def _cut(body: bytes, start: int) -> Iterator[Piece]:
    while (end := _end_of_rows(body, start)) is not None:
        yield Piece(_OPEN + body[start : end[0]] + _CLOSE, body, start, len(_OPEN))
        start = end[1]
    yield Piece(_OPEN + body[start:], body, start, len(_OPEN))


def _end_of_rows(body: bytes, start: int) -> tuple[int, int] | None:
    """Where a piece that begins at ``start`` ends, and where the next one begins; None if it is the last."""
    if len(body) - start <= PIECE_BYTES:
        return None
    counted, quotes = start, 0
    for between in _BETWEEN_ROWS.finditer(body, start + PIECE_BYTES):
        quotes += _quotes(body, counted, between.start())
        counted = between.start()
        # an odd number of quotes: the cut would be inside a string
        if quotes % 2 == 0:
            return between.start() + 1, between.end() - 1
    return None


def _quotes(body: bytes, start: int, end: int) -> int:
    """How many strings begin or end between; an escaped quote does neither."""
    if body.find(b"\\", start, end) < 0:
        return body.count(b'"', start, end)
    return body[start:end].replace(b"\\\\", b"").replace(b'\\"', b"").count(b'"')


def shifted(location: Sequence[str | int], rows_before: int) -> tuple[str | int, ...]:
    """``location`` of something in a piece, as one in the body, where ``rows_before`` rows come before those of the piece."""
    if rows_before and len(location) > 1 and isinstance(location[1], int):
        return (location[0], location[1] + rows_before, *location[2:])
    return tuple(location)
