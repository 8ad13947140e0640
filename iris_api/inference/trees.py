"""The decision trees inside an estimator, in the one form that the exact scorers read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# late in decoding, they would be imported twice: by the child on trial and by the process that forked it
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

_FORESTS = (RandomForestClassifier, ExtraTreesClassifier)
_TREES = (DecisionTreeClassifier, ExtraTreeClassifier)


@dataclass(frozen=True, slots=True)
class TreeView:
    """One fitted tree of an ensemble.

    ``tree`` is scikit-learn's own; ``features`` maps its columns to the ensemble's (None: the same), ``values`` has
    shape (nodes, classes) in the ensemble's classes.
    """

    tree: Any
    features: NDArray[np.intp] | None
    values: NDArray[np.float64]

    def feature(self) -> NDArray[np.intp]:
        """For every node the ensemble's feature it splits on, negative for a leaf."""
        own: NDArray[np.intp] = self.tree.feature
        if self.features is None:
            return own
        return np.where(own < 0, own, self.features[np.maximum(own, 0)])

    def select(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The columns of ``rows`` (n, features) that this tree was fitted on."""
        return rows if self.features is None else np.ascontiguousarray(rows[:, self.features])


def trees_of(estimator: Any) -> list[TreeView] | None:
    """The trees whose mean the estimator answers with, in the order it adds them; None if it is no such ensemble.

    Known are random forests, extra trees, single trees, and bags of single trees, by exact type: a subclass may answer
    otherwise.
    """
    kind, classes = type(estimator), len(estimator.classes_)
    if kind in _TREES:
        return [_view(estimator, None, classes)]
    if kind in _FORESTS:
        return [_view(tree, None, classes) for tree in estimator.estimators_]
    if kind is BaggingClassifier and all(type(inner) in _TREES for inner in estimator.estimators_):
        return [
            _view(inner, np.asarray(chosen), classes)
            for inner, chosen in zip(estimator.estimators_, estimator.estimators_features_, strict=True)
        ]
    return None


def _view(fitted: Any, features: NDArray[np.intp] | None, classes: int) -> TreeView:
    own = fitted.tree_.value[:, 0, :]
    if own.shape[1] == classes:
        return TreeView(fitted.tree_, features, own)
    values = np.zeros((len(own), classes))
    values[:, fitted.classes_.astype(np.intp)] = own
    return TreeView(fitted.tree_, features, values)
