import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Category
from iris_api.training.choices import Choices
from iris_api.training.table_files import read_table
from iris_api.training.table_samples import Source, rows_of, takes_texts
from tests.inference.own_steps import Shift, Total

MIXED = "age,plan,when,code\n" + "".join(f"{20 + i},{'ab'[i % 2]},2024-01-{i + 1:02},{i % 3}\n" for i in range(12))
LABELS = np.array([0, 1] * 6)


def source(tmp_path: Path, text: str, choices: Choices | None = None, name: str = "own.csv") -> Source:
    path = tmp_path / name
    path.write_text(text)
    return Source(path, read_table(path), choices or Choices())


def sampled(given: Source, estimator, labels=None):
    return rows_of(given, given.columns(given.table.header), labels, estimator)


def test_numbers_reach_an_estimator_as_a_matrix(tmp_path):
    given = source(tmp_path, "a (cm),b\n1,0.5\n3,2\n")
    dataset = sampled(given, LinearRegression().fit([[1, 0.5], [3, 2]], [1, 2]), np.array([1.0, 2.0]))
    assert dataset.layout.kind == "matrix"
    assert isinstance(dataset.rows, np.ndarray)
    assert dataset.rows.tolist() == [[1.0, 0.5], [3.0, 2.0]]
    assert dataset.rows.flags.c_contiguous
    whole, number = dataset.inputs
    assert (whole.kind, whole.name, whole.unit, whole.seen_minimum, whole.seen_maximum, whole.example) == (
        "integer",
        "a (cm)",
        "cm",
        1,
        3,
        1,
    )
    assert (number.kind, number.nullable) == ("number", False)
    assert dataset.laid_out().tolist() == [[1.0, 0.5], [3.0, 2.0]]


def test_a_matrix_may_have_missing_numbers_truth_values_and_coded_categories(tmp_path):
    given = source(tmp_path, "a,b,c\n1.5,true,7\n,false,9\n2,true,7\n", Choices(kinds={"c": "category"}))
    estimator = make_pipeline(SimpleImputer(), LinearRegression()).fit([[1.5, 1, 7], [np.nan, 0, 9], [2, 1, 7]], [1, 2, 3])
    dataset = sampled(given, estimator)
    assert [(column.kind, column.nullable) for column in dataset.inputs] == [("number", True), ("boolean", False), ("category", False)]
    assert isinstance(dataset.inputs[2], Category)
    assert dataset.inputs[2].values == [7, 9]
    np.testing.assert_array_equal(dataset.laid_out(), [[1.5, 1, 7], [np.nan, 0, 9], [2, 1, 7]])


@pytest.mark.parametrize("text", ["true", "yes"])
def test_truth_values_reach_an_estimator_that_was_fitted_on_a_frame_as_such(tmp_path, text):
    given = source(tmp_path, f"a,b\n1.5,{text}\n2.5,{'false' if text == 'true' else 'no'}\n")
    estimator = LinearRegression().fit(pd.DataFrame({"a": [1.5, 2.5], "b": [True, False]}), [1, 2])
    frame = sampled(given, estimator).laid_out()
    assert frame.dtypes.map(str).tolist() == ["float64", "bool"]


def test_columns_of_several_kinds_reach_an_estimator_as_a_frame(tmp_path):
    encoder = ColumnTransformer([("plan", OneHotEncoder(handle_unknown="ignore"), ["plan"])], remainder="drop")
    given = source(tmp_path, MIXED, Choices(nullable=frozenset(["plan"]), kinds={"code": "category"}))
    frame = pd.read_csv(given.path, parse_dates=["when"])
    dataset = sampled(given, make_pipeline(encoder, LogisticRegression()).fit(frame, LABELS), LABELS)
    assert [column.kind for column in dataset.inputs] == ["integer", "category", "datetime", "category"]
    plan, code = dataset.inputs[1], dataset.inputs[3]
    assert (plan.nullable, plan.is_open) == (True, True)
    assert (code.values, code.is_open) == ([0, 1, 2], False)
    pd.testing.assert_frame_equal(dataset.laid_out(), frame)


def test_a_category_of_numbers_may_be_missing(tmp_path):
    given = source(tmp_path, "plan,code\na,1\nb,\na,2\nb,1\n", Choices(kinds={"code": "category"}, nullable=frozenset(["code"])))
    frame = pd.read_csv(given.path)
    dataset = sampled(given, make_pipeline(OrdinalEncoder(), SimpleImputer(), LinearRegression()).fit(frame, [1, 2, 3, 4]))
    assert dataset.inputs[1].values == [1, 2]
    assert dataset.inputs[1].nullable
    assert dataset.rows == [["a", 1], ["b", None], ["a", 2], ["b", 1]]
    pd.testing.assert_frame_equal(dataset.laid_out(), frame)


def test_texts_reach_a_vectorizer_as_a_list(tmp_path):
    text = '{"words": "good film"}\n{"words": 5}\n{"words": null}\n'
    dataset = sampled(
        source(tmp_path, text, Choices(targets=("y",)), "own.jsonl"),
        make_pipeline(TfidfVectorizer(), Ridge()).fit(["good film", "5 stars", ""], [1, 0, 1]),
    )
    assert (dataset.layout.kind, dataset.inputs[0].name, dataset.inputs[0].kind) == ("texts", "words", "text")
    assert dataset.laid_out() == ["good film", "5", ""]
    assert dataset.targets == ("y",)


