"""What a DataFrame says of a model's inputs."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iris_api.errors import ArtifactError
from iris_api.inference.abstract_column import MAX_NAME
from iris_api.inference.columns import (
    Boolean,
    Category,
    Column,
    Datetime,
    Integer,
    Number,
)
from iris_api.inference.frames import CATEGORY, dtype_name
from iris_api.inference.layouts import Frame, Layout, Matrix, Rows
from iris_api.inference.unpickling import estimators_in, holds_own
from iris_api.training.choices import NOTHING_CHOSEN, Choices
from iris_api.training.datasets import COLUMN_NAME
from iris_api.training.series_kinds import column_of, moment_of, plain_of

PROBED_ROWS = 50
_BY_POSITION = ("sklearn", "xgboost", "lightgbm", "catboost", "iris_api")
UNSEEN_TEXT = "a value that training did not see"


def of_frame(
    X: pd.DataFrame,  # noqa: N803 - scikit-learn's own name
    estimator: Any,
    choices: Choices = NOTHING_CHOSEN,
) -> tuple[tuple[Column, ...], Layout, Rows]:
    """Inputs, layout and rows of ``X``, on which ``estimator`` was fitted; ``choices`` may say kinds, and what may be missing.

    Raises
    ------
    ArtifactError
        If a column has no name that can be one, or holds what no kind can.
    """
    inputs = _inputs(X, choices)
    if _takes_matrix(inputs, estimator):
        is_single = all(isinstance(dtype, np.dtype) for dtype in X.dtypes) and np.result_type(*X.dtypes) == np.float32
        return inputs, Matrix(dtype="float32" if is_single else "float64"), X.to_numpy(dtype=np.float64)
    rows = _rows(inputs, X)
    layout = _frame(X, inputs, rows)
    return opened(inputs, layout, rows, estimator), layout, rows


def as_frame(
    X: pd.DataFrame,  # noqa: N803 - scikit-learn's own name
    choices: Choices,
) -> tuple[tuple[Column, ...], Frame, Rows]:
    """Inputs, layout and rows of ``X`` as a DataFrame for an estimator that is not there yet; raises as `of_frame` does."""
    inputs = _inputs(X, choices)
    rows = _rows(inputs, X)
    return inputs, _frame(X, inputs, rows), rows


def opened(inputs: Sequence[Column], layout: Frame, rows: Rows, estimator: Any) -> tuple[Column, ...]:
    """``inputs`` with the categories open for which ``estimator`` answers values that training did not see."""
    asked, probed = layout.assembler(inputs), [list(row) for row in rows[:PROBED_ROWS]]
    return tuple(
        column.model_copy(update={"is_open": True})
        if _may_open(column, dtype) and _answers_unseen(estimator, asked, probed, index)
        else column
        for index, (column, dtype) in enumerate(zip(inputs, layout.dtypes, strict=True))
    )


def _inputs(X: pd.DataFrame, choices: Choices) -> tuple[Column, ...]:  # noqa: N803 - scikit-learn's own name
    if not len(X) or not len(X.columns):
        raise ArtifactError("X has no rows or no columns")
    _check_names(X.columns)
    return tuple(column_of(str(name), X[name], choices) for name in X.columns)


def _rows(inputs: Sequence[Column], X: pd.DataFrame) -> list[list[Any]]:  # noqa: N803 - scikit-learn's own name
    by_column = [_values(column, X[name]) for column, name in zip(inputs, X.columns, strict=True)]
    return [list(row) for row in zip(*by_column, strict=True)]


def _check_names(names: pd.Index) -> None:
    if names.nlevels > 1:
        raise ArtifactError(f"X has columns of {names.nlevels} levels; join them into one name a column, and fit the model again")
    as_text = [str(name) for name in names]
    odd = next((name for name in as_text if not re.fullmatch(COLUMN_NAME, name)), None)
    if odd is not None:
        raise ArtifactError(f"column {odd!r:.60} cannot be a name; it must have 1 to {MAX_NAME} characters and no control characters")
    if len(set(as_text)) < len(as_text):
        twice = next(name for index, name in enumerate(as_text) if name in as_text[:index])
        raise ArtifactError(f"column {twice!r} is there twice; give each column a name of its own")


def _values(column: Column, series: pd.Series) -> list[Any]:
    """The values of ``series`` as a validated row has them."""
    if isinstance(column, Datetime):
        return [None if value is pd.NaT else moment_of(value, column.has_time) for value in series]
    if isinstance(series.dtype, pd.CategoricalDtype):
        # pandas would list whole numbers as fractions as soon as one is missing
        by_code = [*series.cat.categories.tolist(), None]
        return [by_code[code] for code in series.cat.codes.tolist()]
    is_whole = isinstance(column, Integer) or (isinstance(column, Category) and type(column.values[0]) is int)
    plain: Callable[[Any], Any] = int if is_whole else _PLAIN.get(type(column), plain_of)
    # an array of objects is listed ten times as fast as texts of pandas
    values = series.to_numpy(dtype=object).tolist()
    return [None if gone else plain(value) for value, gone in zip(values, series.isna().tolist(), strict=True)]


_PLAIN: dict[type, Callable[[Any], Any]] = {Number: float, Boolean: bool}


def _takes_matrix(inputs: Sequence[Column], estimator: Any) -> bool:
    """Whether ``estimator`` takes plain numbers by position as it takes a frame of them."""
    if not all(isinstance(column, Number | Integer) and not column.nullable for column in inputs):
        return False
    # a step of the user's own need not be an estimator
    return not holds_own(estimator) and not any(_sees_columns(inner) for inner in estimators_in(estimator))


def _sees_columns(inner: Any) -> bool:
    """Whether an estimator may treat the columns of a frame otherwise than those of an array: by name, or each by its own dtype."""
    is_known = type(inner).__module__.partition(".")[0] in _BY_POSITION
    return not is_known or any(hasattr(inner, name) for name in ("transformers_", "_sklearn_output_config", "func"))


def _frame(X: pd.DataFrame, inputs: Sequence[Column], rows: Rows) -> Frame:  # noqa: N803 - scikit-learn's own name
    """The layout of ``X``, once it is sure that the rows give back the very frame."""
    # scikit-learn knows names that are texts alone
    layout = Frame(dtypes=[dtype_name(X[name]) for name in X.columns], has_names=isinstance(X.columns[0], str))
    made = layout.assembler(inputs)(rows)
    for index, name in enumerate(X.columns):
        wanted, given = X[name].reset_index(drop=True), made.iloc[:, index]
        if not given.equals(wanted):
            raise ArtifactError(
                f"column {name!r} of {wanted.dtype} cannot be carried over JSON as it is, as it would become {given.dtype};"
                " convert it before the model is fitted"
            )
    return layout


def _may_open(column: Column, dtype: str) -> bool:
    return isinstance(column, Category) and not dtype.startswith(CATEGORY) and isinstance(column.values[0], str)


def _answers_unseen(estimator: Any, asked: Callable[[Rows], pd.DataFrame], rows: list[list[Any]], index: int) -> bool:
    """Whether ``estimator`` answers ``rows`` with a value that training did not see in the column at ``index``."""
    probes = [[*row[:index], UNSEEN_TEXT, *row[index + 1 :]] for row in rows]
    try:
        estimator.predict(asked(probes))
    except Exception:  # noqa: BLE001 - whatever it raises, it does not answer
        return False
    return True
