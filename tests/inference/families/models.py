"""Small fitted models of each library: two classes, three classes and numbers, of tables with categories and missing values."""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

ROWS = 240
KINDS = ("binary", "multiclass", "regression")
LIBRARIES = ("catboost", "lightgbm", "xgboost")
_CLASSES = {
    "catboost": ("CatBoostClassifier", "CatBoostRegressor"),
    "lightgbm": ("LGBMClassifier", "LGBMRegressor"),
    "xgboost": ("XGBClassifier", "XGBRegressor"),
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "catboost": {"iterations": 12, "depth": 4, "verbose": False, "allow_writing_files": False},
    "lightgbm": {"n_estimators": 12, "min_child_samples": 5, "verbose": -1},
    "xgboost": {"n_estimators": 12, "max_depth": 4, "max_cat_to_onehot": 2, "enable_categorical": True},
}


@dataclass(frozen=True)
class Case:
    """A fitted model, the DataFrame or array it was fitted on, and its target."""

    model: Any
    data: Any
    target: Any


def frame(library: str) -> Any:
    """A table with numbers, missing ones among them, integers, and categories of texts and of integers."""
    import pandas as pd

    random = np.random.default_rng(20_261_127)
    table = pd.DataFrame(
        {
            "weight": random.normal(size=ROWS),
            "rooms in all": random.integers(0, 9, ROWS),
            "city": pd.Categorical(random.choice(["Bern", "Zürich", "Ulm", "Wien", "Linz"], ROWS)),
            "age": random.normal(40, 9, ROWS),
            "grade": pd.Categorical(random.choice([3, 5, 8], ROWS)),
        }
    )
    table.loc[::7, "age"] = np.nan
    if library != "catboost":
        table.loc[::11, "city"] = None
    return table


def target(library: str, kind: str, table: Any) -> Any:
    """What depends on most of the columns of ``table``: classes by number for XGBoost, which takes no others, else by name."""
    score = table["weight"] + (table["city"] == "Ulm") + np.nan_to_num(table["age"], nan=50) / 20 + table["grade"].astype(float) / 9
    if kind == "regression":
        return score.to_numpy() * 17
    count = KINDS.index(kind) + 2
    codes = np.digitize(score, np.quantile(score, [part / count for part in range(1, count)]))
    return codes if library == "xgboost" else np.array(["low", "fair", "high"])[codes]


def plain_rows(table: Any) -> Any:
    """The numbers of ``table`` as an array, with NaN for what is missing."""
    return table[["weight", "rooms in all", "age"]].to_numpy(dtype=np.float64)


def estimator(library: str, kind: str, **parameters: Any) -> Any:
    """One that is not fitted."""
    module = importlib.import_module(library)
    return getattr(module, _CLASSES[library][kind == "regression"])(**(_PARAMETERS[library] | parameters))


@cache
def case(library: str, kind: str) -> Case:
    """A model of a table."""
    table = frame(library)
    labels = target(library, kind, table)
    more = {"cat_features": ["city", "grade"]} if library == "catboost" else {}
    return Case(estimator(library, kind, **more).fit(table, labels), table, labels)


@cache
def plain_case(library: str, kind: str) -> Case:
    """A model of an array of numbers, some of them missing."""
    table = frame(library)
    numbers = plain_rows(table)
    labels = target(library, kind, table)
    return Case(estimator(library, kind).fit(numbers, labels), numbers, labels)


def assert_answers_as(made: Any, model: Any, rows: Any) -> None:
    """Hold ``made``, decoded from the pickle of ``model``, against it: equal bit for bit."""
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            given, wanted = getattr(made, method)(rows), getattr(model, method)(rows)
            assert (given.dtype, given.shape, given.tobytes()) == (wanted.dtype, wanted.shape, wanted.tobytes())
