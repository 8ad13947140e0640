"""Regression: which number, or which numbers, belong to a row."""

from math import isclose
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from iris_api.inference.abstract_column import NAME
from iris_api.inference.predictions import Predictions, Scores
from iris_api.inference.tasks.abstract_task import AbstractTask, Ask, LayOut, plain


class Target(BaseModel):
    """A number that is predicted, in ``unit``, and what training saw of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    unit: str | None = None
    seen_minimum: FiniteFloat | None = None
    seen_maximum: FiniteFloat | None = None


class Regression(AbstractTask):
    """The number of the one target, or the numbers of several by name."""

    kind: Literal["regression"] = "regression"
    targets: list[Target] = Field(min_length=1)

    def fault(self, estimator: Any) -> str | None:
        """See `AbstractTask.fault`."""
        return None if hasattr(estimator, "predict") else "predicts nothing"

    def ask(self, estimator: Any) -> Ask:
        """``predict``: one number a row, or one a target."""
        predict, count = estimator.predict, len(self.targets)

        def ask(lay_out: LayOut) -> Scores:
            values = np.asarray(predict(lay_out()))
            if count == 1:
                return plain(values.reshape(len(values))), None
            if values.shape[1:] != (count,):
                raise ValueError(f"the estimator gave an array of the shape {values.shape} for {count} targets")
            return plain(values), None

        return ask

    def numbers(self, predictions: Predictions) -> list[float]:
        """See `AbstractTask.numbers`."""
        if len(self.targets) == 1:
            return predictions.values
        return [number for row in predictions.values for number in row]

    def agrees(self, value: Any, expected: Any, tolerance: float) -> bool:
        """See `AbstractTask.agrees`; the tolerance is relative, or absolute near zero."""
        pairs = [(value, expected)] if len(self.targets) == 1 else list(zip(value, expected, strict=True))
        return all(isclose(one, other, rel_tol=tolerance, abs_tol=tolerance) for one, other in pairs)

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """See `AbstractTask.answer`."""
        value = predictions.values[index]
        if len(self.targets) == 1:
            return {"prediction": value}
        return {"prediction": {target.name: number for target, number in zip(self.targets, value, strict=True)}}

    def answer_schema(self) -> dict[str, Any]:
        """See `AbstractTask.answer_schema`."""
        if len(self.targets) == 1:
            return {"prediction": {"type": "number"}}
        names = [target.name for target in self.targets]
        numbers = {name: {"type": "number"} for name in names}
        return {"prediction": {"type": "object", "properties": numbers, "required": names, "additionalProperties": False}}

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """See `AbstractTask.facts`; of many rows their means."""
        if len(predictions.values) == 1:
            return self.answer(predictions, 0)
        with np.errstate(over="ignore"):
            means = np.mean(predictions.values, axis=0)
        if len(self.targets) == 1:
            return {"mean_prediction": float(means)}
        return {"mean_prediction": dict(zip([target.name for target in self.targets], plain(means), strict=True))}

    @model_validator(mode="after")
    def _has_distinct_names(self) -> Self:
        if len({target.name for target in self.targets}) != len(self.targets):
            raise ValueError("targets must have names of their own")
        return self
