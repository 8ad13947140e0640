"""Answers as the estimator does, but transforms rows once for all that is asked of them, and asks a last step once where that will do."""

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iris_api.inference.layouts import Frame, Rows
from iris_api.inference.most_probable import ask_most_probable, predicts_most_probable
from iris_api.inference.pipeline_steps import is_pipeline, last_step, transform_before_last
from iris_api.inference.predictions import RowScore, Scores, only_row
from iris_api.inference.probes import agrees, probe_rows
from iris_api.inference.scorers import EstimatorScorer, Scorer, scorer_of_trees
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification

SINGLE_SECONDS = 1.0
"""How long rows are compared one by one."""
MAX_DENSE_VALUES = 4_000_000
"""Most values of a sparse array that are written out for the scorer of a forest: 32 MiB."""


class PipelineScorer:
    """Asks a pipeline, or a single estimator, with less work than its own methods do.

    scikit-learn transforms rows anew for each method of a pipeline; here they are transformed once. A forest at the end is looked up as
    `scorer_of_trees` does, and of a classifier that predicts the most probable class only probabilities are asked.
    """

    def __init__(self, estimator: Any, signature: Signature, max_table_bytes: int) -> None:
        plain = EstimatorScorer(estimator, signature)
        self.name, self.exact, self.tolerance = "pipeline" if is_pipeline(estimator) else plain.name, plain.exact, plain.tolerance
        self._lay_out = signature.layout.assembler(signature.inputs)
        self._transform = transform_before_last(estimator, _frame_columns(signature)) if is_pipeline(estimator) else None
        self._last = last_step(estimator) if is_pipeline(estimator) else estimator
        is_classifier = isinstance(signature.task, Classification)
        self._trees = scorer_of_trees(self._last, max_table_bytes) if is_classifier and self._transform else None
        self._task_ask = signature.task.ask(self._last)
        self._ask = ask_most_probable(self._last) if is_classifier and predicts_most_probable(self._last) else self._task_ask

    def score_row(self, row: list[Any]) -> RowScore:
        """See `Scorer.score_row`."""
        return only_row(self.score_rows([row]))

    def score_rows(self, rows: Rows) -> Scores:
        """See `Scorer.score_rows`."""
        if self._transform is None:
            return self._ask(partial(self._lay_out, rows))
        laid = self._transform(self._lay_out(rows))
        if self._trees is not None and (matrix := _finite_matrix(laid)) is not None:
            return self._trees.score_rows(matrix)
        return self._ask(lambda: laid)

    def agrees(self, reference: Scorer, rows: Rows) -> bool:
        """Whether it answers ``rows`` as ``reference`` does, to the bit, in batch and one by one; its trees are tried as any are."""
        try:
            return self._answers_as(reference, rows)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever keeps it from answering, the estimator itself answers
            return False

    def _answers_as(self, reference: Scorer, rows: Rows) -> bool:
        listed = rows.tolist() if isinstance(rows, np.ndarray) else rows
        if self.score_rows(rows) != reference.score_rows(rows):
            return False
        started = time.perf_counter()
        for row in listed:
            if self.score_row(row) != reference.score_row(row):
                return False
            if time.perf_counter() - started > SINGLE_SECONDS:
                break
        if self._trees is None or self._transform is None:
            return True
        made = (_finite_matrix(self._transform(self._lay_out([row]))) for row in listed)
        matrices = [matrix for matrix in made if matrix is not None]
        if not matrices:
            return False
        return agrees(self._trees, lambda probes: self._task_ask(lambda: probes), probe_rows(self._last, np.vstack(matrices)))


def _frame_columns(signature: Signature) -> list[Any] | None:
    """The names, or else the numbers, of the columns of the DataFrames that the estimator takes; None if it takes something else."""
    if not isinstance(signature.layout, Frame):
        return None
    return signature.names if signature.layout.has_names else list(range(len(signature.names)))


def _finite_matrix(laid: Any) -> NDArray[np.float64] | None:
    """Transformed rows as the scorer of a forest takes them, or None: what is missing or too great is for the forest itself to answer."""
    if sparse.issparse(laid) and laid.shape[0] * laid.shape[1] <= MAX_DENSE_VALUES:
        laid = laid.toarray()
    if not isinstance(laid, np.ndarray) or laid.dtype not in (np.float32, np.float64):
        return None
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(laid.astype(np.float32)).all()
    return laid.astype(np.float64, copy=False) if is_finite else None
