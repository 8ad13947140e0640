"""How rows become answers: one protocol, and the estimator itself as its plainest form."""

from typing import Any, Protocol

import numpy as np

from iris_api.inference.manifest import Label

Rows = list[list[float]]
Scores = tuple[list[Label], list[list[float]] | None]
_TREE_MODULES = ("sklearn.ensemble._forest", "sklearn.tree.")


class Scorer(Protocol):
    """Answers rows exactly as the estimator would.

    ``exact`` says whether an answer has the same bits on every processor, as those of trees have.
    """

    name: str
    exact: bool

    def score(self, rows: Rows) -> Scores:
        """Labels of shape (n,) and probabilities of shape (n, classes), None without ``predict_proba``, for rows of shape (n, features)."""
        ...


class EstimatorScorer:
    """Asks the estimator: ``predict`` for the label, ``predict_proba`` for the probabilities where it has one."""

    name = "estimator"

    def __init__(self, estimator: Any) -> None:
        self.exact = type(estimator).__module__.startswith(_TREE_MODULES)
        self._predict = estimator.predict
        self._predict_proba = getattr(estimator, "predict_proba", None)

    def score(self, rows: Rows) -> Scores:
        """See `Scorer.score`."""
        array = np.array(rows, dtype=np.float64)
        labels: list[Label] = self._predict(array).tolist()
        if self._predict_proba is None:
            return labels, None
        return labels, self._predict_proba(array).tolist()
