"""A model in service: immutable, so that one answer can never mix two models."""

from math import isfinite
from typing import Any

from iris_api.errors import Unanswerable
from iris_api.inference.layouts import Rows
from iris_api.inference.manifest import Manifest
from iris_api.inference.predictions import Predictions
from iris_api.inference.scorers import Scorer

QUICK_SECONDS = 0.001


class Predictor:
    """A manifest and the scorer of its estimator, held together.

    ``row_seconds`` is what the scorer took for one row on trial.
    """

    __slots__ = ("manifest", "row_seconds", "scorer", "signature", "task")

    def __init__(self, manifest: Manifest, scorer: Scorer, row_seconds: float) -> None:
        self.manifest = manifest
        self.signature = manifest.signature
        self.task = manifest.signature.task
        self.scorer = scorer
        self.row_seconds = row_seconds

    @property
    def is_quick(self) -> bool:
        """Whether a row is answered in less time than handing it to a thread is worth."""
        return self.row_seconds < QUICK_SECONDS

    def predict_row(self, row: list[Any]) -> Predictions:
        """Answer one row (columns,), in the signature's order, bit for bit as the estimator does.

        Raises
        ------
        Unanswerable
            If the estimator raises, answers another number of rows, names no class of its own, or gives a number that is not finite.
        """
        try:
            predictions = self.task.complete_row(self.scorer.score_row(row))
            self._check_finite(predictions)
        except MemoryError:
            raise
        except Exception as error:
            raise Unanswerable from error
        return predictions

    def predict(self, rows: Rows) -> Predictions:
        """Answer ``rows`` (n, columns) as the estimator answers all of them at once.

        Raises
        ------
        Unanswerable
            As `predict_row`, if that happens to any of the rows.
        """
        try:
            predictions = self.task.complete(self.scorer.score_rows(rows))
            if len(predictions.values) != len(rows) or len(predictions.details or rows) != len(rows):
                raise ValueError("the estimator gave another number of answers than rows")
            self._check_finite(predictions)
        except MemoryError:
            raise
        except Exception as error:
            raise Unanswerable from error
        return predictions

    def _check_finite(self, predictions: Predictions) -> None:
        """Trees average finite leaves; the rest may give anything."""
        if not self.scorer.exact and not all(map(isfinite, self.task.numbers(predictions))):
            raise ArithmeticError("the estimator gave a number that is not finite")
