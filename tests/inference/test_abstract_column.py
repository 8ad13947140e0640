"""What all kinds of input share: names, spellings of numbers, exact bounds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.abstract_column import NAME, examples, spelled
from iris_api.inference.columns import Integer, Number
from tests.inference.drawn import ODD_NAMES


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_is_that_of_the_data_and_its_pattern_is_one_for_every_reader(name):
    assert Number(name=name).name == name
    assert re.search(NAME, name)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1 + 0.2, "0.30000000000000004"), (0.3, "0.3"), (3.0, "3"), (-0.5, "-0.5"), (1e22, "1e+22"), (2**63, "9223372036854775808")],
)
def test_a_number_is_spelled_as_short_as_it_reads_back(number, text):
    assert spelled(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70))
def test_a_spelled_number_reads_back(number):
    assert type(number)(spelled(number)) == number


def test_whole_bounds_above_two_to_the_53rd_are_exact():
    column = Integer(name="x", minimum=2**53 + 1, maximum=2**53 + 1)
    column = Integer.model_validate_json(column.model_dump_json())
    assert column.range == (2**53 + 1, 2**53 + 1)


def test_a_float_as_a_bound_stays_one():
    assert Number(name="x", minimum=0.0).model_dump_json().count('"minimum":0.0') == 1


def test_without_an_example_there_is_none_in_the_schema():
    assert "examples" not in Number(name="x").json_schema()
    assert examples(0) == {"examples": [0]}
    assert Number(name="x", example=0.5, unit="cm", description="Width").json_schema()["description"] == "Width (cm)"
