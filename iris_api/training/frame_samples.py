"""What a DataFrame says of a model's inputs."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from iris_api.errors import ArtifactError
from iris_api.inference.category import MAX_VALUES
from iris_api.inference.columns import (
    FLOAT32_MAX,
    MAX_CHARACTERS,
    Boolean,
    Category,
    Column,
    Datetime,
    Integer,
    Number,
    Text,
)
from iris_api.inference.frames import CATEGORY, dtype_name, frame_assembler
from iris_api.inference.layouts import Frame, Layout, Matrix, Rows
from iris_api.inference.unpickling import estimators_in
from iris_api.training.choices import NOTHING_CHOSEN, Choices
from iris_api.training.datasets import described

MIN_CATEGORIES, CATEGORY_SHARE, MAX_CATEGORIES = 20, 0.05, 1000
PROBED_ROWS = 50
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
    inputs, rows = _columns(X, choices)
    if _takes_matrix(inputs, estimator):
        return inputs, Matrix(), np.array(rows, dtype=np.float64)
    layout = _frame(X, inputs, rows)
    return opened(inputs, layout, rows, estimator), layout, rows


def as_frame(
    X: pd.DataFrame,  # noqa: N803 - scikit-learn's own name
    choices: Choices,
) -> tuple[tuple[Column, ...], Frame, Rows]:
    """Inputs, layout and rows of ``X`` as a DataFrame for an estimator that is not there yet; raises as `of_frame` does."""
    inputs, rows = _columns(X, choices)
    return inputs, _frame(X, inputs, rows), rows


def opened(inputs: Sequence[Column], layout: Frame, rows: Rows, estimator: Any) -> tuple[Column, ...]:
    """``inputs`` with the categories open for which ``estimator`` answers values that training did not see."""
    asked, probed = frame_assembler(inputs, layout.dtypes), [list(row) for row in rows[:PROBED_ROWS]]
    return tuple(
        column.model_copy(update={"is_open": True})
        if _may_open(column, dtype) and _answers_unseen(estimator, asked, probed, index)
        else column
        for index, (column, dtype) in enumerate(zip(inputs, layout.dtypes, strict=True))
    )


def _columns(X: pd.DataFrame, choices: Choices) -> tuple[tuple[Column, ...], list[list[Any]]]:  # noqa: N803 - scikit-learn's own name
    if not len(X) or not len(X.columns):
        raise ArtifactError("X has no rows or no columns")
    if not X.columns.is_unique:
        raise ArtifactError(f"column {X.columns[X.columns.duplicated()][0]!r} is there twice; give each column a name of its own")
    inputs = tuple(_column(str(name), X[name], choices) for name in X.columns)
    by_column = [_values(column, X[name]) for column, name in zip(inputs, X.columns, strict=True)]
    return inputs, [list(row) for row in zip(*by_column, strict=True)]


def _column(name: str, series: pd.Series, choices: Choices) -> Column:
    there = series.dropna()
    if not len(there):
        raise ArtifactError(f"column {name!r} has no value at all; leave it out")
    common = {"name": name, "nullable": len(there) < len(series) or name in choices.nullable, **described(name)}
    kind = choices.kinds.get(name)
    if kind is not None and not isinstance(series.dtype, pd.CategoricalDtype):
        return _CHOSEN[kind](common, there)
    for is_kind, make in _KINDS:
        if is_kind(series.dtype, there):
            return make(common, there)
    raise ArtifactError(f"column {name!r} holds values of {series.dtype} that no kind of input can; turn them into numbers, texts or dates")


def _number(common: dict[str, Any], there: pd.Series) -> Number:
    values = there.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (np.abs(values) > FLOAT32_MAX).any():
        raise ArtifactError(f"column {common['name']!r} has a number that no 32-bit float can hold")
    return Number(**common, seen_minimum=float(values.min()), seen_maximum=float(values.max()), example=float(values[0]))


def _integer(common: dict[str, Any], there: pd.Series) -> Integer:
    return Integer(**common, seen_minimum=int(there.min()), seen_maximum=int(there.max()), example=int(there.iloc[0]))


def _boolean(common: dict[str, Any], there: pd.Series) -> Boolean:
    common.pop("unit", None)
    return Boolean(**common, example=bool(there.iloc[0]))


def _categorical(common: dict[str, Any], there: pd.Series) -> Category:
    common.pop("unit", None)
    return Category(**common, values=there.cat.categories.tolist(), example=there.iloc[0])


def _text(common: dict[str, Any], there: pd.Series) -> Category | Text:
    common.pop("unit", None)
    values = sorted(set(there))
    few = min(MAX_CATEGORIES, max(MIN_CATEGORIES, int(CATEGORY_SHARE * len(there))))
    return _one_of(common, there) if len(values) <= few and len(values) < len(there) else _free_text(common, there)


def _one_of(common: dict[str, Any], there: pd.Series) -> Category:
    common.pop("unit", None)
    # whole numbers are floats where a value is missing
    values = sorted({_whole(_plain(value)) for value in there})
    if len(values) > MAX_VALUES:
        raise ArtifactError(
            f"column {common['name']!r} has {len(values)} different values, and a category at most {MAX_VALUES}; read it as text"
        )
    return Category(**common, values=values, example=_whole(_plain(there.iloc[0])))


def _free_text(common: dict[str, Any], there: pd.Series) -> Text:
    common.pop("unit", None)
    return Text(**common, max_characters=max(MAX_CHARACTERS, int(there.str.len().max())), example=there.iloc[0])


def _datetime(common: dict[str, Any], there: pd.Series) -> Datetime:
    common.pop("unit", None)
    zoned = isinstance(there.dtype, pd.DatetimeTZDtype)
    has_time = zoned or bool((there.dt.normalize() != there).any())
    low, high, first = (_moment(value, has_time) for value in (there.min(), there.max(), there.iloc[0]))
    return Datetime(**common, has_time=has_time, is_zoned=zoned, seen_minimum=low, seen_maximum=high, example=first.isoformat())


def _moment(value: pd.Timestamp, has_time: bool) -> datetime | date:
    moment: datetime = value.to_pydatetime(warn=False)
    return moment if has_time else moment.date()


_Make = Callable[[dict[str, Any], pd.Series], Column]
_KINDS: tuple[tuple[Callable[[Any, pd.Series], bool], _Make], ...] = (
    (lambda dtype, _: isinstance(dtype, pd.CategoricalDtype), _categorical),
    (lambda dtype, _: pd.api.types.is_bool_dtype(dtype), _boolean),
    (lambda dtype, _: pd.api.types.is_integer_dtype(dtype), _integer),
    (lambda dtype, _: pd.api.types.is_float_dtype(dtype), _number),
    (lambda dtype, _: pd.api.types.is_datetime64_any_dtype(dtype), _datetime),
    (lambda _, there: all(type(value) is str for value in there), _text),
    (lambda _, there: all(type(value) in (bool, np.bool_) for value in there), _boolean),
)


_CHOSEN: dict[str, _Make] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "category": _one_of,
    "text": _free_text,
    "datetime": _datetime,
}


def _values(column: Column, series: pd.Series) -> list[Any]:
    """The values of ``series`` as a validated row has them."""
    if isinstance(column, Datetime):
        return [None if value is pd.NaT else _moment(value, column.has_time) for value in series]
    kinds: dict[type, Callable[[Any], Any]] = {Number: float, Integer: int, Boolean: bool}
    plain = kinds.get(type(column), _plain)
    if isinstance(column, Category) and type(column.values[0]) is int:
        plain = int
    return [None if gone else plain(value) for value, gone in zip(series, series.isna(), strict=True)]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def _takes_matrix(inputs: Sequence[Column], estimator: Any) -> bool:
    """Whether ``estimator`` takes plain numbers by position as it takes a frame of them."""
    if not all(isinstance(column, Number | Integer) and not column.nullable for column in inputs):
        return False
    return not any(hasattr(inner, "transformers_") or hasattr(inner, "_sklearn_output_config") for inner in estimators_in(estimator))


def _frame(X: pd.DataFrame, inputs: Sequence[Column], rows: Rows) -> Frame:  # noqa: N803 - scikit-learn's own name
    """The layout of ``X``, once it is sure that the rows give back the very frame."""
    layout = Frame(dtypes=[dtype_name(X[name]) for name in X.columns])
    made = frame_assembler(inputs, layout.dtypes)(rows)
    for name in X.columns:
        wanted = X[name].reset_index(drop=True)
        if not made[str(name)].equals(wanted):
            raise ArtifactError(
                f"column {name!r} of {wanted.dtype} cannot be carried over JSON as it is, as it would become {made[str(name)].dtype};"
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
