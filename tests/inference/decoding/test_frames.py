"""Estimators that were fitted on data frames: columns by name, categories of pandas, and frames for output."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from iris_api.inference.decoding.decode_errors import ForeignName
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.row_checks import add_row_check
from tests.inference.decoding.comparisons import WRITERS, answer, assert_same, fitted
from tests.inference.decoding.zoo import CITIES, FLAGS, GAPS, NUMBERS, SIZES, TEXTS, THREE

FRAME = pd.DataFrame(
    {
        "width": NUMBERS[:, 0],
        "gap": GAPS[:, 1],
        "city": CITIES.astype(object),
        "kind": pd.Categorical(THREE),
        "flag": FLAGS,
        "size": SIZES,
        "note": TEXTS,
    }
)
NUMERIC, NAMED = ["width", "gap", "size"], ["city", "kind", "flag"]
SCALED = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
HOT = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
BOTH = [("number", SCALED, NUMERIC), ("name", HOT, NAMED)]
MODELS = {
    "columns by name": ColumnTransformer(BOTH),
    "columns by name, before a line": make_pipeline(ColumnTransformer(BOTH), LogisticRegression()),
    "the rest as it is": ColumnTransformer([("name", HOT, NAMED), ("note", "drop", "note")], remainder="passthrough"),
    "the rest scaled": ColumnTransformer([("name", HOT, NAMED), ("note", "drop", ["note"])], remainder=StandardScaler()),
    "a slice of names": ColumnTransformer([("number", SCALED, slice("width", "gap")), ("name", HOT, slice("city", "flag"))]),
    "a mask": ColumnTransformer([("number", SCALED, [True, True, False, False, False, True, False])]),
    "numbers": ColumnTransformer([("number", SCALED, [0, -2]), ("name", HOT, np.array([2, 3]))]),
    "selected by type": ColumnTransformer([("number", SCALED, make_column_selector(dtype_include=np.number))]),
    "selected by types": ColumnTransformer(
        [
            ("number", SCALED, make_column_selector(dtype_include=["float64", int])),
            ("name", HOT, make_column_selector(dtype_include=[object])),
        ]
    ),
    "an index of names": ColumnTransformer([("number", SCALED, FRAME.columns[:2]), ("name", HOT, FRAME.columns[2:5])]),
    "selected by a pattern": ColumnTransformer([("name", OrdinalEncoder(), make_column_selector(pattern="^(c|k)", dtype_exclude=float))]),
    "patterns of names": ColumnTransformer(BOTH, verbose_feature_names_out="{feature_name}/{transformer_name}").set_output(
        transform="pandas"
    ),
    "frames for output": ColumnTransformer(BOTH, verbose_feature_names_out=False).set_output(transform="pandas"),
    "texts of one column": ColumnTransformer([("note", TfidfVectorizer(), "note"), ("width", "passthrough", ["width"])]),
    "encoded by the target": make_pipeline(ColumnTransformer([("name", TargetEncoder(random_state=0), NAMED[:2])]), LogisticRegression()),
    "a union": make_pipeline(
        ColumnTransformer([("number", FeatureUnion([("same", "passthrough"), ("near", KNNImputer())]), NUMERIC)]),
        FunctionTransformer(np.sign),
    ),
    "a function of frames": ColumnTransformer(
        [("log", FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["width"])]
    ).set_output(transform="pandas"),
}


@cache
def case(name):
    model = fitted(MODELS[name], FRAME, THREE)
    return model, answer(model, FRAME)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", MODELS)
def test_a_frame_gets_the_same_answer(name, writer):
    model, wanted = case(name)
    loaded = decode(WRITERS[writer](model))
    assert_same(answer(loaded, FRAME), wanted)
    assert_same(answer(loaded, FRAME[FRAME.columns[::-1]].iloc[:5]), answer(model, FRAME[FRAME.columns[::-1]].iloc[:5]))


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("categories", ["from_dtype", ["kind", "size"], [2]], ids=repr)
def test_boosting_of_categories_gets_the_same_answer(categories, writer):
    frame = FRAME[["width", "gap", "kind", "size"]]
    model = fitted(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5, categorical_features=categories), frame, THREE)
    loaded = decode(WRITERS[writer](model))
    assert_same(answer(loaded, frame), answer(model, frame))
    add_row_check(loaded)
    assert_same(answer(loaded, frame), answer(model, frame))


def own_selection(frame):
    return ["width"]


def test_a_function_that_selects_columns_is_refused_by_name():
    model = fitted(ColumnTransformer([("own", StandardScaler(), own_selection)]), FRAME)
    for writer in WRITERS.values():
        with pytest.raises(ForeignName, match="own_selection"):
            decode(writer(model))
