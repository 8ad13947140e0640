"""Bytes and sets of the protocols 2 and 3, and slices of all."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.protocol2 import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT

ENCODE, EMPTY = CONSTRUCTORS["_codecs", "encode"], CONSTRUCTORS["__builtin__", "bytes"]


@given(st.binary())
def test_bytes_are_read_as_they_were_written(content):
    assert decode(pickle.dumps(content, 2)) == content


@pytest.mark.parametrize(
    "arguments", [(), ("a",), ("a", "utf-8"), ("a", "rot13"), (b"a", "latin1"), ("\u20ac", "latin1"), ("a", "latin1", 1)]
)
def test_no_other_codec_is_called(arguments):
    with pytest.raises(Refused, match="latin1"):
        ENCODE(arguments, ABSENT)


def test_bytes_have_no_state():
    with pytest.raises(Refused, match="state"):
        ENCODE(("a", "latin1"), {})
    with pytest.raises(Refused, match="state"):
        EMPTY((), {})
    with pytest.raises(Refused, match="something else"):
        EMPTY((2**40,), ABSENT)


@given(st.sets(st.one_of(st.none(), st.integers(-(2**63), 2**63), st.text(), st.binary())), st.sampled_from([2, 3]))
def test_sets_are_read_as_they_were_written(content, protocol):
    for value in (content, frozenset(content)):
        given_back = decode(pickle.dumps(value, protocol))
        assert (type(given_back), given_back) == (type(value), value)


@pytest.mark.parametrize("name", ["set", "frozenset"])
@pytest.mark.parametrize("arguments", [(), ((1, 2),), ([1], [2]), ([[]],), ([(((1,),),)],), ("text",)], ids=repr)
def test_a_set_is_made_of_a_list_of_plain_values(name, arguments):
    with pytest.raises(Refused, match="a set of"):
        CONSTRUCTORS["builtins", name](arguments, ABSENT)


@pytest.mark.parametrize("value", [slice(None), slice(1, 5, -2), slice("a", "b"), slice(np.int64(3))], ids=repr)
@pytest.mark.parametrize("protocol", range(6))
def test_a_slice_is_read_as_it_was_written(value, protocol):
    assert decode(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize(
    "arguments", [(), (1,), (1, 2, 3, 4), (1.5, None, None), ([], None, None), (True, None, None), (2**70, None, None)], ids=repr
)
def test_a_slice_is_made_of_numbers_and_names(arguments):
    with pytest.raises(Refused, match="a slice of something else"):
        CONSTRUCTORS["builtins", "slice"](arguments, ABSENT)
