"""How rows become answers: one protocol, the estimator itself as its plainest form, and the choice of the quickest exact one."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from iris_api.inference import forest
from iris_api.inference.manifest import Label
from iris_api.inference.trees import TreeView, trees_of

Rows = NDArray[np.float64]
RowScore = tuple[Label, list[float] | None]
Scores = tuple[list[Label], list[list[float]] | None]

MAX_TABLE_BYTES = 64 * 1024 * 1024
SMALL_BATCH = 32
# above it, reading a row's words takes longer than walking the trees
MAX_WORDS_A_TREE = 8
_TREE_MODULES = ("sklearn.ensemble._forest", "sklearn.tree.")


class Scorer(Protocol):
    """Answers rows exactly as the estimator would.

    ``exact`` says whether an answer has the same bits on every processor, as those of trees have.
    """

    name: str
    exact: bool

    def score_row(self, row: list[float]) -> RowScore:
        """The label of one row (features,) and its probabilities (classes,), None without ``predict_proba``."""
        ...

    def score_rows(self, rows: Rows) -> Scores:
        """Labels (n,) and probabilities (n, classes), None without ``predict_proba``, of rows (n, features)."""
        ...


class EstimatorScorer:
    """Asks the estimator: ``predict`` for the label, ``predict_proba`` for the probabilities where it has one."""

    name = "estimator"

    def __init__(self, estimator: Any) -> None:
        self.exact = type(estimator).__module__.startswith(_TREE_MODULES)
        self._predict = estimator.predict
        self._predict_proba = getattr(estimator, "predict_proba", None)

    def score_row(self, row: list[float]) -> RowScore:
        """See `Scorer.score_row`."""
        labels, probabilities = self.score_rows(np.array([row]))
        return labels[0], None if probabilities is None else probabilities[0]

    def score_rows(self, rows: Rows) -> Scores:
        """See `Scorer.score_rows`."""
        labels: list[Label] = self._predict(rows).tolist()
        return labels, None if self._predict_proba is None else self._predict_proba(rows).tolist()


class TreesScorer:
    """Adds up the trees' own answers in their order, without what scikit-learn does around each of them."""

    name = "trees"
    exact = True

    def __init__(self, classes: list[Label], trees: list[TreeView]) -> None:
        self._classes, self._trees = classes, trees

    def score_row(self, row: list[float]) -> RowScore:
        """See `Scorer.score_row`."""
        labels, probabilities = self.score_rows(np.array([row]))
        return labels[0], probabilities[0]

    def score_rows(self, rows: Rows) -> tuple[list[Label], list[list[float]]]:
        """See `Scorer.score_rows`."""
        return _labelled(self._classes, self.probabilities(rows))

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Probabilities (n, classes) of rows (n, features)."""
        rounded = rows.astype(np.float32)
        total = np.zeros((len(rows), len(self._classes)))
        for view in self._trees:
            total += view.values[view.tree.apply(view.select(rounded))]
        total /= len(self._trees)
        return total


class ForestScorer:
    """Looks up the leaves that a row can reach: see `forest`. Small batches go row by row, large ones whichever way is quicker."""

    name = "forest"
    exact = True

    def __init__(self, classes: list[Label], trees: list[TreeView], cuts: list[NDArray[np.float64]]) -> None:
        self._classes = classes
        self._batch = TreesScorer(classes, trees).probabilities
        leaves = forest.leaves_of(trees, cuts)
        layout = forest.class_bits(leaves.values)
        if layout is None:
            self._row = forest.MixedForest(leaves, cuts).row
            return
        pure = forest.PureForest(leaves, cuts, *layout)
        self._row = pure.row
        if pure.words_a_row <= MAX_WORDS_A_TREE * len(trees):
            self._batch = pure.rows

    def score_row(self, row: list[float]) -> RowScore:
        """See `Scorer.score_row`."""
        probabilities = self._row(row)
        return self._classes[probabilities.index(max(probabilities))], probabilities

    def score_rows(self, rows: Rows) -> tuple[list[Label], list[list[float]]]:
        """See `Scorer.score_rows`."""
        if len(rows) > SMALL_BATCH:
            return _labelled(self._classes, self._batch(rows))
        probabilities = [self._row(row) for row in rows.tolist()]
        return [self._classes[row.index(max(row))] for row in probabilities], probabilities


def choose_scorer(estimator: Any, max_table_bytes: int) -> Scorer:
    """The quickest scorer for ``estimator``: tables of a forest if they take at most ``max_table_bytes``, its bare trees, or itself.

    Whether it really answers as the estimator does is for `probation` to find out.
    """
    trees = trees_of(estimator)
    if trees is None:
        return EstimatorScorer(estimator)
    classes: list[Label] = estimator.classes_.tolist()
    cuts = forest.cuts_of(trees, int(estimator.n_features_in_))
    if forest.table_bytes(trees, cuts, len(classes)) > max_table_bytes:
        return TreesScorer(classes, trees)
    return ForestScorer(classes, trees, cuts)


def _labelled(classes: list[Label], probabilities: NDArray[np.float64]) -> tuple[list[Label], list[list[float]]]:
    return [classes[index] for index in probabilities.argmax(axis=1).tolist()], probabilities.tolist()
