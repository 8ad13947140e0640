"""Layouts: how rows reach the estimator, and which columns each can hold without a change."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from iris_api.errors import InvalidInput
from iris_api.inference.columns import Array, Boolean, Category, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame, Matrix, Texts
from iris_api.wire.json_rows import JsonRows
from tests.inference.bundles import signature_of
from tests.inference.drawn import encode

X, N, B = Number(name="x", nullable=True), Integer(name="n"), Boolean(name="b")
CODES = Category(name="c", values=[1, 2])
PIXELS = Array(name="p", shape=[2, 2], nullable=True)
TEXT = Text(name="t")
DAY = Datetime(name="d")
ZONED = Datetime(name="z", has_time=True, is_zoned=True)


def test_a_matrix_has_a_feature_for_each_number_and_nan_for_what_is_missing():
    columns = [X, PIXELS, B, CODES]
    made = Matrix().assembler(columns)([[1.5, [[1.0, 2.0], [3.0, 4.0]], True, 2], [None, None, False, 1]])
    expected = [[1.5, 1, 2, 3, 4, 1, 2], [np.nan] * 5 + [0, 1]]
    assert made.dtype == np.float64
    np.testing.assert_array_equal(made, expected)
    assert Matrix().width(columns) == 7
    again = Matrix().assembler(columns)(made)
    np.testing.assert_array_equal(again, made)
    # an estimator may change what it is given
    assert not np.shares_memory(again, made)


def test_a_batch_is_the_matrix_that_its_rows_are():
    schema = JsonRows(signature_of(X, PIXELS, B))
    rows = [{"x": 1, "p": [[1, 2], [3, 4]], "b": True}, {"b": False}]
    alone = Matrix().assembler([X, PIXELS, B])([schema.parse_row(encode(row)) for row in rows])
    np.testing.assert_array_equal(schema.parse_rows(encode({"instances": rows}), 2), alone)
    many = schema.parse_rows(encode({"instances": rows * 3000}), 6000)
    np.testing.assert_array_equal(many, np.tile(alone, (3000, 1)))


@pytest.mark.parametrize(
    ("layout", "columns", "words"),
    [
        (Matrix(), [TEXT], "t is of kind text, which a matrix of numbers cannot hold"),
        (Matrix(), [Category(name="c", values=["a"])], "c is of kind category, which a matrix"),
        (Matrix(), [DAY], "d is of kind datetime, which a matrix"),
        (Frame(dtypes=["float64", "int64"]), [X], "a frame needs one dtype a column"),
        (Frame(dtypes=["object"]), [PIXELS], "p is of kind array, which the dtype object cannot hold"),
        (Frame(dtypes=["int64"]), [X], "x is of kind number, which the dtype int64 cannot hold"),
        (Frame(dtypes=["bool"]), [N], "n is of kind integer, which the dtype bool cannot hold"),
        (Frame(dtypes=["float64"]), [TEXT], "t is of kind text, which the dtype float64 cannot hold"),
        (Frame(dtypes=["datetime64[ns]"]), [ZONED], "z is of kind datetime"),
        (Frame(dtypes=["datetime64[ns, UTC]"]), [DAY], "d is of kind datetime"),
        (Frame(dtypes=["datetime64[ns]"]), [X], "x is of kind number"),
        (Texts(), [X], "texts need one column of kind text"),
        (Texts(), [TEXT, TEXT], "texts need one column"),
        (Texts(), [Text(name="t", nullable=True)], "that may not be missing"),
    ],
)
def test_columns_that_a_layout_would_change_are_a_fault(layout, columns, words):
    assert words in layout.fault(columns)


@pytest.mark.parametrize(
    ("dtype", "column"),
    [
        ("int8", N),
        ("UInt16", N),
        ("float64", N),
        ("float32", X),
        ("object", B),
        ("boolean", B),
        ("int64", CODES),
        ("object, nan", TEXT),
        ("datetime64[us]", DAY),
        ("object", DAY),
        ("datetime64[ns, Europe/Berlin]", ZONED),
        ("category", CODES),
        ("str", TEXT),
    ],
)
def test_columns_that_a_dtype_holds_are_none(dtype, column):
    assert Frame(dtypes=[dtype]).fault([column]) is None


def test_texts_are_a_list():
    assert Texts().assembler([TEXT])([["a"], ["b"]]) == ["a", "b"]
    assert Texts().width([TEXT]) is None


@pytest.mark.parametrize(("dtype", "low", "high"), [("int8", -128, 127), ("uint8", 0, 255), ("UInt16", 0, 65535), ("uint64", 0, 2**63 - 1)])
def test_a_whole_number_that_its_dtype_cannot_hold_is_refused_with_its_place(dtype, low, high):
    schema = JsonRows(signature_of(N, layout=Frame(dtypes=[dtype])))
    assert [schema.parse_row(encode({"n": value})) for value in (low, high)] == [[low], [high]]
    assert schema.json_schema()["properties"]["n"]["minimum"] == low
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_row(encode({"n": low - 1}))
    assert [(fault.pointer, fault.detail) for fault in refusal.value.faults] == [("#/n", f"must be at least {low}")]


def test_declared_bounds_stay_within_those_of_the_dtype():
    column = Integer(name="n", minimum=-5, maximum=300)
    assert Frame(dtypes=["int8"]).narrowed([column])[0].range == (-5, 127)
    day = Datetime(name="d", minimum="2026-01-01", maximum="9999-12-31")
    (narrowed,) = Frame(dtypes=["datetime64[ns]"]).narrowed([day])
    assert (narrowed.minimum, narrowed.maximum) == (date(2026, 1, 1), date(2262, 4, 11))
    assert Frame(dtypes=["datetime64[us]"]).narrowed([day]) == [day]


@pytest.mark.parametrize(
    ("column", "dtype", "text"),
    [(DAY, "datetime64[ns]", "9999-12-31"), (DAY, "datetime64[ns]", "1677-09-21"), (ZONED, "datetime64[ns, UTC]", "2262-04-12T00:00:00Z")],
)
def test_a_day_that_nanoseconds_cannot_reach_is_refused(column, dtype, text):
    schema = JsonRows(signature_of(column, layout=Frame(dtypes=[dtype])))
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_row(encode({column.name: text}))
    assert refusal.value.faults[0].detail.startswith("must not be ")


def test_nanoseconds_reach_the_days_between():
    import pandas as pd

    signature = signature_of(DAY, ZONED, layout=Frame(dtypes=["datetime64[ns]", "datetime64[ns, UTC]"]))
    schema = JsonRows(signature)
    for day in ("1677-09-22", "2262-04-11"):
        row = schema.parse_row(encode({"d": day, "z": f"{day}T00:00:00Z"}))
        made = signature.layout.assembler(signature.inputs)([row])
        assert made["d"][0] == pd.Timestamp(day)
        assert made["z"][0].to_pydatetime() == datetime.fromisoformat(day).replace(tzinfo=UTC)
