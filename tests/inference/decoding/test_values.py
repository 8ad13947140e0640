"""Checks of single values."""

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT, array, element_type, floats, integer, is_number, members, no_state, number


def test_good_values_are_given_back():
    assert integer(np.int64(5), "it") == 5
    assert type(integer(np.int64(5), "it")) is int
    assert number(np.float32(0.5), "it") == number(0.5, "it") == 0.5
    assert number(3, "it") == 3.0
    values = np.zeros((2, 3))
    assert array(values, "it", np.float64, (2, None)) is values
    assert floats(values, "it", (2, 3)) is values
    assert floats(values.astype(np.float32), "it", (None, 3)).dtype == np.float32
    assert members({"a": 1}, "it", frozenset("a")) == {"a": 1}
    no_state(ABSENT, "it")


@pytest.mark.parametrize("value", [-1, 2**31, 1.0, True, "1", None, np.float64(1), np.bool_(True), [1]], ids=repr)
def test_what_is_no_whole_number_in_range_is_refused(value):
    with pytest.raises(Refused, match="the count is not a whole number from 0"):
        integer(value, "the count")


@pytest.mark.parametrize("value", [np.inf, np.nan, True, "1", None, 1j, [1.0]], ids=repr)
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(Refused, match="the rate is not a finite number"):
        number(value, "the rate")


class Array(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [[0.0], np.zeros(2, ">f8"), np.zeros(2, int), np.zeros((2, 1)), np.zeros(3), np.zeros(2).view(Array), None],
    ids=["list", "byte order", "dtype", "dimensions", "length", "subclass", "none"],
)
def test_what_is_no_such_array_is_refused(value):
    with pytest.raises(Refused, match="the weights"):
        array(value, "the weights", np.float64, (2,))


@pytest.mark.parametrize("value", [{}, {"a": 1, "b": 2}, [("a", 1)], None])
def test_other_members_are_refused(value):
    with pytest.raises(Refused, match="the state has other members than a"):
        members(value, "the state", frozenset("a"))


def test_a_state_where_none_belongs_is_refused():
    with pytest.raises(Refused, match="the loss has a state"):
        no_state(None, "the loss")


@pytest.mark.parametrize(
    "value", [float, int, bool, object, np.float32, np.uint8, "float32", "int", np.dtype("f4"), np.dtype(object)], ids=repr
)
def test_an_element_type_is_given_back(value):
    assert element_type(value, "it") is value


@pytest.mark.parametrize(
    "value", [str, bytes, "U9", "f4,f4", np.dtype("U9"), np.dtype("M8[s]"), np.dtype("c8"), None, 1, "float16x"], ids=repr
)
def test_another_element_type_is_refused(value):
    with pytest.raises(Refused, match="it has a dtype"):
        element_type(value, "it")


def test_numbers_of_64_bits_are_numbers():
    assert all(map(is_number, (0, -(2**63), 2**63 - 1, np.int8(1), np.uint64(2**64 - 1))))
    assert not any(map(is_number, (True, 2**63, 1.0, "1", None, np.bool_(True), np.float64(1))))


@pytest.mark.parametrize("value", [np.zeros(2, np.float16), np.zeros(2, int), np.zeros(2, ">f8"), np.zeros(3), [0.0, 0.0], None], ids=repr)
def test_what_is_no_row_of_floats_is_refused(value):
    with pytest.raises(Refused, match="the centres"):
        floats(value, "the centres", (2,))
