"""What the data that a model was fitted on says of the model's inputs: kinds, values, ranges, and how rows reach the estimator."""

from math import isnan
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.columns import FLOAT32_MAX, MAX_CHARACTERS, Array, Column, Number, Text
from iris_api.inference.layouts import Layout, Matrix, Rows, Texts
from iris_api.training.choices import NOTHING_CHOSEN, Choices
from iris_api.training.datasets import Dataset, numbers_of

TEXT = "text"


def dataset_of(name: str, X: Any, y: Any, estimator: Any, choices: Choices = NOTHING_CHOSEN) -> Dataset:  # noqa: N803 - scikit-learn's own names
    """The rows ``X`` that ``estimator`` was fitted on, a DataFrame, an array or a list of texts, and what it learned of them.

    Parameters
    ----------
    name
        What the data is called.
    X
        Shape (n, columns), or n texts.
    y
        Classes or numbers, shape (n) or (n, targets); None if they are not known.
    estimator
        Says how rows are to reach it: a DataFrame of plain numbers may do so as a matrix.
    choices
        Kinds of the columns of a DataFrame, and which of them may be missing, where the DataFrame does not say so.

    Raises
    ------
    ArtifactError
        If a column holds what no kind of input can.
    """
    labels, targets = _labels(y)
    if hasattr(X, "columns"):
        from iris_api.training.frame_samples import of_frame

        inputs, layout, rows = of_frame(X, estimator, choices)
    elif _are_texts(X):
        inputs, layout, rows = _of_texts(list(X))
    else:
        inputs, layout, rows = _of_array(np.asarray(X))
    if labels is not None and len(labels) != len(rows):
        raise ArtifactError(f"y has {len(labels)} values, X has {len(rows)} rows; give those that belong together")
    return Dataset(name, inputs, layout, rows, labels, targets)


def _labels(y: Any) -> tuple[Any, tuple[str, ...]]:
    if y is None:
        return None, ("target",)
    if hasattr(y, "columns"):
        return y.to_numpy(), tuple(map(str, y.columns))
    name = getattr(y, "name", None)
    return np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y), (str(name) if name is not None else "target",)


def _are_texts(X: Any) -> bool:  # noqa: N803 - scikit-learn's own name
    if getattr(X, "ndim", 1) != 1 or not len(X):
        return False
    return all(isinstance(value, str) for value in X)


def _of_texts(texts: list[str]) -> tuple[tuple[Column, ...], Layout, Rows]:
    longest = max(map(len, texts))
    column = Text(name=TEXT, max_characters=max(MAX_CHARACTERS, longest), example=texts[0])
    return (column,), Texts(), [[text] for text in texts]


def _of_array(rows: Any) -> tuple[tuple[Column, ...], Layout, Rows]:
    if rows.ndim != 2 or rows.dtype.kind not in "fiub" or not len(rows):
        raise ArtifactError(
            f"X must be a DataFrame, a list of texts or an array of numbers of two dimensions, not {rows.dtype} of {rows.shape}"
        )
    rows = rows.astype(np.float64)
    names = [f"x{index}" for index in range(rows.shape[1])]
    _check_range(rows, names)
    if np.isnan(rows).any():
        return _with_missing(rows, names), Matrix(), [[None if isnan(value) else value for value in row] for row in rows.tolist()]
    return numbers_of(names, names, rows), Matrix(), rows


def _with_missing(rows: Any, names: list[str]) -> tuple[Column, ...]:
    made = []
    for name, values in zip(names, rows.T, strict=True):
        there = values[~np.isnan(values)]
        seen = {"seen_minimum": float(there.min()), "seen_maximum": float(there.max()), "example": float(there[0])} if len(there) else {}
        made.append(Number(name=name, nullable=len(there) < len(values), **seen))
    return tuple(made)


def _check_range(rows: Any, names: list[str]) -> None:
    odd = np.flatnonzero((np.abs(rows) > FLOAT32_MAX).any(axis=0))
    if len(odd):
        raise ArtifactError(f"column {names[odd[0]]} has a number that no 32-bit float can hold")


def as_array(dataset: Dataset, name: str, shape: list[int]) -> Dataset:
    """``dataset``, whose columns are all plain numbers, with these as one array of ``shape`` that is called ``name``.

    Raises
    ------
    ArtifactError
        If they are not, or are not as many.
    """
    if not isinstance(dataset.rows, np.ndarray):
        raise ArtifactError("only columns of plain numbers can become an array")
    if dataset.rows.shape[1] != np.prod(shape):
        raise ArtifactError(
            f"an array of {' x '.join(map(str, shape))} has {np.prod(shape)} numbers, the model takes {dataset.rows.shape[1]}"
        )
    rows = [[row.reshape(shape).tolist()] for row in dataset.rows]
    seen = {"seen_minimum": float(dataset.rows.min()), "seen_maximum": float(dataset.rows.max())}
    column = Array(name=name, shape=shape, **seen, example=rows[0][0])
    return Dataset(dataset.name, (column,), Matrix(), rows, dataset.labels, dataset.targets)
