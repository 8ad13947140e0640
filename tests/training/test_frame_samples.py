from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Boolean, Category, Column, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame, Matrix
from iris_api.training.samples import dataset_of
from tests.inference.own_steps import Total

ANY = make_column_transformer(("drop", [0])).fit(np.zeros((1, 1)))
"""Takes frames, and is asked nothing."""
NOON = "2026-01-02T12:00:00"


def of(*values, dtype=None, name="c"):
    """The data set of one column."""
    return dataset_of("mine", pd.DataFrame({name: pd.Series(list(values), dtype=dtype)}), None, ANY)


def refusal(frame, y=None):
    with pytest.raises(ArtifactError) as raised:
        dataset_of("mine", frame, y, ANY)
    return str(raised.value)


def category(values, categories, ordered=False):
    return pd.Categorical(values, categories=categories, ordered=ordered)


SEEN = {"seen_minimum": 1, "seen_maximum": 3, "example": 1}
KINDS = {
    "float64": (of(1.0, 3.0, dtype="float64"), Number, SEEN, [1.0, 3.0]),
    "float64 with gaps": (of(1.0, np.nan, 3.0, dtype="float64"), Number, {**SEEN, "nullable": True}, [1.0, None, 3.0]),
    "float32": (of(1.0, np.nan, 3.0, dtype="float32"), Number, SEEN, [1.0, None, 3.0]),
    "Float64": (of(1.0, None, 3.0, dtype="Float64"), Number, {"nullable": True}, [1.0, None, 3.0]),
    "int64": (of(1, 3, dtype="int64"), Integer, {**SEEN, "nullable": False}, [1, 3]),
    "int8": (of(1, 3, dtype="int8"), Integer, SEEN, [1, 3]),
    "Int64": (of(1, None, 3, dtype="Int64"), Integer, {**SEEN, "nullable": True}, [1, None, 3]),
    "bool": (of(True, False, dtype="bool"), Boolean, {"example": True, "nullable": False}, [True, False]),
    "boolean": (of(True, None, dtype="boolean"), Boolean, {"nullable": True}, [True, None]),
    "truth as objects": (of(True, None, False, dtype=object), Boolean, {"nullable": True}, [True, None, False]),
    "numpy's truth as objects": (of(np.True_, np.nan, dtype=object), Boolean, {"nullable": True}, [True, None]),
    "str": (of("b", "a", "b", dtype="str"), Category, {"values": ["a", "b"], "nullable": False}, ["b", "a", "b"]),
    "str with gaps": (of("b", None, "b", dtype="str"), Category, {"values": ["b"], "nullable": True}, ["b", None, "b"]),
    "string": (of("b", None, "b", dtype="string"), Category, {"values": ["b"], "nullable": True}, ["b", None, "b"]),
    "texts as objects": (of("b", None, "b", dtype=object), Category, {"values": ["b"], "nullable": True}, ["b", None, "b"]),
    "texts as objects, with NaN": (of("b", np.nan, "b", dtype=object), Category, {"values": ["b"]}, ["b", None, "b"]),
    "texts that differ": (of("a", "b", dtype="str"), Text, {"example": "a"}, ["a", "b"]),
    "categories of texts": (
        of(*category(["b", None], ["b", "a"]), dtype=category([], ["b", "a"]).dtype),
        Category,
        {"values": ["b", "a"]},
        ["b", None],
    ),
    "categories of numbers": (of(3, 1, dtype=category([], [3, 1]).dtype), Category, {"values": [3, 1], "example": 3}, [3, 1]),
    "categories of small numbers": (
        of(3, None, dtype=category([], np.array([3, 1], dtype="int8")).dtype),
        Category,
        {"values": [3, 1]},
        [3, None],
    ),
    "categories that are objects": (
        of("b", dtype=category([], pd.Index(["b", "a"], dtype=object), True).dtype),
        Category,
        {"values": ["b", "a"]},
        ["b"],
    ),
    "categories that are strings": (
        of("b", dtype=category([], pd.Index(["b"], dtype="string")).dtype),
        Category,
        {"values": ["b"]},
        ["b"],
    ),
    "categories of truth": (of(True, False, dtype="category"), Category, {"values": [False, True]}, [True, False]),
    "ordered categories": (of("S", "L", dtype=category([], ["S", "L"], True).dtype), Category, {"values": ["S", "L"]}, ["S", "L"]),
    "days": (
        of("2026-01-02", None, dtype="datetime64[us]"),
        Datetime,
        {"has_time": False, "is_zoned": False, "nullable": True, "seen_minimum": date(2026, 1, 2), "example": "2026-01-02"},
        [date(2026, 1, 2), None],
    ),
    "times": (of(NOON, dtype="datetime64[ns]"), Datetime, {"has_time": True, "example": NOON}, [datetime(2026, 1, 2, 12)]),  # noqa: DTZ001
    "times of a zone": (
        of(NOON, dtype="datetime64[s, Europe/Berlin]"),
        Datetime,
        {"has_time": True, "is_zoned": True, "example": NOON + "+01:00"},
        [datetime(2026, 1, 2, 11, tzinfo=UTC)],
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_dtype_has_its_kind_and_comes_back(name):
    dataset, kind, facts, values = KINDS[name]
    (column,) = dataset.inputs
    assert type(column) is kind
    assert {fact: getattr(column, fact) for fact in facts} == facts
    given = [row[0] for row in dataset.rows]
    assert given == values
    assert list(map(type, given)) == list(map(type, values))
    frame = dataset.laid_out()
    again = dataset_of("mine", frame, None, ANY)
    assert (again.inputs, again.layout, again.rows) == (dataset.inputs, dataset.layout, dataset.rows)


def test_a_column_survives_its_own_manifest():
    from pydantic import TypeAdapter

    kinds = TypeAdapter(Column)
    for dataset, *_ in KINDS.values():
        (column,) = dataset.inputs
        again = kinds.validate_json(kinds.dump_json(column))
        assert again == column
        assert again.unseen(dataset.rows[0][0]) is None


@given(st.lists(st.one_of(st.none(), st.floats(width=32, allow_nan=False, allow_infinity=False)), min_size=1).filter(any))
def test_numbers_come_back_as_they_were(values):
    frame = pd.DataFrame({"c": pd.Series(values, dtype="float64")})
    assert dataset_of("mine", frame, None, ANY).laid_out().equals(frame)


def test_names_are_those_of_the_data():
    names = ["a b", "a.b", 'say "hi"', "größe (cm)", "名前", "#/~1", "x:y", "'"]
    frame = pd.DataFrame([range(8), range(1, 9)], columns=names)
    dataset = dataset_of("mine", frame, None, ANY)
    assert [column.name for column in dataset.inputs] == names
    assert dataset.inputs[3].unit == "cm"
    assert list(dataset.laid_out().columns) == names


def test_whole_numbers_for_names_stay_numbers():
    frame = pd.DataFrame([[1.5, "a"], [None, "a"]])
    dataset = dataset_of("mine", frame, None, ANY)
    assert [column.name for column in dataset.inputs] == ["0", "1"]
    assert dataset.laid_out().equals(frame)


def test_plain_numbers_reach_a_model_without_columns_as_a_matrix():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": np.array([0.5, 1.5, 2.5], dtype="float32")})
    model = LinearRegression().fit(frame, [1, 2, 3])
    assert dataset_of("mine", frame, None, model).layout == Matrix()
    single = dataset_of("mine", frame.astype("float32"), None, model)
    assert single.layout == Matrix(dtype="float32")
    assert single.rows.tolist() == frame.to_numpy().tolist()
    assert isinstance(dataset_of("mine", frame.where(frame > 1), None, model).layout, Frame)
    by_dtype = make_pipeline(FunctionTransformer(np.log1p), LinearRegression()).fit(frame, [1, 2, 3])
    assert isinstance(dataset_of("mine", frame, None, by_dtype).layout, Frame)
    by_name = make_pipeline(make_column_transformer((StandardScaler(), ["a"])), LinearRegression()).fit(frame, [1, 2, 3])
    assert isinstance(dataset_of("mine", frame, None, by_name).layout, Frame)


def test_a_step_of_ones_own_that_is_no_estimator_gets_the_columns_by_name():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.5, 1.5, 2.5]})
    model = make_pipeline(Total(), LinearRegression()).fit(frame, [1, 2, 3])
    dataset = dataset_of("mine", frame, None, model)
    assert isinstance(dataset.layout, Frame)
    assert model.predict(dataset.laid_out()) == pytest.approx([1, 2, 3])


