"""Puts what a person says of a model's inputs and outputs into its description: bounds, units, meanings, names of classes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.abstract_column import BoundedColumn
from iris_api.inference.columns import Column
from iris_api.inference.labels import class_name
from iris_api.inference.layouts import Frame
from iris_api.inference.signature import Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.regression import Regression
from iris_api.inference.unpickling import forget_names
from iris_api.training.choices import Bounds, Choices
from iris_api.training.datasets import Dataset
from iris_api.training.near_names import unknown_name
from iris_api.training.tables import quoted
from iris_api.training.target_columns import spellings
from iris_api.training.tasks_of import task_of


def with_task(estimator: Any, dataset: Dataset, source: str, choices: Choices) -> Dataset:
    """``dataset``, whose rows ``estimator`` takes, with what it is for and what ``choices`` declare; raises as `task_of` and `declared` do.

    Where rows reach the estimator by position, it forgets the names of its columns.
    """
    if not isinstance(dataset.layout, Frame):
        forget_names(estimator)
    return declared(dataset, task_of(estimator, dataset, source, choices.task), choices)


def declared(dataset: Dataset, task: Task, choices: Choices) -> Dataset:
    """``dataset`` with ``task`` and what ``choices`` declare of both.

    Raises
    ------
    ConfigurationError
        If something is declared of a column or class that is not there, or that its kind cannot have.
    ArtifactError
        If the data has values outside of the bounds.
    """
    targets = [target.name for target in task.targets] if isinstance(task, Regression) else []
    inputs = [column.name for column in dataset.inputs]
    for what, given, known in (
        ("bounds", choices.bounds, inputs),
        ("a unit", choices.units, [*inputs, *targets]),
        ("a description", choices.descriptions, inputs),
        ("a requirement", choices.required, inputs),
    ):
        for name in given:
            if name not in known:
                raise ConfigurationError(f"{what} for {quoted(name)}: the model takes no such column; {unknown_name(name, known)}")
    return replace(
        dataset,
        inputs=tuple(_declared(column, choices) for column in dataset.inputs),
        task=_named(_with_units(task, choices), choices.classes),
    )


def _declared(column: Column, choices: Choices) -> Column:
    update: dict[str, Any] = {}
    if column.name in choices.descriptions:
        update["description"] = choices.descriptions[column.name]
    numeric = isinstance(column, BoundedColumn)
    for what, given in (("bounds", choices.bounds), ("a unit", choices.units)):
        if column.name in given and not numeric:
            raise ConfigurationError(
                f"{quoted(column.name)} is read as {column.kind}, which has no {what.removeprefix('a ')}; only numbers have"
            )
    if column.name in choices.units:
        update["unit"] = choices.units[column.name]
    if column.name in choices.bounds and isinstance(column, BoundedColumn):
        update |= _bounded(column, choices.bounds[column.name])
    return column.model_copy(update=update)


def _bounded(column: BoundedColumn, bounds: Bounds) -> dict[str, float | None]:
    try:
        low, high = (None if bound is None else float(bound) for bound in bounds)
    except (TypeError, ValueError):
        low, high = np.nan, None
    given = [bound for bound in (low, high) if bound is not None]
    if not np.isfinite(given).all() or given != sorted(given):
        raise ConfigurationError(f"the bounds of {quoted(column.name)} must be two numbers, the lower one first, of which one may be None")
    for seen in (column.seen_minimum, column.seen_maximum):
        if seen is not None and not (-np.inf if low is None else low) <= seen <= (np.inf if high is None else high):
            raise ArtifactError(
                f"column {quoted(column.name)} has {seen:.15g}, which is outside of its bounds; widen them or leave that row out"
            )
    return {"minimum": low, "maximum": high}


def _with_units(task: Task, choices: Choices) -> Task:
    if not isinstance(task, Regression):
        return task
    targets = [target.model_copy(update={"unit": choices.units.get(target.name, target.unit)}) for target in task.targets]
    return task.model_copy(update={"targets": targets})


def _named(task: Task, names: Mapping[str, str]) -> Task:
    """``task`` whose answers call classes, or labels, by ``names``, those that have one."""
    if not names:
        return task
    if not isinstance(task, Classification | Multilabel):
        raise ConfigurationError(f"classes have names, and the model is for {task.kind}; leave the names of classes out")
    given: list[Any] = list(task.classes if isinstance(task, Classification) else task.labels)
    shown = {class_name(label): next((names[each] for each in spellings(label) if each in names), class_name(label)) for label in given}
    known = {spelling for label in given for spelling in spellings(label)}
    for label in names:
        if label not in known:
            raise ConfigurationError(f"the class {quoted(label)} has a name and is none of the model's; {unknown_name(label, list(shown))}")
    if len(set(shown.values())) < len(shown):
        raise ConfigurationError("two classes have the same name; give each class a name of its own")
    member = "names" if isinstance(task, Classification) else "labels"
    # a copy of the model would keep what it remembers of its old names
    return type(task)(**{**task.model_dump(), member: list(shown.values())})
