"""The rows of a table as an estimator was fitted on them: a matrix of numbers, a DataFrame, or texts."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline

from iris_api.errors import ArtifactError
from iris_api.inference.columns import FLOAT32_MAX, Array, Boolean, Category, Column, Integer, Number, flat
from iris_api.inference.layouts import Matrix, Rows
from iris_api.inference.unpickling import estimators_in, holds_own
from iris_api.training.cells import convert, infer
from iris_api.training.choices import Choices
from iris_api.training.datasets import COLUMN_NAME, Dataset, described
from iris_api.training.inferred_columns import Inferred, is_null
from iris_api.training.own_classes import needs_names
from iris_api.training.samples import as_array, dataset_of
from iris_api.training.table_files import TableFile
from iris_api.training.table_frames import frame_of
from iris_api.training.tables import listed, quoted

PROBED_ROWS = 50
NUMERIC = frozenset(["number", "integer", "boolean", "array"])


@dataclass(frozen=True, slots=True)
class Source:
    """A table and where it is from.

    Parameters
    ----------
    path
        The file.
    table
        What it holds.
    choices
        What a person says of it.
    """

    path: Path
    table: TableFile
    choices: Choices

    def columns(self, names: Sequence[str]) -> list[Inferred]:
        """The columns ``names``, each of the kind that was chosen or else inferred.

        Raises
        ------
        ArtifactError
            If a column has no name that can be one, or cells that are not of its kind.
        """
        return [self._column(name) for name in names]

    def _column(self, name: str) -> Inferred:
        if not re.fullmatch(COLUMN_NAME, name):
            raise ArtifactError(
                f"{self.path}: column {quoted(name)} cannot be a name; it must have 1 to 128 characters and no control characters"
            )
        cells, origin, choices = self.table.columns[name], self.table.origin, self.choices
        nullable = name in choices.nullable
        if name in choices.kinds:
            return convert(name, cells, choices.kinds[name], nullable, origin)
        found = infer(name, cells, origin)
        return replace(found, nullable=found.nullable or nullable)


def rows_of(source: Source, columns: list[Inferred], labels: Any, estimator: Any) -> Dataset:
    """The rows of ``columns``, in the order in which ``estimator`` was fitted on them, with ``labels`` (n) or (n, targets) or None.

    Raises
    ------
    ArtifactError
        If the estimator cannot be given such rows.
    """
    targets = source.choices.targets or ("target",)
    if takes_texts(estimator):
        rows = dataset_of(source.path.stem, _texts(source, columns), labels, estimator)
        inputs = (rows.inputs[0].model_copy(update={"name": columns[0].name, **_meaning(columns[0].name)}),)
        return replace(rows, inputs=inputs, targets=targets)
    if takes_matrix(columns, estimator):
        made = _shaped(matrix_of(source.path, columns, labels), source.choices)
    else:
        made = _framed(source, columns, labels, estimator)
    return replace(made, targets=targets)


def takes_texts(estimator: Any) -> bool:
    """Whether ``estimator`` begins with what turns a list of texts into numbers."""
    if isinstance(estimator, Pipeline):
        return takes_texts(estimator.steps[0][1])
    if isinstance(estimator, FeatureUnion):
        return all(takes_texts(transformer) for _, transformer in estimator.transformer_list)
    return isinstance(estimator, CountVectorizer | HashingVectorizer)


def takes_matrix(columns: Sequence[Inferred], estimator: Any) -> bool:
    """Whether ``estimator`` takes ``columns`` as an array of numbers, as it takes a DataFrame of them if it was fitted on one."""
    if not all(_is_numeric(column) for column in columns):
        return False
    if any(hasattr(inner, "transformers_") or hasattr(inner, "_sklearn_output_config") for inner in estimators_in(estimator)):
        return False
    is_flat = all(column.kind != "array" for column in columns)
    if is_flat and holds_own(estimator) and needs_names(estimator, _matrix(columns), [column.name for column in columns]):
        return False
    is_plain = all(column.kind in ("number", "integer") and not column.nullable for column in columns)
    return is_plain or not hasattr(estimator, "feature_names_in_")


def matrix_of(path: Path, columns: Sequence[Inferred], labels: Any) -> Dataset:
    """The rows of ``columns``, all of them numbers, booleans or arrays, as a matrix; ``labels`` as in `rows_of`.

    Raises
    ------
    ArtifactError
        If a number is too large for an estimator.
    """
    inputs = tuple(_numeric(path, column) for column in columns)
    rows: Rows
    if all(isinstance(column, Number | Integer) and not column.nullable for column in inputs):
        rows = np.array([column.values for column in columns], dtype=np.float64).T.copy()
    else:
        rows = [list(row) for row in zip(*(column.values for column in columns), strict=True)]
    return Dataset(path.stem, inputs, Matrix(), rows, labels)


def _matrix(columns: Sequence[Inferred]) -> Any:
    """The values of ``columns``, none of them an array, as an array of numbers (n, columns)."""
    return np.array([column.values for column in columns], dtype=np.float64).T


def _texts(source: Source, columns: list[Inferred]) -> list[str]:
    if len(columns) != 1:
        names = listed([column.name for column in columns])
        raise ArtifactError(f"{source.path}: the model takes texts, one column of them, and the file has {names}; leave the others out")
    (column,) = columns
    # a vectorizer takes no missing value, so whoever fitted it has given it empty texts
    cells = ("" if is_null(cell) else cell for cell in source.table.columns[column.name])
    return [cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in cells]


def _is_numeric(column: Inferred) -> bool:
    if column.kind == "category":
        return not any(isinstance(value, str) for value in column.values)
    return column.kind in NUMERIC


def _meaning(name: str) -> dict[str, Any]:
    return {"description": described(name)["description"]}


def _numeric(path: Path, column: Inferred) -> Column:
    name, there = column.name, [value for value in column.values if value is not None]
    common: dict[str, Any] = {"name": name, "nullable": column.nullable, **described(name)}
    example = there[0] if there else None
    if column.kind in ("boolean", "category"):
        common.pop("unit", None)
        if column.kind == "boolean":
            return Boolean(**common, example=example)
        return Category(**common, values=sorted(set(there)), example=example)
    numbers = np.fromiter(flat(there), dtype=np.float64)
    if (np.abs(numbers) > FLOAT32_MAX).any():
        raise ArtifactError(f"{path}: column {quoted(name)} has a number that no 32-bit float can hold")
    if len(numbers):
        common |= {"seen_minimum": float(numbers.min()), "seen_maximum": float(numbers.max())}
    if column.kind == "array":
        return Array(**common, shape=list(column.shape), example=example)
    return Integer(**common, example=example) if column.kind == "integer" else Number(**common, example=example)


def _shaped(dataset: Dataset, choices: Choices) -> Dataset:
    arrays = {column.name: column.shape for column in dataset.inputs if isinstance(column, Array)}
    for name, shape in choices.arrays.items():
        if arrays.get(name) != list(shape):
            dataset = as_array(dataset, name, list(shape))
    return dataset


def _framed(source: Source, columns: list[Inferred], labels: Any, estimator: Any) -> Dataset:
    array = next((column.name for column in columns if column.kind == "array"), None)
    if array is not None or source.choices.arrays:
        what = quoted(array) if array is not None else listed(list(source.choices.arrays))
        raise ArtifactError(
            f"{source.path}: {what} is an array, and the model takes columns that are no arrays; give it one column a number"
        )
    frame = frame_of(columns)
    try:
        estimator.predict(frame.head(PROBED_ROWS))
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise ArtifactError(_cannot_predict(source, columns, error)) from None
    kinds: dict[str, Any] = {column.name: column.kind for column in columns}
    nullable = frozenset(column.name for column in columns if column.nullable)
    return dataset_of(source.path.stem, frame, labels, estimator, replace(source.choices, kinds=kinds, nullable=nullable))


def _cannot_predict(source: Source, columns: list[Inferred], error: Exception) -> str:
    others = [f"{quoted(column.name)} as {column.kind}" for column in columns if not _is_numeric(column)]
    read = f" (it has {', '.join(others[:5])}{' and more' if len(others) > 5 else ''})" if others else ""
    target = "" if source.choices.targets else "; if one of the columns holds what is predicted, name it with --target"
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return (
        f"{source.path}: the model cannot predict the rows as they are read{read}: {reason.rstrip('.')};"
        f" read a column as the model knows it with --kind COLUMN=KIND{target}"
    )
