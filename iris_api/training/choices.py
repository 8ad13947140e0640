"""What a person says of a model that its estimator and its data do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args

from iris_api.training.inferred_columns import Kind

TaskKind = Literal["classification", "regression", "multilabel", "outlier_detection", "clustering"]
TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)
Bounds = tuple[float | None, float | None]
"""The least and the greatest number that is taken; None where there is no limit."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What overrules or completes what is found out; every part may be left out.

    Parameters
    ----------
    targets
        The columns that hold what is predicted.
    task
        What the model is for.
    kinds, nullable, required
        The kind of a column, the columns that may be missing, and those that may not although the model answers without them.
    arrays
        The shape of an array, by the name that all columns of numbers get as one input.
    bounds, units, descriptions
        What is said of a column, by its name.
    classes
        What answers call a class, by the class as a table spells it.
    """

    targets: tuple[str, ...] = ()
    task: TaskKind | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    arrays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    def over(self, other: Self) -> Self:
        """These choices, and those of ``other`` where these say nothing."""
        merged: dict[str, Any] = {}
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, frozenset):
                merged[each.name] = mine | theirs
            else:
                merged[each.name] = {**theirs, **mine} if isinstance(mine, dict) else mine or theirs
        merged |= {"nullable": merged["nullable"] - self.required, "required": merged["required"] - self.nullable}
        return type(self)(**merged)


NOTHING_CHOSEN = Choices()
