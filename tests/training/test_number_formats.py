import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.training.number_formats import (
    COMMA,
    GROUPED_COMMA,
    GROUPED_POINT,
    POINT,
    Unreadable,
    closest_format,
    find_format,
    fits_64_bits,
    may_be_thousands,
    parse_integer,
)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-2", "+3"], POINT),
        (["1.5", ".5", "5.", "-1e-3", "2E+5"], POINT),
        (["1.5", "inf"], POINT),
        (["1,5", "2"], COMMA),
        (["1,234", "0,5"], COMMA),
        (["1,234", "1234"], COMMA),
        (["1,5e3"], COMMA),
        (["1,234.5", "12"], GROUPED_POINT),
        (["1,234", "1,234,567"], GROUPED_POINT),
        (["1,234", "12.5"], GROUPED_POINT),
        (["1.234,5", "12"], GROUPED_COMMA),
        (["1.234.567"], GROUPED_COMMA),
        (["1.234,5", "1,234.5"], None),
        (["1,23,456.5"], None),
        (["1.5", "1,5"], None),
        (["12%"], None),
        (["1_000"], None),
        (["0x10"], None),
        (["١٢"], None),
        (["inf", "-Infinity"], None),
        (["nan"], None),
        ([], None),
    ],
)
def test_finds_the_format_that_fits_every_number(texts, expected):
    assert find_format(texts) == expected


def test_a_comma_before_three_digits_alone_is_ambiguous():
    assert find_format(["7", "1,234"]) == "has values such as '1,234' that may mean 1234 or 1.234; write them without thousands separators"


def test_a_point_before_three_digits_alone_may_separate_thousands():
    assert may_be_thousands(["999", "1.234"]) == "1.234"
    assert may_be_thousands(["0.123", "1.234"]) is None
    assert may_be_thousands(["1.5"]) is None
    assert may_be_thousands(["1", "2"]) is None


def test_the_closest_format_fits_the_most_numbers():
    assert closest_format(["1,5", "2,5", "x"]) == COMMA
    assert closest_format(["x"]) == POINT


@pytest.mark.parametrize("text", ["1e309", "-inf", "9" * 400])
def test_numbers_beyond_64_bit_floats_are_refused(text):
    with pytest.raises(Unreadable, match="not a finite number") as caught:
        POINT.parse(text)
    assert caught.value.cell == text


def test_integers_have_neither_fraction_nor_exponent():
    assert [POINT.is_integer(text) for text in ("-12", "3.0", "1e3")] == [True, False, False]
    assert GROUPED_COMMA.is_integer("1.234")
    assert not GROUPED_COMMA.is_integer("1.234,0")


@given(st.integers(-(2**70), 2**70))
def test_integers_are_exact_or_refused(value):
    assert parse_integer(str(value)) == (value if -(2**63) <= value < 2**63 else None)
    assert fits_64_bits(value) == (parse_integer(str(value)) is not None)


def test_thousands_of_digits_are_no_integer():
    assert parse_integer("9" * 5000) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back(value):
    assert POINT.parse(repr(value)) == value
    assert COMMA.parse(repr(value).replace(".", ",")) == value


@given(st.floats(-1e15, 1e15).filter(lambda value: abs(value) >= 1e6))
def test_grouped_numbers_come_back(value):
    text = f"{value:,.4f}"
    german = text.translate(str.maketrans(",.", ".,"))

    assert find_format([text]) == GROUPED_POINT
    assert find_format([german]) == GROUPED_COMMA
    assert GROUPED_POINT.parse(text) == GROUPED_COMMA.parse(german) == float(f"{value:.4f}")


@pytest.mark.parametrize("text", ["1" * 130_000 + "x", "1,111" * 26_000 + "x", "1." + "0" * 130_000 + "x"])
def test_long_cells_take_no_time(text):
    before = time.process_time()

    assert find_format([text]) is None
    assert time.process_time() - before < 1


@given(st.text("0123456789.,+-eE", max_size=8))
def test_what_fits_a_format_parses(text):
    for number_format in (POINT, COMMA, GROUPED_POINT, GROUPED_COMMA):
        if not number_format.pattern.fullmatch(text):
            with pytest.raises(Unreadable, match="not a number"):
                number_format.parse(text)
        elif math.isfinite(float(number_format.plain(text))):
            assert math.isfinite(number_format.parse(text))