@pytest.mark.parametrize("handles", ["ignore", "error"])
def test_whether_an_unseen_value_is_answered_is_found_out(handles):
    frame = pd.DataFrame({"city": ["Ulm", "Bonn"] * 10, "size": pd.Categorical(["S", "L"] * 10)})
    encoder = OneHotEncoder(handle_unknown=handles)
    model = make_pipeline(make_column_transformer((encoder, ["city", "size"])), LogisticRegression()).fit(frame, [0, 1] * 10)
    city, size = dataset_of("mine", frame, None, model).inputs
    assert city.is_open is (handles == "ignore")
    assert not size.is_open


def test_few_values_among_many_rows_are_categories():
    frame = pd.DataFrame({"few": [f"v{index % 20}" for index in range(60)], "many": [f"v{index % 40}" for index in range(60)]})
    few, many = dataset_of("mine", frame, None, ANY).inputs
    assert (few.kind, len(few.values), many.kind) == ("category", 20, "text")


def frame_of(column):
    return pd.DataFrame({"c": column})


ODD = {
    "no rows": (pd.DataFrame({"a": []}), "X has no rows or no columns"),
    "no columns": (pd.DataFrame(index=[0, 1]), "X has no rows or no columns"),
    "columns of two levels": (pd.DataFrame([[1, 2]], columns=[["a", "a"], ["b", "c"]]), "X has columns of 2 levels; join them"),
    "a column twice": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "column 'a' is there twice"),
    "names that are one as text": (pd.DataFrame([[1, 2]], columns=["1", 1]), "column '1' is there twice"),
    "an empty name": (pd.DataFrame({"": [1]}), "column '' cannot be a name; it must have 1 to 128 characters"),
    "a name of two lines": (pd.DataFrame({"a\nb": [1]}), "no control characters"),
    "a long name": (pd.DataFrame({"n" * 129: [1]}), "cannot be a name"),
    "numbers among texts": (frame_of(["a", 1]), "column 'c' holds values of object that no kind of input can; turn them into"),
    "whole numbers as objects": (frame_of(pd.Series([1, None], dtype=object)), "column 'c' holds values of object"),
    "lists": (frame_of([[1], [2]]), "column 'c' holds values of object"),
    "days as objects": (frame_of([date(2026, 1, 2)]), "column 'c' holds values of object"),
    "time differences": (frame_of(pd.to_timedelta([1, 2])), "column 'c' holds values of timedelta64"),
    "periods": (frame_of(pd.period_range("2026", periods=2, freq="M")), "column 'c' holds values of period"),
    "complex numbers": (frame_of([1j]), "column 'c' holds values of complex128"),
    "no value at all": (frame_of([np.nan, np.nan]), "column 'c' has no value at all; leave it out and fit the model again"),
    "no text at all": (frame_of(pd.Series([None, None], dtype="str")), "column 'c' has no value at all"),
    "an infinite number": (frame_of([1.0, np.inf]), "column 'c' has a number that no 32-bit float can hold"),
    "a number of 64 bits": (frame_of([1e39]), "column 'c' has a number that no 32-bit float can hold"),
    "bands": (frame_of(pd.cut([1, 2, 3], 2)), "column 'c' has categories of interval"),
    "categories of fractions": (frame_of(pd.Categorical([0.5, 1.5])), "column 'c' has categories of float64; a category is a text"),
    "categories of two types": (frame_of(pd.Categorical(["a", 1])), "column 'c' has categories of object"),
    "days as categories": (frame_of(pd.Categorical(pd.to_datetime(["2026-01-02"]))), "column 'c' has categories of datetime64"),
    "thousands of categories": (frame_of(pd.Categorical(range(10_001))), "column 'c' has 10001 categories; at most 10000 are served"),
    "billionths of a second": (
        frame_of(pd.to_datetime(["2026-01-02T00:00:00.000000001"])),
        "column 'c' of datetime64[ns] cannot be carried over JSON as it is",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_frame_is_refused_in_a_sentence(name):
    frame, reason = ODD[name]
    said = refusal(frame)
    assert reason in said
    assert "\n" not in said
