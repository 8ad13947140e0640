"""What the data that a model was fitted on says of the model's inputs: kinds, values, ranges, and how rows reach the estimator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from iris_api.errors import ArtifactError
from iris_api.inference.columns import FLOAT32_MAX, MAX_CHARACTERS, Array, Boolean, Column, Number, Text
from iris_api.inference.layouts import Layout, Matrix, Rows, Texts
from iris_api.training.choices import NOTHING_CHOSEN, Choices
from iris_api.training.datasets import Dataset, numbers_of
from iris_api.training.known_answers import answers_of

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
        If ``X`` is none of these, a column holds what no kind of input can, or ``y`` does not belong to ``X``.
    """
    labels, targets = answers_of(y)
    inputs, layout, rows = _rows_of(X, estimator, choices)
    if labels is not None and len(labels) != len(rows):
        raise ArtifactError(f"y has {len(labels)} values, X has {len(rows)} rows; give those that belong together")
    return Dataset(name, inputs, layout, rows, labels, targets)


def _rows_of(X: Any, estimator: Any, choices: Choices) -> tuple[tuple[Column, ...], Layout, Rows]:  # noqa: N803 - scikit-learn's own name
    if issparse(X):
        raise ArtifactError(
            "X is a sparse matrix, but a client's row has a value for every column; give X.toarray(), or make a pipeline of the model"
            " and what made the matrix, and give the rows that the pipeline was fitted on"
        )
    library = _library_of_frame(X)
    if library == "pandas":
        from iris_api.training.frame_samples import of_frame

        return of_frame(X, estimator, choices)
    if library is not None:
        raise ArtifactError(f"X is a DataFrame of {library}; give one of pandas (X.to_pandas()), on which the model was fitted")
    is_list = isinstance(X, Sequence | np.ndarray) and not isinstance(X, str | bytes)
    if hasattr(X, "to_frame") or (is_list and getattr(X, "ndim", 1) == 1):
        return _of_sequence(X)
    return _of_array(_as_array(X))


def _library_of_frame(X: Any) -> str | None:  # noqa: N803 - scikit-learn's own name
    """The library whose DataFrame ``X`` is, pandas first where it is a class derived from one of its; None if it is no DataFrame."""
    if not hasattr(X, "columns"):
        return None
    libraries = [kind.__module__.partition(".")[0] for kind in type(X).__mro__]
    return "pandas" if "pandas" in libraries else libraries[0]


def _of_sequence(X: Any) -> tuple[tuple[Column, ...], Layout, Rows]:  # noqa: N803 - scikit-learn's own name
    """Of something with one dimension, unless its items are rows themselves."""
    items = X.tolist() if hasattr(X, "tolist") else list(X)
    if not items:
        raise ArtifactError("X has no rows or no columns")
    if hasattr(X, "to_frame") and not any(isinstance(item, str) for item in items):
        raise ArtifactError(f"X is a Series of {X.dtype}; give a DataFrame (X.to_frame()) or a list of texts, as the model was fitted on")
    if not isinstance(items[0], str):
        return _of_array(_as_array(X))
    odd = next((index for index, item in enumerate(items) if not isinstance(item, str)), None)
    if odd is not None:
        raise ArtifactError(f"X is a list of texts, but item {odd} is {items[odd]!r:.40}; replace or remove it")
    return _of_texts(items)


def _of_texts(texts: list[str]) -> tuple[tuple[Column, ...], Layout, Rows]:
    longest = max(map(len, texts))
    column = Text(name=TEXT, max_characters=max(MAX_CHARACTERS, longest), example=texts[0])
    return (column,), Texts(), [[text] for text in texts]


def _as_array(X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
    try:
        rows = np.asarray(X)
    except (TypeError, ValueError):
        raise ArtifactError("X has rows of different lengths; give each row a value for every column") from None
    if rows.ndim != 2 or rows.dtype.kind not in "fiub":
        if rows.ndim == 2 and rows.dtype.kind in "OUS":
            raise ArtifactError(f"X is an array of {rows.dtype}; give a DataFrame, whose columns have types of their own")
        shape = " x ".join(map(str, rows.shape)) or "no dimension"
        raise ArtifactError(f"X must be a DataFrame, a list of texts or an array of numbers of two dimensions, not {rows.dtype} of {shape}")
    return rows


def _of_array(rows: Any) -> tuple[tuple[Column, ...], Layout, Rows]:
    if not rows.size:
        raise ArtifactError("X has no rows or no columns")
    # many estimators calculate with 32 bits where they are given those
    layout = Matrix(dtype="float32") if rows.dtype == np.float32 else Matrix()
    is_truth, listed = rows.dtype == np.bool_, rows.tolist()
    rows = rows.astype(np.float64)
    names = [f"x{index}" for index in range(rows.shape[1])]
    if is_truth:
        return tuple(Boolean(name=name, example=bool(value)) for name, value in zip(names, rows[0], strict=True)), layout, listed
    _check_range(rows, names)
    missing = np.isnan(rows)
    if missing.any():
        values = rows.astype(object)
        values[missing] = None
        return _with_missing(rows, names), layout, values.tolist()
    return numbers_of(names, names, rows), layout, rows


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
    return Dataset(dataset.name, (column,), dataset.layout, rows, dataset.labels, dataset.targets)
