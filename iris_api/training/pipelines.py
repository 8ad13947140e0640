"""The plainest pipeline that does well on a table, chosen by the kinds of its columns."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from iris_api.inference.layouts import Texts
from iris_api.training.datasets import Dataset
from iris_api.training.refit import SEED

TREES = 100
ROWS_WORTH_THREADS = 5000
MAX_NATIVE_CATEGORIES = 255
MAX_ITERATIONS = 1000


class Pipeline(NamedTuple):
    """An unfitted estimator, and what a person calls it."""

    name: str
    estimator: Any


def is_regression(dataset: Dataset) -> bool:
    """Whether the labels of ``dataset`` are numbers to predict: classes are integers, truth values or texts."""
    return dataset.labels is not None and dataset.labels.dtype.kind == "f"


def pipeline_for(dataset: Dataset) -> Pipeline:
    """What to fit on ``dataset``, which has labels.

    Numbers get a random forest; numbers of which some are missing, or beside categories, a histogram gradient boosting; texts
    TF-IDF weights and a linear model, beside the other columns one-hot encoded or scaled.
    """
    numbers = is_regression(dataset)
    kinds = {column.kind for column in dataset.inputs}
    if isinstance(dataset.layout, Texts):
        return Pipeline("TF-IDF weights and a linear model", make_pipeline(TfidfVectorizer(), _linear(numbers)))
    if "text" in kinds:
        return Pipeline("TF-IDF weights, encoded columns and a linear model", make_pipeline(_encoder(dataset), _linear(numbers)))
    if "category" in kinds or any(column.nullable for column in dataset.inputs):
        boosting = HistGradientBoostingRegressor if numbers else HistGradientBoostingClassifier
        return Pipeline("a histogram gradient boosting", boosting(random_state=SEED))
    jobs = -1 if len(dataset.rows) >= ROWS_WORTH_THREADS else 1
    forest = RandomForestRegressor if numbers else RandomForestClassifier
    return Pipeline("a random forest", forest(n_estimators=TREES, random_state=SEED, n_jobs=jobs))


def baseline_for(dataset: Dataset) -> Any:
    """An unfitted estimator that looks at no column: it always says the most frequent class, or the mean."""
    return DummyRegressor() if is_regression(dataset) else DummyClassifier()


def _linear(numbers: bool) -> Any:
    return Ridge() if numbers else LogisticRegression(max_iter=MAX_ITERATIONS)


def _encoder(dataset: Dataset) -> ColumnTransformer:
    by_kind: dict[str, list[str]] = {}
    for column in dataset.inputs:
        by_kind.setdefault("number" if column.kind in ("integer", "boolean") else column.kind, []).append(column.name)
    steps: list[tuple[str, Any, Any]] = [(f"text_{index}", TfidfVectorizer(), name) for index, name in enumerate(by_kind["text"])]
    if "category" in by_kind:
        steps.append(("categories", OneHotEncoder(handle_unknown="ignore"), by_kind["category"]))
    if "number" in by_kind:
        steps.append(("numbers", make_pipeline(SimpleImputer(missing_values=np.nan), StandardScaler()), by_kind["number"]))
    return ColumnTransformer(steps)
