"""The kind of input that a column of a DataFrame is."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from iris_api.errors import ArtifactError
from iris_api.inference.category import MAX_VALUES
from iris_api.inference.columns import FLOAT32_MAX, MAX_CHARACTERS, Boolean, Category, Column, Datetime, Integer, Number, Text
from iris_api.training.choices import Choices
from iris_api.training.datasets import described

MIN_CATEGORIES, CATEGORY_SHARE, MAX_CATEGORIES = 20, 0.05, 1000


def column_of(name: str, series: pd.Series, choices: Choices) -> Column:
    """The input that ``series``, a column called ``name``, is by its dtype and its values; ``choices`` may say otherwise.

    Raises
    ------
    ArtifactError
        If it holds what no kind of input can.
    """
    there = series.dropna()
    if not len(there):
        raise ArtifactError(f"column {name!r} has no value at all; leave it out and fit the model again, or give rows that have one")
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
    values = there.cat.categories.tolist()
    if {type(value) for value in values} not in ({str}, {int}, {bool}):
        raise ArtifactError(
            f"column {common['name']!r} has categories of {there.cat.categories.dtype}; a category is a text, a whole number or a truth"
            " value: convert them (astype(str)) before the model is fitted"
        )
    if len(values) > MAX_VALUES:
        raise ArtifactError(f"column {common['name']!r} has {len(values)} categories; at most {MAX_VALUES} are served")
    return Category(**common, values=values, example=plain_of(there.iloc[0]))


def _text(common: dict[str, Any], there: pd.Series) -> Category | Text:
    common.pop("unit", None)
    values = sorted(there.unique().tolist())
    few = min(MAX_CATEGORIES, max(MIN_CATEGORIES, int(CATEGORY_SHARE * len(there))))
    return _one_of(common, there) if len(values) <= few and len(values) < len(there) else _free_text(common, there)


def _one_of(common: dict[str, Any], there: pd.Series) -> Category:
    common.pop("unit", None)
    # whole numbers are floats where a value is missing
    values = sorted({_whole(plain_of(value)) for value in there})
    if len(values) > MAX_VALUES:
        raise ArtifactError(
            f"column {common['name']!r} has {len(values)} different values, and a category at most {MAX_VALUES}; read it as text"
        )
    return Category(**common, values=values, example=_whole(plain_of(there.iloc[0])))


def _free_text(common: dict[str, Any], there: pd.Series) -> Text:
    common.pop("unit", None)
    return Text(**common, max_characters=max(MAX_CHARACTERS, int(there.str.len().max())), example=there.iloc[0])


def _datetime(common: dict[str, Any], there: pd.Series) -> Datetime:
    common.pop("unit", None)
    zoned = isinstance(there.dtype, pd.DatetimeTZDtype)
    has_time = zoned or bool((there.dt.normalize() != there).any())
    low, high, first = (moment_of(value, has_time) for value in (there.min(), there.max(), there.iloc[0]))
    return Datetime(**common, has_time=has_time, is_zoned=zoned, seen_minimum=low, seen_maximum=high, example=first.isoformat())


def moment_of(value: pd.Timestamp, has_time: bool) -> datetime | date:
    """``value`` as Python has it; a date if it ``has_time`` not."""
    moment: datetime = value.to_pydatetime(warn=False)
    return moment if has_time else moment.date()


_Make = Callable[[dict[str, Any], pd.Series], Column]
_KINDS: tuple[tuple[Callable[[Any, pd.Series], bool], _Make], ...] = (
    (lambda dtype, _: isinstance(dtype, pd.CategoricalDtype), _categorical),
    (lambda dtype, _: pd.api.types.is_bool_dtype(dtype), _boolean),
    (lambda dtype, _: pd.api.types.is_integer_dtype(dtype), _integer),
    (lambda dtype, _: pd.api.types.is_float_dtype(dtype), _number),
    (lambda dtype, _: pd.api.types.is_datetime64_any_dtype(dtype), _datetime),
    (lambda dtype, there: isinstance(dtype, pd.StringDtype) or _are(there, str), _text),
    (lambda _, there: _are(there, bool, np.bool_), _boolean),
)


_CHOSEN: dict[str, _Make] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "category": _one_of,
    "text": _free_text,
    "datetime": _datetime,
}


def _are(there: pd.Series, *kinds: type) -> bool:
    return {type(value) for value in there.to_numpy(dtype=object).tolist()} <= set(kinds)


def plain_of(value: Any) -> Any:
    """``value`` of numpy as Python has it."""
    return value.item() if isinstance(value, np.generic) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value
