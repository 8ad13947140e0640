"""A signature as a table of text, for a terminal or a notebook."""

from typing import Any

from iris_api.inference.columns import Array, Category, Column, Datetime, Text
from iris_api.inference.labels import class_name
from iris_api.inference.signature import Signature, Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.regression import Regression

MAX_ROWS, MAX_LISTED, MAX_CELL = 40, 5, 60


def signature_table(signature: Signature) -> str:
    """One line a column, of which at most `MAX_ROWS` are shown, and one for what is predicted."""
    lines = [("input", "kind", "missing", "values")]
    shown = signature.inputs[:MAX_ROWS]
    lines += [(_cut(column.name), column.kind, _missing(column), _cut(values_of(column))) for column in shown]
    widths = [max(len(line[index]) for line in lines) for index in range(3)]
    text = ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3]]) for line in lines]
    if len(signature.inputs) > MAX_ROWS:
        text.append(f"… and {len(signature.inputs) - MAX_ROWS} more")
    return "\n".join([*text, f"predicts: {purpose(signature.task)}"])


def values_of(column: Column) -> str:
    """What a column takes, and what training saw of it."""
    match column:
        case Category():
            return _listed([class_name(value) for value in column.values]) + (", others too" if column.is_open else "")
        case Text():
            return f"up to {column.max_characters} characters"
        case Array():
            return f"{' x '.join(map(str, column.shape))} numbers" + _seen(column) + _allowed(column)
        case Datetime():
            kind = "date" if not column.has_time else "date-time with zone" if column.is_zoned else "date-time"
            return kind + _seen(column)
        case _:
            return (_seen(column) + _allowed(column)).removeprefix(", ") or "any"


def purpose(task: Task) -> str:
    """What a task predicts, in one line."""
    match task:
        case Classification():
            return f"one of {_listed(task.class_names)}"
        case Multilabel():
            return f"those of {_listed(task.labels)} that apply"
        case Regression():
            return f"the number{'' if len(task.targets) == 1 else 's'} {_listed([target.name for target in task.targets])}"
        case Clustering():
            return f"one of {task.clusters} clusters"
        case _:
            return "inlier or outlier, and a score"


def _missing(column: Column) -> str:
    if not column.nullable:
        return "no"
    return "warned" if getattr(column, "warns_if_missing", False) else "allowed"


def _seen(column: Any) -> str:
    low, high = getattr(column, "seen_minimum", None), getattr(column, "seen_maximum", None)
    if low is None or high is None:
        return ""
    return f", {low:g} to {high:g} seen" if isinstance(low, int | float) else f", {low.isoformat()} to {high.isoformat()} seen"


def _allowed(column: Any) -> str:
    low, high = getattr(column, "minimum", None), getattr(column, "maximum", None)
    least, most = ("" if bound is None else f" {word} {bound:g}" for word, bound in (("from", low), ("to", high)))
    return f"{least}{most} allowed".replace(" ", ", ", 1) if least or most else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
