"""A model in service: immutable, so that one answer can never mix two models."""

from dataclasses import dataclass

from iris_api.inference.manifest import Label, Manifest
from iris_api.inference.schema import InputSchema
from iris_api.inference.scorers import Rows, Scorer


@dataclass(frozen=True, slots=True)
class Predictions:
    """Answers to n rows: ``labels`` (n), ``confidences`` (n) and ``probabilities`` (n, classes).

    A confidence is the probability of the label; both are None where the estimator has no ``predict_proba``.
    """

    labels: list[Label]
    confidences: list[float] | None
    probabilities: list[list[float]] | None


class Predictor:
    """A manifest, the schema of its inputs and the scorer of its estimator, held together."""

    __slots__ = ("_index", "class_names", "manifest", "schema", "scorer")

    def __init__(self, manifest: Manifest, scorer: Scorer) -> None:
        self.manifest = manifest
        self.schema = InputSchema(manifest.features)
        self.scorer = scorer
        self.class_names = manifest.class_names
        self._index = {label: index for index, label in enumerate(manifest.classes)}

    def predict(self, rows: Rows) -> Predictions:
        """Answer ``rows`` of shape (n, features), in the manifest's feature order, bit for bit as the estimator does."""
        labels, probabilities = self.scorer.score(rows)
        if probabilities is None:
            return Predictions(labels, None, None)
        index = self._index
        confidences = [row[index[label]] for label, row in zip(labels, probabilities, strict=True)]
        return Predictions(labels, confidences, probabilities)
