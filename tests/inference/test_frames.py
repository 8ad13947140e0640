"""DataFrames of the very types of training, missing values included; pandas makes what it would have made then."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Boolean, Category, Datetime, Integer, Number, Text
from iris_api.inference.frames import dtype_name, frame_assembler

MOMENT = datetime(2026, 11, 30, 9, 30, 0, 123456)  # noqa: DTZ001
BERLIN = pd.Series(pd.to_datetime(["2026-11-30 09:30"])).dt.tz_localize("Europe/Berlin")
ROUND_TRIPS = {
    "float64": (Number(name="x"), pd.Series([1.5, -0.0]), [1.5, -0.0]),
    "float32": (Number(name="x"), pd.Series([0.5, 2], dtype="float32"), [0.5, 2.0]),
    "Float64": (Number(name="x"), pd.Series([0.5, None], dtype="Float64"), [0.5, None]),
    "missing float": (Number(name="x"), pd.Series([0.5, np.nan]), [0.5, None]),
    "int64": (Integer(name="x"), pd.Series([2**62 + 1, -1]), [2**62 + 1, -1]),
    "uint8": (Integer(name="x"), pd.Series([255, 0], dtype="uint8"), [255, 0]),
    "Int64": (Integer(name="x"), pd.Series([2**62 + 1, None], dtype="Int64"), [2**62 + 1, None]),
    "bool": (Boolean(name="x"), pd.Series([True, False]), [True, False]),
    "boolean": (Boolean(name="x"), pd.Series([True, None], dtype="boolean"), [True, None]),
    "objects with None": (Text(name="x"), pd.Series(["a", None], dtype=object), ["a", None]),
    "objects with NaN": (Text(name="x"), pd.Series(["a", np.nan], dtype=object), ["a", None]),
    "str": (Text(name="x"), pd.Series(["a", ""], dtype="str"), ["a", ""]),
    "missing str": (Text(name="x"), pd.Series(["a", None], dtype="str"), ["a", None]),
    "string": (Text(name="x"), pd.Series(["a", None], dtype="string"), ["a", None]),
    "category": (Category(name="x", values=["b", "a", "c"]), pd.Series(pd.Categorical(["a", None], ["b", "a", "c"])), ["a", None]),
    "ordered": (Category(name="x", values=[3, 1]), pd.Series(pd.Categorical([1, 3], [3, 1], ordered=True)), [1, 3]),
    "microseconds": (Datetime(name="x", has_time=True), pd.Series([MOMENT, None], dtype="datetime64[us]"), [MOMENT, None]),
    "nanoseconds": (Datetime(name="x", has_time=True), pd.Series([MOMENT], dtype="datetime64[ns]"), [MOMENT]),
    "days": (Datetime(name="x"), pd.Series([datetime(9999, 12, 31)], dtype="datetime64[s]"), [date(9999, 12, 31)]),  # noqa: DTZ001
    "zone": (Datetime(name="x", has_time=True, is_zoned=True), BERLIN, [datetime(2026, 11, 30, 8, 30, tzinfo=UTC)]),
}


@pytest.mark.parametrize(("column", "series", "values"), ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_a_column_comes_back_as_it_was_in_training(column, series, values):
    made = frame_assembler([column], [dtype_name(series)])([[value] for value in values])
    pd.testing.assert_frame_equal(made, pd.DataFrame({"x": series}))


@pytest.mark.parametrize(
    ("column", "dtype", "expected"),
    [(Integer(name="x"), "int64", np.dtype("float64")), (Boolean(name="x"), "bool", np.dtype(object))],
)
def test_where_a_value_is_missing_the_type_is_the_one_that_pandas_makes_of_such_a_column(column, dtype, expected):
    first = True if dtype == "bool" else 1
    made = frame_assembler([column], [dtype])([[first], [None]])
    assert made["x"].dtype == expected == pd.DataFrame([{"x": first}, {"x": None}])["x"].dtype
    assert made["x"].isna().tolist() == [False, True]


def test_columns_keep_their_names_and_order():
    names = ["b", "sepal length (cm)", "名前", "a"]
    made = frame_assembler([Number(name=name) for name in names], ["float64"] * 4)([[1.0, 2.0, 3.0, 4.0]])
    assert made.columns.tolist() == names
    assert made.iloc[0].tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("column", "dtype", "words"),
    [
        (Number(name="x"), "float65", "the dtype 'float65', which pandas does not know"),
        (Text(name="x"), "category", "takes a column of kind category that is not open"),
        (Category(name="x", values=["a"], is_open=True), "category, ordered", "takes a column of kind category that is not open"),
    ],
)
def test_a_dtype_that_is_none_is_named(column, dtype, words):
    with pytest.raises(ArtifactError, match=words):
        frame_assembler([column], [dtype])
