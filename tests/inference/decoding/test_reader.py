"""Reading operands: what Python writes is read, and no read goes beyond the bytes."""

import pickle
import pickletools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.reader import LITERALS, MAX_INTEGER_BYTES, Reader

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**500), 2**500), st.floats(allow_nan=False), st.text(), st.binary(), st.binary().map(bytearray)
)


def literal_of(value):
    """The first opcode of a pickle of ``value`` that is a literal, with its operand."""
    pickled = pickletools.optimize(pickle.dumps(value, 5))
    at = next(place for opcode, _, place in pickletools.genops(pickled) if opcode.code.encode("latin1") in LITERALS)
    return pickled[at : at + 1], pickled[at + 1 : -1]


@given(VALUES)
def test_a_literal_is_read_as_it_was_written(value):
    opcode, operand = literal_of(value)
    reader = Reader(b"before" + operand + b"after", 6)
    read = LITERALS[opcode](reader)
    assert (type(read), read) == (type(value), value)
    assert reader.position == 6 + len(operand)


@given(VALUES, st.data())
def test_a_literal_that_is_cut_off_is_damaged(value, data):
    opcode, operand = literal_of(value)
    kept = operand[: data.draw(st.integers(0, max(0, len(operand) - 1)))]
    if operand:
        with pytest.raises((Damaged, IndexError)):
            LITERALS[opcode](Reader(kept, 0))


@pytest.mark.parametrize("opcode", [b"\x8a", b"\x8b"])
def test_an_integer_is_bounded(opcode):
    width = (MAX_INTEGER_BYTES + 1).to_bytes(1 if opcode == b"\x8a" else 4, "little")
    with pytest.raises(Refused, match="more than 64 bytes"):
        LITERALS[opcode](Reader(width + b"\x01" * 100, 0))


def test_text_that_is_not_utf_8_is_damaged():
    with pytest.raises(Damaged, match="not UTF-8"):
        LITERALS[b"\x8c"](Reader(b"\x02\xff\xfe", 0))
    with pytest.raises(Damaged, match="not UTF-8"):
        Reader(b"\xff\n", 0).line()


def test_a_line_without_an_end_is_damaged():
    assert Reader(b"name\nrest", 0).line() == "name"
    with pytest.raises(Damaged, match="ends too early"):
        Reader(b"name", 0).line()
