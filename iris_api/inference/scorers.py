"""How rows become answers: one protocol, the estimator itself as its plainest form, and quicker exact ones for forests."""

from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from iris_api.inference import forest
from iris_api.inference.labels import Label
from iris_api.inference.layouts import Rows
from iris_api.inference.predictions import RowScore, Scores, only_row
from iris_api.inference.signature import Signature
from iris_api.inference.trees import TreeView, trees_of
from iris_api.inference.unpickling import families_in

Matrix = NDArray[np.float64]

TOLERANCE = 1e-9
MAX_TABLE_BYTES = 64 * 1024 * 1024
SMALL_BATCH = 32
# above it, reading a row's words takes longer than walking the trees
MAX_WORDS_A_TREE = 8
_TREE_MODULES = ("sklearn.ensemble._forest", "sklearn.tree.")


class Scorer(Protocol):
    """Answers rows exactly as the estimator would.

    ``exact`` says whether an answer has the same bits on every processor, as those of trees have; of others, ``tolerance`` says how
    far they may differ.
    """

    name: str
    exact: bool
    tolerance: float

    def score_row(self, row: list[Any]) -> RowScore:
        """What is said of one row (columns,): see `RowScore`."""
        ...

    def score_rows(self, rows: Rows) -> Scores:
        """What is said of rows (n, columns): see `Scores`."""
        ...


class EstimatorScorer:
    """Asks the estimator what the signature's task is about, with rows laid out as in training."""

    name = "estimator"

    def __init__(self, estimator: Any, signature: Signature) -> None:
        self.exact = type(estimator).__module__.startswith(_TREE_MODULES)
        self.tolerance = max((family.tolerance for family in families_in(estimator)), default=TOLERANCE)
        self._assemble = signature.layout.assembler(signature.inputs)
        self._ask = signature.task.ask(estimator)

    def score_row(self, row: list[Any]) -> RowScore:
        """See `Scorer.score_row`."""
        return only_row(self.score_rows([row]))

    def score_rows(self, rows: Rows) -> Scores:
        """See `Scorer.score_rows`."""
        return self._ask(partial(self._assemble, rows))


class TreesScorer:
    """Adds up the trees' own answers in their order, without what scikit-learn does around each of them."""

    name = "trees"
    exact = True
    tolerance = 0.0

    def __init__(self, classes: list[Label], trees: list[TreeView]) -> None:
        self._classes, self._trees = classes, trees

    def score_row(self, row: list[float]) -> RowScore:
        """See `Scorer.score_row`."""
        labels, probabilities = self.score_rows(np.array([row]))
        return labels[0], probabilities[0]

    def score_rows(self, rows: Rows) -> tuple[list[Label], list[list[float]]]:
        """See `Scorer.score_rows`."""
        return _labelled(self._classes, self.probabilities(np.asarray(rows)))

    def probabilities(self, rows: Matrix) -> NDArray[np.float64]:
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
    tolerance = 0.0

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
        matrix = np.asarray(rows)
        if len(matrix) > SMALL_BATCH:
            return _labelled(self._classes, self._batch(matrix))
        probabilities = [self._row(row) for row in matrix.tolist()]
        return [self._classes[row.index(max(row))] for row in probabilities], probabilities


def scorer_of_trees(estimator: Any, max_table_bytes: int) -> Scorer | None:
    """The quickest scorer of a classifier that is a forest: its tables if they take at most ``max_table_bytes``, or its bare trees.

    None if ``estimator`` is no such forest, as `trees_of` says.
    """
    trees = trees_of(estimator)
    if trees is None:
        return None
    classes: list[Label] = estimator.classes_.tolist()
    cuts = forest.cuts_of(trees, int(estimator.n_features_in_))
    if forest.table_bytes(trees, cuts, len(classes)) > max_table_bytes:
        return TreesScorer(classes, trees)
    return ForestScorer(classes, trees, cuts)


def _labelled(classes: list[Label], probabilities: NDArray[np.float64]) -> tuple[list[Label], list[list[float]]]:
    return [classes[index] for index in probabilities.argmax(axis=1).tolist()], probabilities.tolist()
