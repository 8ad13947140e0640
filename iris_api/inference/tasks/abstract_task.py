"""What every task can do."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from iris_api.inference.predictions import Predictions, RowScore, Scores

LayOut = Callable[[], Any]
"""Gives rows as the estimator takes them: a copy each time, since an estimator may change what it is given in place."""
Ask = Callable[[LayOut], Scores]
"""From what the estimator takes to what it says."""


class AbstractTask(BaseModel):
    """A task. `answer` and `facts` are what clients and operators see of a prediction."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def detail_width(self) -> int:
        """How many details a row has where it has any."""
        return 0

    def fault(self, estimator: Any) -> str | None:
        """Why the fitted ``estimator`` cannot be asked for this, or None."""
        raise NotImplementedError

    def ask(self, estimator: Any) -> Ask:
        """How ``estimator`` is asked."""
        raise NotImplementedError

    def complete_row(self, score: RowScore) -> Predictions:
        """The predictions in what a scorer says of one row."""
        value, details = score
        return Predictions([value], None, None if details is None else [details])

    def complete(self, scores: Scores) -> Predictions:
        """The predictions in what a scorer says of rows."""
        values, details = scores
        return Predictions(values, None, details)

    def numbers(self, predictions: Predictions) -> list[float]:
        """All numbers in ``predictions``, none of which may be infinite or NaN."""
        raise NotImplementedError

    def agrees(self, value: Any, expected: Any, _tolerance: float) -> bool:
        """Whether ``value`` is as good as ``expected``, which has been predicted elsewhere."""
        return bool(value == expected)

    def answer(self, predictions: Predictions, index: int) -> dict[str, Any]:
        """The members of an answer to one of the rows."""
        raise NotImplementedError

    def answer_schema(self) -> dict[str, Any]:
        """JSON Schemas of these members, by name."""
        raise NotImplementedError

    def facts(self, predictions: Predictions) -> dict[str, Any]:
        """What the log tells of ``predictions``."""
        raise NotImplementedError


def plain(values: Any) -> list[Any]:
    """An estimator's array as Python's own values."""
    listed: list[Any] = np.asarray(values).tolist()
    return listed
