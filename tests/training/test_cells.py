import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import ArtifactError
from iris_api.training.cells import MISSING, convert, infer
from iris_api.training.inferred_columns import KINDS, Origin

JSON = Origin(Path("a.jsonl"), range(1, 100), typed=True)
CSV = Origin(Path("a.csv"), range(2, 100))


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2"], "integer", [1, 2]),
        (["1", " 2 ", "", "NA"], "integer", [1, 2, None, None]),
        (["1", "2.0"], "number", [1.0, 2.0]),
        (["1,5", "?"], "number", [1.5, None]),
        (["1.234,5", "-"], "number", [1234.5, None]),
        (["0", "1", "1"], "integer", [0, 1, 1]),
        (["true", "false", "null"], "boolean", [True, False, None]),
        (["Yes", "No"], "boolean", [True, False]),
        (["2024-01-31", "NaN"], "datetime", ["2024-01-31", None]),
        (["31/01/2024", "-", "01/02/2024"], "datetime", ["2024-01-31", None, "2024-02-01"]),
        (["01/02/2024", "02/03/2024"], "text", ["01/02/2024", "02/03/2024"]),
        (["a", "b", "a"], "category", ["a", "b", "a"]),
        ([" a", "a", "a"], "category", [" a", "a", "a"]),
        (["+", "-", "-", "?"], "category", ["+", "-", "-", "?"]),
        (["a", "a", "NA"], "category", ["a", "a", None]),
        (["a", "b", "c"], "text", ["a", "b", "c"]),
        (["01234", "01234"], "category", ["01234", "01234"]),
        (["", "NA"], "number", [None, None]),
        ([], "number", []),
    ],
)
def test_infers_from_text(cells, kind, values):
    found = infer("x", cells, CSV)
    assert (found.name, found.kind, found.values, found.nullable) == ("x", kind, values, None in values)
    assert [type(value) for value in found.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ([1, None, 3], "integer", [1, None, 3]),
        ([1, 2.5, math.nan], "number", [1.0, 2.5, None]),
        ([1.0, 2.0], "number", [1.0, 2.0]),
        ([2**63, 1], "number", [2.0**63, 1.0]),
        ([True, None], "boolean", [True, None]),
        (["1", "1"], "category", ["1", "1"]),
        (["NA", "yes"], "text", ["NA", "yes"]),
        (["2024-01-31T10:00:00Z", None], "datetime", ["2024-01-31T10:00:00Z", None]),
        ([[1, 2], None, [3, 4.5]], "array", [[1.0, 2.0], None, [3.0, 4.5]]),
        ([1, "a", 1], "category", ["1", "a", "1"]),
        ([True, 2, 2.5], "text", ["true", "2", "2.5"]),
        ([None, None], "number", [None, None]),
    ],
)
def test_infers_from_json_values(cells, kind, values):
    found = infer("x", cells, JSON)
    assert (found.kind, found.values, found.nullable) == (kind, values, None in values)
    assert [type(value) for value in found.values] == [type(value) for value in values]


def test_arrays_have_a_shape():
    assert infer("x", [[[1, 2, 3], [4, 5, 6]]], JSON).shape == (2, 3)
    assert convert("x", [[[1, 2, 3], [4, 5, 6]], None], "array", nullable=True).shape == (2, 3)
    assert infer("x", [1], JSON).shape == ()


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (["1,5"], "is read with a decimal comma; --kind 'the x=text' changes that"),
        (["yes", "no"], "is read as booleans from 'no' and 'yes'; --kind 'the x=category' changes that"),
        (["1", "?", "NA"], "is missing where it has '?', 'NA'; --kind 'the x=text' changes that"),
        (["a", "a", "None"], "is missing where it has 'None'; --kind 'the x=text' changes that"),
        (["a", "a", "None", ""], "is missing where it has 'None'"),
        (["", ""], "has no values and is read as numbers; --kind 'the x=text' changes that"),
        (["01", "01"], "has values with leading zeros, such as '01'; it is read as category; --kind 'the x=number' changes that"),
        (
            ["1/2/2024"],
            "has dates such as '1/2/2024' whose day and month cannot be told apart; write them as YYYY-MM-DD; it is read as text",
        ),
        (["1", "2", "3", "4", "x"], "has numbers, but also 'x'; correct it, or empty that cell, to have numbers; it is read as text"),
        (["a", "b"], "is read as text, as it has 2 different values in 2 rows; --kind 'the x=category' changes that"),
        (
            [str(number % 30) + "x" for number in range(600)],
            "is read as category, as it has 30 different values in 600 rows; --kind 'the x=text' changes that",
        ),
        ([2**60], "has integers beyond 2**53, which many clients round; --kind 'the x=text' changes that"),
        ([2**70], "has integers of more than 64 bits and is read as numbers; --kind 'the x=text' changes that"),
        ([1, "a"], "has numbers and text; it is read as text"),
        ([[1, 2]], "is read as arrays of shape 2"),
    ],
)
def test_says_what_is_not_obvious(cells, note):
    assert infer("the x", cells).notes == (f"Column 'the x' {note}.",)


