"""Outlier detection: whether a row is like those of training."""

from collections import Counter
from typing import Any, Literal

import numpy as np

from iris_api.inference.predictions import Predictions, Scores
from iris_api.inference.tasks.abstract_task import AbstractTask, Ask, LayOut, plain

INLIER, OUTLIER = "inlier", "outlier"


class OutlierDetection(AbstractTask):
    """``inlier`` or ``outlier``; the one detail is the estimator's ``decision_function``, below 0 for an outlier."""

    kind: Literal["outlier_detection"] = "outlier_detection"

    @property
    def detail_width(self) -> int:
        """See `AbstractTask.detail_width`."""
        return 1

    def fault(self, estimator: Any) -> str | None:
        """See `AbstractTask.fault`."""
        return None if hasattr(estimator, "predict") and hasattr(estimator, "decision_function") else "is no detector of outliers"

    def ask(self, estimator: Any) -> Ask:
        """``predict`` and ``decision_function``."""
        predict, decision_function = estimator.predict, estimator.decision_function

        def ask(lay_out: LayOut) -> Scores:
            kinds = [INLIER if sign == 1 else OUTLIER for sign in plain(predict(lay_out()))]
            return kinds, plain(np.reshape(decision_function(lay_out()), (len(kinds), 1)))

        return ask

    def numbers(self, predictions: Predictions) -> list[float]:
        """See `AbstractTask.numbers`."""
        return [score for (score,) in predictions.details or ()]

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """See `AbstractTask.answer`."""
        (score,) = (predictions.details or [])[index]
        return {"prediction": predictions.values[index], "score": score}

    def answer_schema(self) -> dict[str, Any]:
        """See `AbstractTask.answer_schema`."""
        return {"prediction": {"enum": [INLIER, OUTLIER]}, "score": {"type": "number"}}

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """See `AbstractTask.facts`."""
        return self.answer(predictions, 0) if len(predictions.values) == 1 else {"predictions": Counter(predictions.values)}
