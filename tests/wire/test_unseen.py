"""Warnings: one for each value that training saw nothing like, with a pointer, the same in single and in batch, and a bounded number."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.columns import Array, Boolean, Category, Datetime, Integer, Number
from iris_api.inference.layouts import Frame, Matrix
from iris_api.wire.json_rows import JsonRows
from iris_api.wire.unseen import MAX_LISTED, MAX_WARNINGS, Unseen
from tests.inference.bundles import signature_of
from tests.inference.drawn import columns, layout_of, valid

AGE = Number(name="age in years/1", seen_minimum=18, seen_maximum=90)
PLAN = Category(name="plan", values=[1, 2], is_open=True, nullable=True)
PIXELS = Array(name="pixels", shape=[2, 2], seen_minimum=0, seen_maximum=16, nullable=True)


def told(signature, rows: list[dict]) -> list[dict[str, str]]:
    """The warnings of each row in a batch, by pointer; each is also what the row is told alone."""
    schema, unseen = JsonRows(signature), Unseen(signature)
    alone = [unseen.of_row(schema.parse_row(json.dumps(row).encode())) for row in rows]
    together = unseen.of_rows(schema.parse_rows(json.dumps({"instances": rows}).encode(), len(rows)))
    given = [{fault.pointer: fault.detail for fault in together.get(index, ())} for index in range(len(rows))]
    for index, warnings in enumerate(alone):
        single = {fault.pointer.replace("#/", f"#/instances/{index}/", 1): fault.detail for fault in warnings.get(0, ())}
        assert single == given[index]
    return given


@pytest.mark.parametrize("layout", [Matrix(), Frame(dtypes=["float64", "object"])])
def test_each_value_outside_what_training_saw_is_told_with_its_place(layout):
    signature = signature_of(AGE, PLAN, layout=layout)
    rows = [
        {"age in years/1": 18, "plan": 1},
        {"age in years/1": 90.5, "plan": 3},
        {"age in years/1": 50},
        {"age in years/1": 17, "plan": 2},
    ]
    assert told(signature, rows) == [
        {},
        {
            "#/instances/1/age%20in%20years~11": "is outside what training saw (18 to 90)",
            "#/instances/1/plan": "is a value that training did not see",
        },
        {},
        {"#/instances/3/age%20in%20years~11": "is outside what training saw (18 to 90)"},
    ]


@pytest.mark.parametrize("layout", [Matrix(), Frame(dtypes=["float64", "int64"])])
def test_a_missing_number_is_told_of_where_none_was_missing_in_training(layout):
    filled = Number(name="a", nullable=True, warns_if_missing=True, seen_minimum=0, seen_maximum=9)
    signature = signature_of(filled, Integer(name="b", nullable=True), layout=layout)
    rows = [{"a": None, "b": None}, {"a": 1, "b": 1}, {"b": 1}, {"a": 10}]
    detail = "is missing, which it never was in training"
    assert told(signature, rows) == [
        {"#/instances/0/a": detail},
        {},
        {"#/instances/2/a": detail},
        {"#/instances/3/a": "is outside what training saw (0 to 9)"},
    ]


def test_plain_numbers_are_told_of_too():
    signature = signature_of(AGE, Integer(name="b"), Integer(name="c", seen_minimum=1, seen_maximum=1))
    rows = [{"age in years/1": 20, "b": 10**9, "c": 1}, {"age in years/1": 20, "b": 0, "c": 2}]
    assert told(signature, rows) == [{}, {"#/instances/1/c": "is outside what training saw (1 to 1)"}]


def test_an_array_is_told_of_once_and_stands_among_other_features():
    signature = signature_of(PIXELS, Boolean(name="b"), Number(name="c", seen_minimum=0, seen_maximum=1))
    rows = [
        {"pixels": [[0, 16], [1, 2]], "b": True, "c": 0.5},
        {"pixels": [[0, 17], [-1, 2]], "b": True, "c": 1},
        {"b": False, "c": 2},
    ]
    assert told(signature, rows) == [
        {},
        {"#/instances/1/pixels": "has a number that is outside what training saw (0 to 16)"},
        {"#/instances/2/c": "is outside what training saw (0 to 1)"},
    ]


def test_dates_are_told_of():
    day = Datetime(name="day", seen_minimum="2026-01-01", seen_maximum="2026-12-31", nullable=True)
    signature = signature_of(day, layout=Frame(dtypes=["datetime64[us]"]))
    rows = [{"day": "2026-12-31"}, {"day": None}, {"day": "2027-01-01"}]
    assert told(signature, rows) == [{}, {}, {"#/instances/2/day": "is outside what training saw (2026-01-01 to 2026-12-31)"}]


@given(st.data())
def test_single_and_batch_tell_the_same_of_any_column(data):
    column = data.draw(columns())
    rows = data.draw(st.lists(valid(column).map(lambda pair: {column.name: pair[0]}), min_size=1, max_size=5))
    signature = signature_of(column, layout=layout_of([column]))
    schema, unseen = JsonRows(signature), Unseen(signature)
    together = unseen.of_rows(schema.parse_rows(json.dumps({"instances": rows}).encode(), 5))
    for index, row in enumerate(rows):
        alone = unseen.of_row(schema.parse_row(json.dumps(row).encode()))
        assert [fault.detail for fault in alone.get(0, [])] == [fault.detail for fault in together.get(index, [])]


def test_the_warnings_of_a_row_and_of_a_batch_are_bounded():
    wide = signature_of(*[Number(name=f"x{index}", seen_minimum=0, seen_maximum=1) for index in range(60)])
    rows = np.full((MAX_LISTED // MAX_WARNINGS + 5, 60), 2.0)
    assert len(Unseen(wide).of_row([2.0] * 60)[0]) == MAX_WARNINGS
    for either in (rows, rows.tolist()):
        warnings = Unseen(wide).of_rows(either)
        assert sum(map(len, warnings.values())) == MAX_LISTED
        assert warnings.left_out == 5
