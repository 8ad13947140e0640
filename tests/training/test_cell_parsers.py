import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.training.cell_parsers import parser_for, shape_of, show_shape
from iris_api.training.number_formats import Unreadable


def parsed(kind, cells):
    parse = parser_for(kind, cells)
    return [parse(cell) for cell in cells]


@pytest.mark.parametrize(
    ("kind", "cells", "values"),
    [
        ("number", [" 1,5 ", "2"], [1.5, 2.0]),
        ("number", [1, 2.5, "3"], [1.0, 2.5, 3.0]),
        ("integer", ["3.0", "007", "-2"], [3, 7, -2]),
        ("integer", ["1e3"], [1000]),
        ("integer", ["9007199254740993", "9007199254740993.0"], [2**53 + 1, 2**53 + 1]),
        ("integer", [3, 4.0, 2**53 + 1], [3, 4, 2**53 + 1]),
        ("integer", ["1.234.567"], [1234567]),
        ("boolean", ["1", "0", " Yes ", "F"], [True, False, True, False]),
        ("boolean", [True, 0, 1], [True, False, True]),
        ("text", ["a ", 1, 2.5, True], ["a ", "1", "2.5", "true"]),
        ("category", ["1", "2.0"], [1, 2]),
        ("category", [1, 2.0], [1, 2]),
        ("category", ["01", "2"], ["01", "2"]),
        ("category", ["True", "False"], [True, False]),
        ("category", ["yes", "no"], ["yes", "no"]),
        ("category", [True, False], [True, False]),
        ("category", ["a", 1], ["a", "1"]),
        ("category", ["1.5", "2"], ["1.5", "2"]),
        ("category", ["1e999", "2"], ["1e999", "2"]),
        ("category", ["1,234"], ["1,234"]),
        ("datetime", ["13/2/2024", " 1/3/2024"], ["2024-02-13", "2024-03-01"]),
        ("array", [[[1, 2]], "[[3, 4.5]]"], [[[1.0, 2.0]], [[3.0, 4.5]]]),
    ],
)
def test_reads_cells_of_a_kind(kind, cells, values):
    found = parsed(kind, cells)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize("kind", ["number", "integer", "boolean", "text", "category", "datetime", "array"])
def test_a_column_without_cells_is_of_any_kind(kind):
    assert parsed(kind, []) == []


@pytest.mark.parametrize(
    ("kind", "cells", "odd", "reason"),
    [
        ("number", ["1,5", "x", "2,5"], "x", "is not a number"),
        ("number", ["1", True], True, "is not a number"),
        ("number", [10**400], 10**400, "finite"),
        ("number", [math.inf], math.inf, "finite"),
        ("number", ["1,234"], None, "may mean 1234 or 1.234"),
        ("integer", ["1", "1.5"], "1.5", "is not an integer"),
        ("integer", [1.5], 1.5, "is not an integer"),
        ("integer", ["1e300"], "1e300", "is not an integer of at most 64 bits"),
        ("integer", [2**63], 2**63, "is not an integer of at most 64 bits"),
        ("boolean", ["maybe"], "maybe", "is not a boolean"),
        ("boolean", [2], 2, "is not a boolean"),
        ("datetime", ["2024-01-01", "x"], "x", "is not a date"),
        ("datetime", ["2024-01-01", 5], 5, "is not a date"),
        ("datetime", ["01/02/2024"], None, "cannot be told apart"),
        ("datetime", ["2024-01-01", "1.2.2024"], None, "not all written alike"),
        ("array", [[1, 2], [1]], [1], "has the shape 1 where the first row has 2"),
        ("array", ["x"], "x", "is not an array"),
        ("array", [5], 5, "is not an array"),
        ("array", ["[" * 100_000], "[" * 100_000, "is not an array"),
        ("array", [[1e999]], math.inf, "finite"),
    ],
)
def test_names_the_cell_that_is_not_of_the_kind(kind, cells, odd, reason):
    with pytest.raises(Unreadable, match=reason) as caught:
        parsed(kind, cells)
    assert caught.value.cell == odd


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ([1, 2.5], (2,)),
        ([[1, 2], [3, 4], [5, 6]], (3, 2)),
        (5, ()),
        ([], None),
        ([[]], None),
        ([1, [2]], None),
        ([[1], [2, 3]], None),
        ([True], None),
        (["1"], None),
        ([None], None),
        ([[[[[[[[[1]]]]]]]]], None),
    ],
)
def test_the_shape_of_nested_lists(value, shape):
    assert shape_of(value) == shape


def test_a_shape_as_options_write_it():
    assert show_shape((8, 8)) == "8x8"


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_every_full_array_has_its_shape(lengths):
    value = 1.0
    for length in reversed(lengths):
        value = [value] * length
    assert shape_of(value) == tuple(lengths)