@pytest.mark.parametrize(
    "cells", [["1", "2"], ["1.5", ""], ["true", "false"], ["2024-01-31"], ["a", "b", "a"], [1, 2], [True], [None, 1.5]]
)
def test_says_nothing_of_what_is_obvious(cells):
    assert infer("x", cells).notes == ()


@pytest.mark.parametrize(
    ("cells", "origin", "message"),
    [
        (
            ["1", "1e999"],
            CSV,
            "a.csv, line 3, column 'x': '1e999' is not a finite number that a 64-bit float can hold; correct it, or read",
        ),
        ([1.5, math.inf], JSON, "a.jsonl, line 2, column 'x': 'inf' is not a finite number"),
        ([1.5, 10**400], JSON, "a.jsonl, line 2, column 'x': '1000"),
        ([[1, 2], [1]], JSON, "a.jsonl, line 2, column 'x': '[1]' has the shape 1 where the first row has 2"),
        ([[1, 2], 5], JSON, "a.jsonl: column 'x' has lists beside other values"),
    ],
)
def test_refuses_what_no_kind_holds(cells, origin, message):
    with pytest.raises(ArtifactError) as caught:
        infer("x", cells, origin)
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("with --kind x=text")


def test_converts_to_a_chosen_kind():
    assert convert("x", ["1", "0", "?"], "boolean", nullable=True).values == [True, False, None]
    assert convert("x", ["1", "2"], "category", nullable=False).values == [1, 2]
    found = convert("x", ["1", "2"], "text", nullable=True)
    assert (found.values, found.nullable, found.notes) == (["1", "2"], True, ())


def test_words_keep_markers_unless_they_may_be_missing():
    assert convert("x", ["NA", "a"], "category", nullable=False).values == ["NA", "a"]
    assert convert("x", ["NA", "", "-"], "text", nullable=True).values == [None, None, "-"]
    assert convert("x", ["NA", "", None], "text", nullable=True, origin=JSON).values == ["NA", "", None]


@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        (["1", "x"], "number", "a.csv, line 3, column 'x': 'x' is not a number; correct it, or read the column as text with --kind x=text"),
        (["1", "NA"], "number", "a.csv, line 3, column 'x': the value is missing; fill it, or allow missing values with --nullable x"),
        (["a", ""], "text", "a.csv, line 3, column 'x': the value is missing; fill it, or allow missing values with --nullable x"),
        (["1,234"], "number", "a.csv: column 'x' has values such as '1,234' that may mean 1234 or 1.234"),
        (["1"], "float", "--kind x=float names no kind; the kinds are 'number', 'integer'"),
    ],
)
def test_refuses_cells_that_are_not_of_the_chosen_kind(cells, kind, message):
    with pytest.raises(ArtifactError) as caught:
        convert("x", cells, kind, nullable=False, origin=CSV)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("marker", sorted(MISSING))
def test_every_marker_is_missing_beside_any_kind(marker):
    for cells in (["1"], ["true"], ["a", "a"], ["2024-01-01"], ["1.5"]):
        assert infer("x", [*cells, marker]).values[-1] is None


PIECES = st.sampled_from(
    ["1", "-2", "1.5", "1,5", "1,234", "007", "1e999", "true", "no", "yes", "NA", "", "-", "?", "2024-01-31", "1/2/2024", "31.1.2024", "%"]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(0, 9), max_size=3))


def result_or_message(function, *arguments):
    try:
        return function(*arguments)
    except ArtifactError as error:
        return str(error)


@given(st.one_of(TEXTS, st.lists(PIECES), st.lists(SCALARS, max_size=6)), st.booleans())
def test_infers_a_value_for_each_cell_or_says_why_not(cells, typed):
    found = result_or_message(infer, "x", cells, Origin(typed=typed))
    if isinstance(found, str):
        assert "column 'x'" in found
        return
    assert len(found.values) == len(cells)
    assert found.nullable == (None in found.values)
    kinds = {"number": float, "integer": int, "boolean": bool, "datetime": str, "category": str, "text": str, "array": list}
    assert {type(value) for value in found.values if value is not None} <= {kinds[found.kind]}


@given(TEXTS, st.sampled_from(KINDS), st.booleans())
def test_converts_each_cell_or_says_why_not(cells, kind, nullable):
    found = result_or_message(convert, "x", cells, kind, nullable)
    if isinstance(found, str):
        assert "column 'x'" in found
        return
    assert len(found.values) == len(cells)
    assert nullable or None not in found.values


@given(TEXTS)
def test_choosing_the_inferred_kind_changes_no_value(cells):
    try:
        found = infer("x", cells)
    except ArtifactError:
        return
    again = convert("x", cells, found.kind, found.nullable)
    if found.kind != "category":
        assert again.values == found.values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from([".", ","]))
def test_floats_come_back(numbers, decimal):
    cells = [repr(number).replace(".", decimal) for number in numbers]
    found = convert("x", cells, "number", nullable=False) if decimal == "." else infer("x", [*cells, f"0{decimal}5"])
    assert found.values[: len(numbers)] == numbers
