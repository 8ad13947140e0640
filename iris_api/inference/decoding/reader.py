"""Reads the operands of opcodes from the bytes of a pickle; every read is within the bytes or raises `Damaged`."""

import re
import struct
from collections.abc import Callable
from typing import Any

from iris_api.inference.decoding.decode_errors import Damaged, Refused

MAX_INTEGER_BYTES = 64
_DECIMAL = re.compile(r"-?[0-9]{1,150}")
_MAX_FLOAT = 40
_FLOAT = struct.Struct(">d")
_INT32 = struct.Struct("<i")


class Reader:
    """A position in ``pickled``."""

    __slots__ = ("pickled", "position")

    def __init__(self, pickled: bytes, position: int) -> None:
        self.pickled, self.position = pickled, position

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        end = self.position + count
        if end > len(self.pickled):
            raise Damaged("it ends too early")
        taken = self.pickled[self.position : end]
        self.position = end
        return taken

    def byte(self) -> int:
        """The next byte; raises `IndexError` at the end."""
        byte = self.pickled[self.position]
        self.position += 1
        return byte

    def unsigned(self, width: int) -> int:
        """The next little-endian integer of ``width`` bytes."""
        return int.from_bytes(self.take(width), "little")

    def line(self) -> str:
        """The text up to the next line feed, which is passed over."""
        end = self.pickled.find(b"\n", self.position)
        if end < 0:
            raise Damaged("it ends too early")
        text = self.take(end - self.position)
        self.position += 1
        return _text(text)

    def long(self, width: int) -> int:
        """The next signed little-endian integer of ``width`` bytes, which are bounded."""
        if width > MAX_INTEGER_BYTES:
            raise Refused(f"it has an integer of more than {MAX_INTEGER_BYTES} bytes")
        return int.from_bytes(self.take(width), "little", signed=True)

    def decimal(self, ending: str = "") -> int:
        """The integer whose digits, and then ``ending``, are the next line."""
        line = self.line()
        if not line.endswith(ending) or not _DECIMAL.fullmatch(line.removesuffix(ending)):
            raise Damaged("it has an integer that is not one")
        return int(line.removesuffix(ending))

    def truth_or_decimal(self) -> int:
        """The next line of the protocols 0 and 1: 00 and 01 are the truth values, all else is an integer."""
        at = self.position
        line = self.line()
        if line in ("00", "01"):
            return line == "01"
        self.position = at
        return self.decimal()

    def decimal_fraction(self) -> float:
        """The float whose digits are the next line."""
        line = self.line()
        try:
            return float(line[:_MAX_FLOAT])
        except ValueError:
            raise Damaged("it has a float that is not one") from None

    def escaped_text(self) -> str:
        """The text that the next line spells with the escapes of ``raw-unicode-escape``."""
        end = self.pickled.find(b"\n", self.position)
        if end < 0:
            raise Damaged("it ends too early")
        line = self.take(end - self.position)
        self.position += 1
        try:
            return line.decode("raw-unicode-escape")
        except UnicodeDecodeError:
            raise Damaged("it has text that is not Unicode") from None


def _text(encoded: bytes) -> str:
    try:
        return encoded.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise Damaged("it has text that is not UTF-8") from None


LITERALS: dict[bytes, Callable[[Reader], Any]] = {
    b"N": lambda _: None,
    b"\x88": lambda _: True,
    b"\x89": lambda _: False,
    b")": lambda _: (),
    b"]": lambda _: [],
    b"}": lambda _: {},
    b"\x8f": lambda _: set(),
    b"I": Reader.truth_or_decimal,
    b"L": lambda reader: reader.decimal("L"),
    b"F": Reader.decimal_fraction,
    b"V": Reader.escaped_text,
    b"K": Reader.byte,
    b"M": lambda reader: reader.unsigned(2),
    b"J": lambda reader: _INT32.unpack(reader.take(4))[0],
    b"\x8a": lambda reader: reader.long(reader.unsigned(1)),
    b"\x8b": lambda reader: reader.long(reader.unsigned(4)),
    b"G": lambda reader: _FLOAT.unpack(reader.take(8))[0],
    b"\x8c": lambda reader: _text(reader.take(reader.byte())),
    b"X": lambda reader: _text(reader.take(reader.unsigned(4))),
    b"\x8d": lambda reader: _text(reader.take(reader.unsigned(8))),
    b"C": lambda reader: reader.take(reader.byte()),
    b"B": lambda reader: reader.take(reader.unsigned(4)),
    b"\x8e": lambda reader: reader.take(reader.unsigned(8)),
    b"\x96": lambda reader: bytearray(reader.take(reader.unsigned(8))),
}
"""Opcodes whose operands are a value, with how it is read."""
