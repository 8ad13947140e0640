"""A model in service: immutable, so that one answer can never mix two models."""

from math import isfinite
from typing import NamedTuple

from iris_api.errors import Unanswerable
from iris_api.inference.manifest import Label, Manifest
from iris_api.inference.schema import InputSchema
from iris_api.inference.scorers import Rows, Scorer

QUICK_SECONDS = 0.001


class Predictions(NamedTuple):
    """Answers to n rows: ``labels`` (n), ``confidences`` (n) and ``probabilities`` (n, classes).

    A confidence is the probability of the label; both are None where the estimator has no ``predict_proba``.
    """

    labels: list[Label]
    confidences: list[float] | None
    probabilities: list[list[float]] | None


class Predictor:
    """A manifest, the schema of its inputs and the scorer of its estimator, held together.

    ``row_seconds`` is what the scorer took for one row on trial.
    """

    __slots__ = ("_index", "class_names", "feature_names", "manifest", "row_seconds", "schema", "scorer")

    def __init__(self, manifest: Manifest, scorer: Scorer, row_seconds: float) -> None:
        self.manifest = manifest
        self.schema = InputSchema(manifest.features)
        self.scorer = scorer
        self.row_seconds = row_seconds
        self.feature_names, self.class_names = manifest.feature_names, manifest.class_names
        self._index = {label: index for index, label in enumerate(manifest.classes)}

    @property
    def is_quick(self) -> bool:
        """Whether a row is answered in less time than handing it to a thread is worth."""
        return self.row_seconds < QUICK_SECONDS

    def predict_row(self, row: list[float]) -> Predictions:
        """Answer one row (features,), in the manifest's feature order, bit for bit as the estimator does.

        Raises
        ------
        Unanswerable
            If the estimator raises, names no class of its own, or gives a probability that is not finite.
        """
        try:
            label, probabilities = self.scorer.score_row(row)
            if probabilities is None:
                return Predictions([label], None, None)
            self._check_finite([probabilities])
            return Predictions([label], [probabilities[self._index[label]]], [probabilities])
        except MemoryError:
            raise
        except Exception as error:
            raise Unanswerable from error

    def predict(self, rows: Rows) -> Predictions:
        """Answer ``rows`` of shape (n, features) as the estimator answers that very array.

        Raises
        ------
        Unanswerable
            As `predict_row`, if that happens to any of the rows.
        """
        try:
            labels, probabilities = self.scorer.score_rows(rows)
            if probabilities is None:
                return Predictions(labels, None, None)
            self._check_finite(probabilities)
            index = self._index
            confidences = [row[index[label]] for label, row in zip(labels, probabilities, strict=True)]
            return Predictions(labels, confidences, probabilities)
        except MemoryError:
            raise
        except Exception as error:
            raise Unanswerable from error

    def _check_finite(self, probabilities: list[list[float]]) -> None:
        """Trees average finite leaves; for the rest their sum tells, as numbers up to 1 never add up to infinity."""
        if not self.scorer.exact and not isfinite(sum(map(sum, probabilities))):
            raise ArithmeticError("the estimator gave a probability that is not finite")
