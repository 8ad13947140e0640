"""What an estimator says of rows, before a task makes an answer of it."""

from typing import Any, NamedTuple

RowScore = tuple[Any, list[float] | None]
"""The value of one row and its details: see `Scores`."""

Scores = tuple[list[Any], list[list[float]] | None]
"""Values (n) and, where the task has them, details (n, d): probabilities by class, or the score of an outlier."""


class Predictions(NamedTuple):
    """Answers to n rows: ``values`` (n), ``confidences`` (n) and ``details`` (n, d).

    A confidence is the probability of the class that was predicted. Both are None where the task or the estimator has none.
    """

    values: list[Any]
    confidences: list[float] | None
    details: list[list[float]] | None
