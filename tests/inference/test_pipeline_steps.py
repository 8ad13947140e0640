"""A pipeline's steps as plain functions: bit for bit what its own ``transform`` gives, however its columns are picked."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

from iris_api.inference.pipeline_steps import is_pipeline, last_step, transform_before_last

RANDOM = np.random.default_rng(3)
COUNT = 60
FRAME = pd.DataFrame(
    {
        "a": RANDOM.normal(size=COUNT),
        "b": np.where(RANDOM.random(COUNT) < 0.2, np.nan, RANDOM.normal(size=COUNT)),
        "word": RANDOM.choice(["x", "y", "z"], COUNT),
        "text": RANDOM.choice(["good one", "bad one", "no word of it", "all is well"], COUNT),
        "whole": RANDOM.integers(0, 9, COUNT),
    }
)
NUMBERS = FRAME[["a", "whole", "b"]].fillna(0).to_numpy()
LABELS = RANDOM.integers(0, 2, COUNT)
HOT, SCALE = OneHotEncoder(sparse_output=False), StandardScaler()
FILL = make_pipeline(SimpleImputer(), MinMaxScaler())

ON_FRAMES = {
    "names": [("n", SCALE, ["whole", "a"]), ("w", HOT, ["word"])],
    "places": [("n", SCALE, [4, 0]), ("w", HOT, [-3])],
    "slice": [("n", FILL, slice(0, 2))],
    "slice of names": [("n", FILL, slice("a", "b"))],
    "mask": [("n", SCALE, [True, False, False, False, True])],
    "selector": [("n", FILL, make_column_selector(dtype_include="number"))],
    "index": [("n", SCALE, pd.Index(["a", "whole"]))],
    "one text": [("t", TfidfVectorizer(), "text"), ("n", SCALE, ["a"])],
    "one text by place": [("t", TfidfVectorizer(), 3)],
    "dropped and empty": [("d", "drop", ["word"]), ("e", SCALE, []), ("n", SCALE, ["a"])],
    "passed through": [("p", "passthrough", ["whole", "a"]), ("n", SCALE, ["a"])],
    "nested": [("c", ColumnTransformer([("n", SCALE, ["a"])]), ["whole", "a"]), ("w", OneHotEncoder(), ["word"])],
    "a column twice": [("n", SCALE, ["a"]), ("m", FILL, ["a", "b"])],
}
OPTIONS = {
    "plain": {},
    "weights": {"transformer_weights": {"n": 3.0, "t": 0.5}},
    "sparse": {"sparse_threshold": 1.0},
    "dense": {"sparse_threshold": 0.0},
}
ON_ARRAYS = {
    "places": [("n", SCALE, [2, 0]), ("m", FILL, [1])],
    "mask": [("n", SCALE, np.array([True, False, True]))],
    "slice": [("n", SCALE, slice(1, None))],
    "one": [("o", FunctionTransformer(np.reshape, kw_args={"shape": (-1, 1)}), 2), ("n", SCALE, [0])],
}


def assert_same(given, wanted):
    assert type(given) is type(wanted)
    assert sparse.issparse(given) == sparse.issparse(wanted)
    given, wanted = (one.toarray() if sparse.issparse(one) else np.asarray(one) for one in (given, wanted))
    assert given.dtype == wanted.dtype
    assert given.shape == wanted.shape
    assert given.tobytes() == wanted.tobytes()


def assert_transforms_alike(pipeline, rows, columns):
    transform = transform_before_last(pipeline, columns)
    assert_same(transform(rows), pipeline[:-1].transform(rows))
    assert_same(transform(rows[:1]), pipeline[:-1].transform(rows[:1]))


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", ON_FRAMES)
def test_columns_of_a_frame_are_picked_and_transformed_as_by_scikit_learn(name, option):
    pipeline = make_pipeline(ColumnTransformer(ON_FRAMES[name], **OPTIONS[option]), LogisticRegression())
    pipeline[:-1].fit(FRAME, LABELS)
    assert_transforms_alike(pipeline, FRAME, list(FRAME))


@pytest.mark.parametrize("name", ON_ARRAYS)
def test_columns_of_an_array_too(name):
    pipeline = make_pipeline(ColumnTransformer(ON_ARRAYS[name]), StandardScaler(), LogisticRegression()).fit(NUMBERS, LABELS)
    assert_transforms_alike(pipeline, NUMBERS, None)


@pytest.mark.parametrize("remainder", ["passthrough", "drop", StandardScaler()])
def test_a_remainder_is_transformed_as_it_was_fitted(remainder):
    rows = FRAME[["a", "whole", "b"]]
    step = ColumnTransformer([("n", FILL, ["whole"])], remainder=remainder)
    pipeline = make_pipeline(step, SimpleImputer(), LogisticRegression()).fit(rows, LABELS)
    assert_transforms_alike(pipeline, rows, list(rows))


def test_steps_that_pass_rows_through_are_left_out():
    pipeline = Pipeline([("one", "passthrough"), ("two", SCALE), ("three", None), ("last", LogisticRegression())]).fit(NUMBERS, LABELS)
    assert_transforms_alike(pipeline, NUMBERS, None)


def test_a_step_that_gives_frames_gives_them_still():
    rows = FRAME[["a", "whole"]]
    step = ColumnTransformer([("n", SCALE, ["whole"])], remainder="passthrough").set_output(transform="pandas")
    pipeline = make_pipeline(step, LogisticRegression()).fit(rows, LABELS)
    pd.testing.assert_frame_equal(transform_before_last(pipeline, list(rows))(rows), pipeline[:-1].transform(rows))


def test_columns_behind_another_step_are_picked_by_scikit_learn():
    rows = FRAME[["a", "whole"]]
    swapped = FunctionTransformer(lambda frame: frame[["whole", "a"]])
    pipeline = make_pipeline(swapped, ColumnTransformer([("n", SCALE, ["a"])]), LogisticRegression()).fit(rows, LABELS)
    assert_transforms_alike(pipeline, rows, list(rows))


def test_a_frame_without_names_is_left_to_scikit_learn():
    rows = pd.DataFrame(NUMBERS)
    pipeline = make_pipeline(ColumnTransformer([("n", SCALE, [0, 2])]), LogisticRegression()).fit(rows, LABELS)
    assert_transforms_alike(pipeline, rows, [0, 1, 2])


def test_only_a_pipeline_of_scikit_learns_own_class_is_one():
    class Other(Pipeline):
        pass

    steps = [("scale", SCALE), ("last", LogisticRegression())]
    assert is_pipeline(Pipeline(steps))
    assert not is_pipeline(Other(steps))
    assert last_step(Pipeline(steps)) is steps[-1][1]
