"""A strict reader of UBJSON in the one form in which XGBoost writes it; https://ubjson.org describes the format.

An object is ``{``, members and ``}``; a member is ``L``, the length of its name, the name and a value; names ascend, so none comes
twice. An array has its length in front (``[#L``) and, where its elements are numbers of one type, that type (``[$d#L``). Numbers are
big-endian.
"""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused

MAX_DEPTH = 12
MAX_TEXT = 100_000
_END = ord("}")
_NUMBERS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q", "d": ">f", "D": ">d"}
_TYPES = {ord(code): np.dtype(form.replace(">b", "i1").replace(">B", "u1")) for code, form in _NUMBERS.items()}


def read_ubjson(content: bytes, begin: int = 0) -> tuple[dict[str, Any], int]:
    """The object that begins at ``begin``, and the position after it. Arrays of one type become NumPy's, read-only.

    Raises
    ------
    Refused
        If it ends too early, nests too deeply, or has another form than XGBoost writes.
    """
    reader = _Reader(content, begin)
    try:
        value = reader.value(0)
    except (IndexError, UnicodeDecodeError, struct.error):
        raise Refused("it has UBJSON that ends too early or has bytes that are no text") from None
    if type(value) is not dict:
        raise Refused("it has UBJSON that is no object")
    return value, reader.position


class _Reader:
    """The bytes, and the position of the next one that is not read yet."""

    def __init__(self, content: bytes, position: int) -> None:
        self.content, self.position = content, position

    def code(self) -> int:
        self.position += 1
        return self.content[self.position - 1]

    def take(self, count: int) -> bytes:
        begin = self.position
        if not 0 <= count <= len(self.content) - begin:
            raise Refused("it has UBJSON with a length that its bytes do not have")
        self.position = begin + count
        return self.content[begin : self.position]

    def expect(self, codes: bytes) -> None:
        if self.take(len(codes)) != codes:
            raise Refused(f"it has UBJSON without {codes.decode()} where XGBoost writes it")

    def length(self) -> int:
        self.expect(b"L")
        return int.from_bytes(self.take(8), "big", signed=True)

    def text(self) -> str:
        count = self.length()
        if count > MAX_TEXT:
            raise Refused(f"it has UBJSON with a text of more than {MAX_TEXT} bytes")
        return self.take(count).decode()

    def value(self, depth: int) -> Any:
        code = self.code()
        read = _READ.get(code)
        if read is None or depth > MAX_DEPTH:
            raise Refused("it has UBJSON that nests too deeply or has a value that XGBoost does not write")
        return read(self, depth + 1)

    def object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        last = ""
        while self.content[self.position] != _END:
            name = self.text()
            if members and name <= last:
                raise Refused("it has UBJSON whose members are not in order")
            members[name], last = self.value(depth), name
        self.position += 1
        return members

    def array(self, depth: int) -> list[Any] | NDArray[Any]:
        if self.content[self.position] == ord("$"):
            self.position += 1
            return self.numbers()
        self.expect(b"#")
        count = self.length()
        if not 0 <= count <= len(self.content) - self.position:
            raise Refused("it has UBJSON with a length that its bytes do not have")
        return [self.value(depth) for _ in range(count)]

    def numbers(self) -> NDArray[Any]:
        dtype = _TYPES.get(self.code())
        if dtype is None:
            raise Refused("it has UBJSON with an array of something else than numbers")
        self.expect(b"#")
        count = self.length()
        if not 0 <= count <= len(self.content) - self.position:
            raise Refused("it has UBJSON with a length that its bytes do not have")
        return np.frombuffer(self.take(count * dtype.itemsize), dtype).astype(dtype.newbyteorder("="), copy=False)


def _number(form: str) -> Callable[[_Reader, int], Any]:
    unpack, size = struct.Struct(form).unpack, struct.calcsize(form)
    return lambda reader, _depth: unpack(reader.take(size))[0]


_READ: dict[int, Callable[[_Reader, int], Any]] = {
    ord("{"): _Reader.object,
    ord("["): _Reader.array,
    ord("S"): lambda reader, _depth: reader.text(),
    ord("T"): lambda _reader, _depth: True,
    ord("F"): lambda _reader, _depth: False,
    **{ord(code): _number(form) for code, form in _NUMBERS.items()},
}
