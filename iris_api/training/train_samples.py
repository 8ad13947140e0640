"""The rows of a table to train a model of its own on: which columns are used, and whether classes or numbers are predicted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Column, Integer, Number
from iris_api.inference.signature import Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.cells import convert, infer
from iris_api.training.choices import Choices
from iris_api.training.datasets import Dataset
from iris_api.training.inferred_columns import Inferred
from iris_api.training.pipelines import MAX_NATIVE_CATEGORIES, is_regression
from iris_api.training.samples import dataset_of
from iris_api.training.table_frames import frame_of
from iris_api.training.table_samples import NUMERIC, Source, matrix_of
from iris_api.training.tables import quoted
from iris_api.training.target_columns import spelt_cells

MAX_NUMBERED_CLASSES = 20
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


class Trainable(NamedTuple):
    """A data set with labels, the columns that were read, and what a person should know of both, one sentence each."""

    dataset: Dataset
    columns: list[Inferred]
    notes: tuple[str, ...]


def trainable(source: Source) -> Trainable:
    """The rows of ``source`` with the labels in its one target: floats for a regression, else classes.

    Classes that are all written as whole numbers become integers; any others stay text.

    Raises
    ------
    ArtifactError
        If the target is no column of classes or numbers, or no column is left to predict it from.
    """
    (target,) = source.choices.targets
    labels, notes = _labels(source, target)
    columns, left_out = _used(source, [name for name in source.table.header if name != target])
    if not columns:
        raise ArtifactError(f"{source.path} has no column besides {quoted(target)} that can be used; {' '.join(left_out)}")
    dataset = replace(_rows(source, columns, labels), targets=(target,))
    return Trainable(dataset, columns, (*notes, *left_out))


def task_for(dataset: Dataset) -> Task:
    """What a pipeline that is fitted on ``dataset``, which has labels, is for."""
    labels = np.asarray(dataset.labels)
    if not is_regression(dataset):
        return Classification(classes=np.unique(labels).tolist())
    (name,) = dataset.targets
    return Regression(targets=[Target(name=name, seen_minimum=float(labels.min()), seen_maximum=float(labels.max()))])


def _labels(source: Source, target: str) -> tuple[NDArray[Any], list[str]]:
    cells = spelt_cells(source, target)
    found = infer(target, source.table.columns[target], source.table.origin)
    task, notes = source.choices.task, []
    if task is None and found.kind in ("number", "integer"):
        count = len(set(found.values))
        task = _numeric_task(found)
        other = "classification" if task == "regression" else "regression"
        what = "whole numbers, which are read as classes" if task == "classification" else "numbers, so this is a regression"
        # nobody would take two numbers for a quantity
        notes = [f"The target {quoted(target)} has {count} different {what}; --task {other} changes that."] if count > 2 else []
    if task == "regression":
        values = convert(target, source.table.columns[target], "number", False, source.table.origin).values
        return np.array(values, dtype=np.float64), notes
    return _classes(source, target, cells), notes


def _numeric_task(found: Inferred) -> Any:
    """Few different whole numbers are classes, all other numbers are quantities."""
    values = set(found.values)
    is_coded = all(float(value).is_integer() for value in values) and len(values) <= MAX_NUMBERED_CLASSES
    return "classification" if is_coded and len(values) < len(found.values) else "regression"


def _classes(source: Source, target: str, cells: Sequence[str]) -> NDArray[Any]:
    coded = all(_INTEGER.fullmatch(cell) for cell in cells)
    labels = np.array([int(cell) for cell in cells]) if coded else np.array(cells)
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) < 2:
        raise ArtifactError(f"{source.path} has only one class in column {quoted(target)}; a classifier needs two or more")
    if counts.max() == 1:
        raise ArtifactError(f"{source.path} has another value in every row of column {quoted(target)}; that is no column of classes")
    return labels


def _used(source: Source, names: Sequence[str]) -> tuple[list[Inferred], list[str]]:
    """The columns that a pipeline can use, and notes: why each other one is left out."""
    used, notes = [], []
    for column in source.columns(names):
        reason = None if column.name in source.choices.kinds and column.kind != "datetime" else _useless(column)
        if reason is None:
            used.append(_filled(column))
            if column.kind == "text" and column.nullable:
                notes.append(f"Column {quoted(column.name)} is missing in some rows; an empty text stands for that.")
        else:
            notes.append(f"Column {quoted(column.name)} is left out, as {reason}.")
    return used, notes


def _useless(column: Inferred) -> str | None:
    there = [value for value in column.values if value is not None]
    if not there:
        return "it has no values"
    if column.kind == "datetime":
        return "dates are not used as they are; add columns such as the month or the days since another date"
    if column.kind == "text" and len(set(there)) == len(there) and not any(" " in value.strip() for value in there):
        return f"it has another word in every row, as an identifier has; --kind '{column.name}=text' keeps it"
    if column.kind == "category" and len(set(there)) > MAX_NATIVE_CATEGORIES:
        return f"it has {len(set(there))} categories, more than {MAX_NATIVE_CATEGORIES}; --kind '{column.name}=text' uses their words"
    return None


def _rows(source: Source, columns: list[Inferred], labels: Any) -> Dataset:
    kinds = {column.kind for column in columns}
    if kinds == {"text"} and len(columns) == 1:
        dataset = dataset_of(source.path.stem, list(map(str, columns[0].values)), labels, None)
        return replace(dataset, inputs=(dataset.inputs[0].model_copy(update={"name": columns[0].name}),))
    if kinds <= NUMERIC:
        dataset = matrix_of(source.path, columns, labels)
        return replace(dataset, inputs=tuple(_any_number(column) for column in dataset.inputs))
    from iris_api.training.frame_samples import as_frame

    frame = frame_of(columns, as_categories="text" not in kinds)
    inputs, layout, rows = as_frame(frame, _kinds_of(source.choices, columns))
    return Dataset(source.path.stem, inputs, layout, rows, labels)


def _any_number(column: Column) -> Column:
    """What was fitted on whole numbers answers all between them as well."""
    if not isinstance(column, Integer):
        return column
    members = column.model_dump(exclude={"kind"})
    return Number(**{**members, "example": None if column.example is None else float(column.example)})


def _filled(column: Inferred) -> Inferred:
    """A text that is missing is empty: a vectorizer takes no other."""
    if column.kind != "text":
        return column
    return replace(column, values=["" if value is None else value for value in column.values], nullable=False)


def _kinds_of(choices: Choices, columns: Sequence[Inferred]) -> Choices:
    nullable = frozenset(column.name for column in columns if column.nullable)
    return replace(choices, kinds={column.name: column.kind for column in columns}, nullable=nullable)
