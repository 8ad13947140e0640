"""Which columns of numbers may be missing although training saw no gap in them: those that the pipeline answers without."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Column, Integer, Number
from iris_api.inference.layouts import Frame, Rows
from iris_api.inference.pipeline_steps import is_pipeline
from iris_api.training.datasets import Dataset
from iris_api.training.tables import quoted

PROBED_ROWS = 50
MAX_ASKED = 200
"""How often the estimator is asked at most; columns that are still unknown then may not be missing."""


def with_taken_gaps(dataset: Dataset, estimator: Any, required: frozenset[str] = frozenset()) -> Dataset:
    """``dataset`` with the numbers nullable that ``estimator`` answers without, except those called ``required``.

    Only a pipeline and an estimator of DataFrames are asked. A bare estimator of a matrix has no step that fills gaps.

    Raises
    ------
    ArtifactError
        If a column that is ``required`` is missing in some rows of ``dataset``.
    """
    for column in dataset.inputs:
        if column.nullable and column.name in required:
            raise ArtifactError(f"column {quoted(column.name)} is required, but missing in some rows; fill these, or let it be missing")
    if not isinstance(dataset.layout, Frame) and not is_pipeline(estimator):
        return dataset
    places = [place for place, column in enumerate(dataset.inputs) if _may_have_gaps(column) and column.name not in required]
    inputs = list(dataset.inputs)
    for place in _answered_without(dataset, estimator, places):
        inputs[place] = inputs[place].model_copy(update={"nullable": True, "warns_if_missing": True})
    return replace(dataset, inputs=tuple(inputs))


def _may_have_gaps(column: Column) -> bool:
    return isinstance(column, Number | Integer) and not column.nullable


def _answered_without(dataset: Dataset, estimator: Any, places: list[int]) -> Iterator[int]:
    """Those of ``places`` whose columns ``estimator`` answers without; each group that is not answered is asked again in halves."""
    groups, rows = [places], _first(dataset.rows)
    for _ in range(MAX_ASKED):
        if not groups:
            return
        group = groups.pop()
        if _is_answered(dataset, estimator, _with_gaps(rows, group)):
            yield from group
        elif len(group) > 1:
            half = len(group) // 2
            groups += [group[half:], group[:half]]


def _first(rows: Rows) -> list[list[Any]]:
    some = rows[:PROBED_ROWS]
    return some.tolist() if isinstance(some, np.ndarray) else some


def _with_gaps(rows: Sequence[list[Any]], places: list[int]) -> list[list[Any]]:
    gaps = frozenset(places)
    return [[None if place in gaps else value for place, value in enumerate(row)] for row in rows]


def _is_answered(dataset: Dataset, estimator: Any, rows: list[list[Any]]) -> bool:
    try:
        with warnings.catch_warnings():
            # of names of columns, which an array does not have, and of rows without any value
            warnings.simplefilter("ignore")
            answers = np.asarray(estimator.predict(dataset.layout.assembler(dataset.inputs)(rows)))
    except Exception:  # noqa: BLE001 - whatever it raises, it does not answer
        return False
    return answers.dtype.kind != "f" or bool(np.isfinite(answers).all())
