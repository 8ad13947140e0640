"""The steps of a scikit-learn pipeline as plain functions, without what scikit-learn does around them for every call.

What a `ColumnTransformer` does to pick columns and to run transformers side by side takes longer than most transformers do for one
row. Its result is the same columns, transformed and put side by side.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array

Transform = Callable[[Any], Any]
_Part = tuple[Transform, Transform, Any]
"""Picks columns, transforms them, and what the result is multiplied with, if anything is."""
_PASSED = ("passthrough", None)
_OUTPUT = "_sklearn_output_config"


def is_pipeline(estimator: Any) -> bool:
    """Whether ``estimator`` is a pipeline of scikit-learn's own class; a subclass may answer otherwise."""
    return type(estimator) is Pipeline


def last_step(pipeline: Any) -> Any:
    """The estimator that a pipeline ends in."""
    return pipeline.steps[-1][1]


def transform_before_last(pipeline: Any, columns: list[Any] | None) -> Transform:
    """What a pipeline does to rows before its last step.

    ``columns`` are the names of the columns of the DataFrames that it is given, in their order; None if it is given something else.
    """
    return _in_turn([step for _, step in pipeline.steps[:-1]], columns)


def _in_turn(steps: list[Any], columns: list[Any] | None) -> Transform:
    done = [step for step in steps if step not in _PASSED]
    transforms = [_transform_of(step, None if place else columns) for place, step in enumerate(done)]
    return lambda rows: reduce(lambda given, transform: transform(given), transforms, rows)


def _transform_of(step: Any, columns: list[Any] | None) -> Transform:
    if type(step) is Pipeline:
        return _in_turn([inner for _, inner in step.steps], columns)
    parts = _parts(step, columns) if type(step) is ColumnTransformer and not vars(step).get(_OUTPUT) else None
    return _side_by_side(step, parts) if parts else step.transform


def _side_by_side(step: Any, parts: list[_Part]) -> Transform:
    """Does what ``step.transform`` does."""
    is_sparse = step.sparse_output_

    def transform(rows: Any) -> Any:
        made = []
        for pick, of_columns, weight in parts:
            part = of_columns(pick(rows))
            made.append(part if weight is None else part * weight)
        if is_sparse:
            return sparse.hstack([check_array(part, accept_sparse=True, ensure_all_finite=False) for part in made]).tocsr()
        return np.hstack([part.toarray() if sparse.issparse(part) else part for part in made])

    return transform


def _parts(step: Any, columns: list[Any] | None) -> list[_Part] | None:
    """The transformers of ``step`` that do something, or None if it picks columns in a way that is not known here."""
    if getattr(step, "feature_names_in_", np.array([])).tolist() != (columns or []):
        return None
    weights, parts = step.transformer_weights or {}, []
    for name, transformer, chosen in step.transformers_:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        places = _places(chosen, int(step.n_features_in_), columns)
        if places is None or isinstance(transformer, str):
            return None
        if len(places):
            pick = _one(places[0], columns) if np.isscalar(chosen) else _several(places, columns)
            parts.append((pick, _transform_of(transformer, None), weights.get(name)))
    return parts


def _one(place: int, columns: list[Any] | None) -> Transform:
    """Picks a column as values (n,)."""
    return (lambda rows: rows[:, place]) if columns is None else (lambda rows: rows[columns[place]])


def _several(places: NDArray[np.intp], columns: list[Any] | None) -> Transform:
    """Picks columns as a table (n, columns)."""
    # of a DataFrame, this takes a quarter of the time that picking by name does
    return (lambda rows: rows[:, places]) if columns is None else (lambda rows: rows.take(places, axis=1))


def _places(chosen: Any, width: int, columns: list[Any] | None) -> NDArray[np.intp] | None:
    """Where the columns are that a transformer has ``chosen`` of ``width`` ones, or None if that cannot be told."""
    if isinstance(chosen, slice):
        by_name = any(isinstance(end, str) for end in (chosen.start, chosen.stop))
        return None if by_name else np.arange(width)[chosen]
    wanted: list[Any] = [chosen] if np.isscalar(chosen) else list(chosen)
    if columns is not None and all(isinstance(one, str) for one in wanted):
        return np.array([columns.index(one) for one in wanted], dtype=np.intp)
    if all(isinstance(one, bool | np.bool_) for one in wanted):
        return np.flatnonzero(wanted)
    if all(isinstance(one, int | np.integer) for one in wanted):
        return np.arange(width)[np.array(wanted, dtype=np.intp)]
    return None
