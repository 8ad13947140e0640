"""What an estimator says of rows, before a task makes an answer of it."""

from typing import Any, NamedTuple

RowScore = tuple[Any, list[float] | None]
"""The value of one row and its details: see `Scores`."""

Scores = tuple[list[Any], list[list[float]] | None]
"""Values (n) and, where the task has them, details (n, d): probabilities by class, or the score of an outlier."""


def only_row(scores: Scores) -> RowScore:
    """What ``scores`` say of the one row that was asked. Raises ValueError if they are of none or of several."""
    (value,), details = scores
    if details is None:
        return value, None
    (row_details,) = details
    return value, row_details


class Predictions(NamedTuple):
    """Answers to n rows: ``values`` (n), ``confidences`` (n) and ``details`` (n, d).

    A confidence is the probability of the class that was predicted. Both are None where the task or the estimator has none.
    """

    values: list[Any]
    confidences: list[float] | None
    details: list[list[float]] | None
