"""UBJSON is read in the one form that XGBoost writes, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.ubjson import MAX_DEPTH, read_ubjson
from tests.inference.decoding.ubjson_writer import ubjson

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(width=32, allow_nan=False)
VALUES = st.recursive(
    st.booleans() | NUMBERS | NAMES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)
LENGTH = (1).to_bytes(8, "big")


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_was_written_is_read(value):
    written = ubjson(value)
    assert read_ubjson(written) == (value, len(written))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "i8", "f4", "f8"])
def test_an_array_of_one_type_has_that_type(dtype):
    wanted = np.array([1, 2, 100], dtype)
    read = read_ubjson(ubjson({"values": wanted}))[0]["values"]
    assert read.dtype == wanted.dtype
    assert read.tolist() == wanted.tolist()


REFUSED = {
    "nothing": b"",
    "no object": ubjson([1]),
    "no end": ubjson({"a": 1})[:-1],
    "a short length": ubjson({"a": "text"})[:8],
    "a text that is longer than the bytes": b"{L" + LENGTH + b"aSL" + (100).to_bytes(8, "big") + b"x}",
    "a negative length": b"{L" + LENGTH + b"aSL" + b"\xff" * 8 + b"}",
    "a list that is longer than the bytes": b"{L" + LENGTH + b"a[#L" + (2**40).to_bytes(8, "big") + b"}",
    "numbers that are more than the bytes": b"{L" + LENGTH + b"a[$d#L" + (2**61).to_bytes(8, "big") + b"}",
    "numbers of no type": b"{L" + LENGTH + b"a[$S#L" + bytes(8) + b"}",
    "a list without a length": b"{L" + LENGTH + b"a[i\x01]}",
    "a length of another type": b"{i\x01ai\x01}",
    "a member twice": b"{" + (b"L" + LENGTH + b"ai\x01") * 2 + b"}",
    "members out of order": b"{L" + LENGTH + b"bi\x01L" + LENGTH + b"ai\x01}",
    "a value of an unknown type": b"{L" + LENGTH + b"aZ}",
    "text that is none": b"{L" + LENGTH + b"aSL" + LENGTH + b"\xff}",
    "too deep": b"".join(b"{L" + LENGTH + b"a" for _ in range(MAX_DEPTH + 2)) + b"{" + b"}" * (MAX_DEPTH + 3),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_another_form_is_refused(content):
    with pytest.raises(Refused):
        read_ubjson(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    try:
        _, end = read_ubjson(b"{" + content)
    except Refused:
        return
    assert 0 < end <= len(content) + 1
