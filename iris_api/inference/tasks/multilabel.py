"""Multilabel classification: which of several labels apply to a row; any number of them may."""

from collections import Counter
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, StrictStr, model_validator

from iris_api.inference.predictions import Predictions, Scores
from iris_api.inference.tasks.abstract_task import AbstractTask, Ask, LayOut, plain


class Multilabel(AbstractTask):
    """Those of ``labels`` that apply, in the order of the estimator's outputs; the details are the probability of each."""

    kind: Literal["multilabel"] = "multilabel"
    labels: list[StrictStr] = Field(min_length=1)

    @property
    def detail_width(self) -> int:
        """See `AbstractTask.detail_width`."""
        return len(self.labels)

    def fault(self, estimator: Any) -> str | None:
        """See `AbstractTask.fault`."""
        return None if hasattr(estimator, "predict") else "predicts nothing"

    def ask(self, estimator: Any) -> Ask:
        """``predict`` for the labels, ``predict_proba`` for the probabilities where there is one."""
        predict, predict_proba = estimator.predict, getattr(estimator, "predict_proba", None)
        count = len(self.labels)

        def ask(lay_out: LayOut) -> Scores:
            applies = _dense(predict(lay_out()))
            if applies.shape[1:] != (count,):
                raise ValueError(f"the estimator gave an array of the shape {applies.shape} for {count} labels")
            return plain(applies != 0), None if predict_proba is None else plain(_of_ones(predict_proba(lay_out())))

        return ask

    def numbers(self, predictions: Predictions) -> list[float]:
        """See `AbstractTask.numbers`."""
        return [sum(row) for row in predictions.details or ()]

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """See `AbstractTask.answer`."""
        probabilities = predictions.details
        return {
            "prediction": self._applying(predictions.values[index]),
            "probabilities": dict(zip(self.labels, probabilities[index], strict=True)) if probabilities else None,
        }

    def answer_schema(self) -> dict[str, Any]:
        """See `AbstractTask.answer_schema`."""
        return {
            "prediction": {"type": "array", "items": {"enum": self.labels}, "uniqueItems": True},
            "probabilities": {
                "type": ["object", "null"],
                "properties": {name: {"type": "number"} for name in self.labels},
                "required": self.labels,
                "additionalProperties": False,
            },
        }

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """See `AbstractTask.facts`."""
        return {"labels": Counter(label for row in predictions.values for label in self._applying(row))}

    def _applying(self, flags: list[bool]) -> list[str]:
        return [label for label, applies in zip(self.labels, flags, strict=True) if applies]

    @model_validator(mode="after")
    def _has_distinct_labels(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels must differ")
        return self


def _dense(indicators: Any) -> Any:
    return indicators.toarray() if hasattr(indicators, "toarray") else np.asarray(indicators)


def _of_ones(probabilities: Any) -> Any:
    """Probabilities (n, labels) that each label applies; some estimators give those of 0 and 1, label by label."""
    if not isinstance(probabilities, list):
        return probabilities
    # a label that training always or never saw has one column
    if any(one.shape[1] != 2 for one in probabilities):
        raise ValueError("the estimator gives probabilities of a label that does not vary")
    return np.column_stack([one[:, 1] for one in probabilities])
