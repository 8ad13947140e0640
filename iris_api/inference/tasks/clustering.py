"""Clustering: to which cluster a row belongs."""

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from iris_api.inference.predictions import Predictions, RowScore, Scores
from iris_api.inference.tasks.abstract_task import AbstractTask, Ask, LayOut, plain


class Clustering(AbstractTask):
    """The number of a cluster, from 0 to ``clusters`` - 1; -1 where the estimator finds none."""

    kind: Literal["clustering"] = "clustering"
    clusters: int = Field(gt=0)

    def fault(self, estimator: Any) -> str | None:
        """See `AbstractTask.fault`."""
        return None if hasattr(estimator, "predict") else "predicts nothing"

    def ask(self, estimator: Any) -> Ask:
        """``predict``."""
        predict = estimator.predict

        def ask(lay_out: LayOut) -> Scores:
            return plain(predict(lay_out())), None

        return ask

    def complete_row(self, score: RowScore) -> Predictions:
        """See `AbstractTask.complete_row`."""
        return self.complete(([score[0]], None))

    def complete(self, scores: Scores) -> Predictions:
        """See `AbstractTask.complete`."""
        values, _ = scores
        if min(values) < -1 or max(values) >= self.clusters:
            raise ValueError(f"the estimator named a cluster outside its {self.clusters}")
        return Predictions(values, None, None)

    def numbers(self, predictions: Predictions) -> list[float]:
        """See `AbstractTask.numbers`: a cluster's number is whole."""
        return predictions.values

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """See `AbstractTask.answer`."""
        return {"prediction": predictions.values[index]}

    def answer_schema(self) -> dict[str, Any]:
        """See `AbstractTask.answer_schema`."""
        return {"prediction": {"type": "integer", "minimum": -1, "maximum": self.clusters - 1}}

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """See `AbstractTask.facts`."""
        return self.answer(predictions, 0) if len(predictions.values) == 1 else {"predictions": Counter(map(str, predictions.values))}
