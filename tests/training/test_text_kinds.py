import pytest

from iris_api.training.number_formats import Unreadable
from iris_api.training.text_kinds import Doubt, Reading, almost_numbers, is_category, read_booleans, read_datetimes, read_numbers


@pytest.mark.parametrize(
    ("texts", "values"), [(["true", "false"], [True, False]), (["False"], [False]), (["TRUE", "FALSE"], [True, False])]
)
def test_true_and_false_are_booleans_without_a_note(texts, values):
    assert read_booleans(texts) == Reading("boolean", dict(zip(texts, values, strict=True)), "", "category")


def test_yes_and_no_are_booleans_with_a_note():
    assert read_booleans(["Yes", "No"]) == Reading(
        "boolean", {"Yes": True, "No": False}, "is read as booleans from 'No' and 'Yes'", "category"
    )


@pytest.mark.parametrize("texts", [["yes"], ["yes", "true"], ["0", "1"], ["yes", "Yes", "no"], ["true", "False", "TRUE"], ["y", "n"]])
def test_other_words_are_no_booleans(texts):
    assert read_booleans(texts) is None


def test_integers_stay_integers():
    assert read_numbers(["1", "-2"]) == Reading("integer", {"1": 1, "-2": -2})
    assert read_numbers(["1,234,567"]) == Reading("integer", {"1,234,567": 1234567}, "is read with commas between thousands")


def test_one_fraction_makes_numbers():
    assert read_numbers(["1", "3.0"]) == Reading("number", {"1": 1.0, "3.0": 3.0})


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (["1,5"], "is read with a decimal comma"),
        (["1.234"], "is read with a decimal point; if '1.234' means 1234, write it without the point"),
        (["9007199254740993"], "has integers beyond 2**53, which many clients round"),
        (
            ["9,007,199,254,740,993"],
            "is read with commas between thousands and has integers beyond 2**53, which many clients round",
        ),
    ],
)
def test_notes_on_numbers(texts, note):
    reading = read_numbers(texts)
    assert isinstance(reading, Reading)
    assert reading.note == note


@pytest.mark.parametrize(
    ("texts", "doubt"),
    [
        (["01234", "1"], Doubt("has values with leading zeros, such as '01234'", "number")),
        (["00.5"], Doubt("has values with leading zeros, such as '00.5'", "number")),
        (["9223372036854775808"], Doubt("has integers of more than 64 bits, such as '9223372036854775808'", "number")),
        (["x"], None),
    ],
)
def test_doubts_about_numbers(texts, doubt):
    assert read_numbers(texts) == doubt


def test_zero_has_no_leading_zero():
    assert read_numbers(["0", "-0"]) == Reading("integer", {"0": 0, "-0": 0})
    assert isinstance(read_numbers(["0.5"]), Reading)


def test_an_infinite_number_is_refused():
    with pytest.raises(Unreadable):
        read_numbers(["1.5", "-inf"])


def test_datetimes_and_doubts_about_them():
    assert read_datetimes(["2024-01-01"]) == Reading("datetime", {"2024-01-01": "2024-01-01"})
    assert isinstance(read_datetimes(["01/02/2024"]), Doubt)
    assert read_datetimes(["x"]) is None


@pytest.mark.parametrize(
    ("different", "present", "rows", "expected"),
    [
        (20, 21, 21, True),
        (20, 20, 20, False),
        (21, 100, 100, False),
        (50, 1000, 1000, True),
        (51, 1000, 1000, False),
        (1000, 100_000, 100_000, True),
        (1001, 100_000, 100_000, False),
        (1, 2, 2, True),
    ],
)
def test_categories_are_few_and_repeat(different, present, rows, expected):
    assert is_category(different, present, rows) is expected


def test_says_what_keeps_a_column_from_numbers():
    assert almost_numbers(["1,5", "2,5", "3,5", "4,5", "x"]) == Doubt(
        "has numbers, but also 'x'; correct it, or empty that cell, to have numbers"
    )
    assert almost_numbers(["12%", "1.5 %"]) == Doubt("has percent signs; remove them to have numbers")
    assert almost_numbers(["1", "a", "b"]) is None
    assert almost_numbers([]) is None