def test_a_vectorizer_takes_one_column(tmp_path):
    given = source(tmp_path, "a,b\nx,y\n")
    with pytest.raises(ArtifactError, match=r"the model takes texts, one column of them, and the file has 'a', 'b'; leave the others out"):
        sampled(given, make_pipeline(TfidfVectorizer(), Ridge()).fit(["x words"], [1]))


def test_knows_a_vectorizer_wherever_a_pipeline_begins():
    union = FeatureUnion([("words", TfidfVectorizer()), ("hashes", HashingVectorizer())])
    assert takes_texts(make_pipeline(make_pipeline(union), Ridge()))
    assert not takes_texts(make_pipeline(SimpleImputer(), Ridge()))


@pytest.mark.parametrize("shape", ["columns", "cells"])
def test_columns_of_numbers_and_cells_with_lists_are_arrays(tmp_path, shape):
    rows = np.arange(12.0).reshape(3, 4)
    if shape == "columns":
        text = "a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in rows.tolist())
        given = source(tmp_path, text, Choices(arrays={"pixels": (2, 2)}))
    else:
        text = "".join(json.dumps({"pixels": row.reshape(2, 2).tolist()}) + "\n" for row in rows)
        given = source(tmp_path, text, Choices(arrays={"pixels": (2, 2)}), "own.jsonl")
    dataset = sampled(given, GaussianNB().fit(rows, [0, 1, 0]))
    (column,) = dataset.inputs
    assert (column.kind, column.name, column.shape) == ("array", "pixels", [2, 2])
    assert dataset.laid_out().tolist() == rows.tolist()


def test_an_array_that_the_columns_cannot_fill_is_refused(tmp_path):
    given = source(tmp_path, "a,b\n1,2\n3,4\n", Choices(arrays={"pixels": (3, 3)}))
    with pytest.raises(ArtifactError, match="an array of 3 x 3 has 9 numbers, the model takes 2"):
        sampled(given, GaussianNB().fit([[1, 2], [3, 4]], [0, 1]))
    mixed = source(tmp_path, "a,b\n1,x\n3,y\n", Choices(arrays={"pixels": (1, 2)}))
    with pytest.raises(ArtifactError, match="'pixels' is an array, and the model takes columns that are no arrays"):
        sampled(mixed, make_pipeline(OneHotEncoder(), GaussianNB()))


def test_an_estimator_that_cannot_take_the_columns_says_why_and_what_helps(tmp_path):
    estimator = LinearRegression().fit(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), [0, 1])
    with pytest.raises(
        ArtifactError, match=r"cannot predict the rows as they are read \(it has 'b' as category\): ValueError: .*--kind .*--target$"
    ):
        sampled(source(tmp_path, "a,b\n1,x\n3,y\n4,x\n"), estimator)
    with pytest.raises(ArtifactError, match=r"read a column as the model knows it with --kind COLUMN=KIND$"):
        sampled(source(tmp_path, "a,b\n1,x\n3,y\n4,x\n", Choices(targets=("c",))), estimator)


@pytest.mark.parametrize(
    ("text", "choices", "message"),
    [
        ("a,b\n1,1e39\n2,3\n", {}, "column 'b' has a number that no 32-bit float can hold"),
        ("a,b\n1,x\n2,3\n", {"kinds": {"b": "number"}}, r"line 2, column 'b': 'x' is not a number"),
        ("a,b\n1,\n2,3\n", {"kinds": {"b": "number"}}, "allow missing values with --nullable b"),
        ("a,b\x07\n1,2\n", {}, r"column 'b\\x07' cannot be a name"),
    ],
)
def test_a_column_that_cannot_be_read_is_named(tmp_path, text, choices, message):
    with pytest.raises(ArtifactError, match=message):
        sampled(source(tmp_path, text, Choices(**choices)), LinearRegression().fit([[1, 2], [3, 4]], [0, 1]))


@pytest.mark.parametrize(("step", "layout"), [(Total(), "frame"), (Shift(), "matrix")])
def test_a_step_of_ones_own_gets_columns_by_name_if_it_asks_for_them(tmp_path, step, layout):
    given = source(tmp_path, "a,b\n1.5,2\n2.5,4\n0.5,3\n")
    frame = pd.DataFrame({"a": [1.5, 2.5, 0.5], "b": [2, 4, 3]})
    estimator = make_pipeline(step, LinearRegression()).fit(frame, [1, 2, 3])
    dataset = sampled(given, estimator)
    assert dataset.layout.kind == layout
    assert estimator.predict(dataset.laid_out()) == pytest.approx(estimator.predict(frame))


def test_a_step_of_ones_own_may_get_an_array_among_numbers(tmp_path):
    given = source(tmp_path, '{"x": [1, 2], "y": 3}\n{"x": [5, 4], "y": 6}\n', name="own.jsonl")
    estimator = make_pipeline(Shift(), LinearRegression()).fit([[1, 2, 3], [5, 4, 6]], [1, 2])
    dataset = sampled(given, estimator)
    assert [(column.kind, column.name) for column in dataset.inputs] == [("array", "x"), ("integer", "y")]
    assert dataset.laid_out().tolist() == [[1, 2, 3], [5, 4, 6]]
