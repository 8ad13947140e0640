"""Classification: to which class a row belongs."""

from collections import Counter
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, StrictStr, model_validator

from iris_api.inference.labels import Label, class_name
from iris_api.inference.predictions import Predictions, RowScore, Scores
from iris_api.inference.tasks.abstract_task import AbstractTask, Ask, LayOut


class Classification(AbstractTask):
    """One of ``classes``, in the estimator's order; the details are the probability of each, where the estimator has them.

    ``names`` has a name for each class, where answers are to name what the estimator only numbers. ``class_index`` then tells which of
    ``classes`` it is, counted from 0.
    """

    kind: Literal["classification"] = "classification"
    classes: list[Label] = Field(min_length=1)
    names: list[StrictStr] | None = None

    @cached_property
    def class_names(self) -> list[str]:
        """Names of the classes, as the members of ``probabilities``."""
        return [class_name(label) for label in self.classes] if self.names is None else self.names

    @cached_property
    def _index(self) -> dict[Label, int]:
        return {label: index for index, label in enumerate(self.classes)}

    @cached_property
    def _named(self) -> dict[Label, str]:
        return dict(zip(self.classes, self.class_names, strict=True))

    @property
    def detail_width(self) -> int:
        """See `AbstractTask.detail_width`."""
        return len(self.classes)

    def fault(self, estimator: Any) -> str | None:
        """See `AbstractTask.fault`."""
        classes = getattr(estimator, "classes_", None)
        if classes is None or isinstance(classes, list) or classes.ndim != 1:
            return "is no classifier of one output"
        if list(map(repr, classes.tolist())) != list(map(repr, self.classes)):
            return "has other classes than its manifest names"
        return None

    def ask(self, estimator: Any) -> Ask:
        """``predict`` for the label, ``predict_proba`` for the probabilities where there is one."""
        predict, predict_proba = estimator.predict, getattr(estimator, "predict_proba", None)

        def ask(lay_out: LayOut) -> Scores:
            labels: list[Any] = predict(lay_out()).tolist()
            return labels, None if predict_proba is None else predict_proba(lay_out()).tolist()

        return ask

    def complete_row(self, score: RowScore) -> Predictions:
        """See `AbstractTask.complete_row`."""
        label, probabilities = score
        index = self._index[label]
        return Predictions([label], None, None) if probabilities is None else Predictions([label], [probabilities[index]], [probabilities])

    def complete(self, scores: Scores) -> Predictions:
        """See `AbstractTask.complete`."""
        labels, probabilities = scores
        indexes = map(self._index.__getitem__, labels)
        if probabilities is None:
            return Predictions([self.classes[index] for index in indexes], None, None)
        return Predictions(labels, [row[index] for index, row in zip(indexes, probabilities, strict=True)], probabilities)

    def numbers(self, predictions: Predictions) -> list[float]:
        """Their sums will do, as numbers up to 1 never add up to infinity."""
        return [sum(row) for row in predictions.details or ()]

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """See `AbstractTask.answer`."""
        probabilities, label = predictions.details, predictions.values[index]
        named = {} if self.names is None else {"class_index": self._index[label]}
        return {
            "prediction": self._shown(label),
            **named,
            "confidence": predictions.confidences[index] if predictions.confidences else None,
            "probabilities": dict(zip(self.class_names, probabilities[index], strict=True)) if probabilities else None,
        }

    def answer_schema(self) -> dict[str, Any]:
        """See `AbstractTask.answer_schema`."""
        named = {} if self.names is None else {"class_index": {"type": "integer", "minimum": 0, "maximum": len(self.classes) - 1}}
        return {
            "prediction": {"enum": self.classes if self.names is None else self.names},
            **named,
            "confidence": {"type": ["number", "null"]},
            "probabilities": {
                "type": ["object", "null"],
                "properties": {name: {"type": "number"} for name in self.class_names},
                "required": self.class_names,
                "additionalProperties": False,
            },
        }

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """See `AbstractTask.facts`."""
        labels, confidences = predictions.values, predictions.confidences
        if self.names is not None:
            labels = [self._named[label] for label in labels]
        if len(labels) == 1:
            return {"label": labels[0], "confidence": confidences[0] if confidences else None}
        mean = sum(confidences) / len(confidences) if confidences else None
        return {"labels": Counter(map(class_name, labels)), "confidence": mean}

    def _shown(self, label: Label) -> Label:
        """What an answer calls a class."""
        return label if self.names is None else self._named[label]

    @model_validator(mode="after")
    def _has_distinct_names(self) -> Self:
        if self.names is not None and len(self.names) != len(self.classes):
            raise ValueError("there must be a name for every class")
        # 1, 1.0 and true have names of their own, but Python finds one by the other
        if len(set(self.class_names)) != len(self.classes) or len(self._index) != len(self.classes):
            raise ValueError("classes must differ, and have names of their own")
        return self
