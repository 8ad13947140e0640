"""Rows that would show a scorer that differs from its estimator: every threshold of every tree, its neighbours, and chance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.scorers import Scorer
from iris_api.inference.trees import trees_of

MAX_ROWS = 20_000
MAX_SINGLE_ROWS = 2_000
RANDOM_ROWS = 1_000
_GENERATOR_SEED = 20_261_122


def probe_rows(estimator: Any, golden: list[list[float]]) -> NDArray[np.float64]:
    """The rows ``golden`` (m, features) and at most ``MAX_ROWS`` more: random ones, and some with a value at a threshold.

    "At" is on it, and on its neighbours: among the float32 that scikit-learn rounds a value to, and where that rounding turns.
    """
    trees, features = trees_of(estimator) or [], int(estimator.n_features_in_)
    owners = np.concatenate([view.feature() for view in trees])
    thresholds = np.concatenate([view.tree.threshold for view in trees])
    owners, thresholds = owners[owners >= 0], thresholds[owners >= 0]
    random = np.random.default_rng(_GENERATOR_SEED)
    low, high = np.full(features, -1.0), np.full(features, 1.0)
    np.minimum.at(low, owners, thresholds - 1)
    np.maximum.at(high, owners, thresholds + 1)
    rows = random.uniform(low, high, size=(RANDOM_ROWS + 5 * len(thresholds), features))
    rows = np.clip(rows, -1e38, 1e38)
    for kind, values in enumerate(_around(thresholds)):
        start = RANDOM_ROWS + kind * len(thresholds)
        rows[np.arange(start, start + len(thresholds)), owners] = values
    if len(rows) > MAX_ROWS:
        rows = rows[random.choice(len(rows), MAX_ROWS, replace=False)]
    return np.vstack([np.array(golden), rows])


def _around(thresholds: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    rounded = thresholds.astype(np.float32)
    above, below = (
        np.nextafter(rounded, np.float32(np.inf)).astype(np.float64),
        np.nextafter(rounded, np.float32(-np.inf)).astype(np.float64),
    )
    middle = (rounded.astype(np.float64) + above) / 2
    return [thresholds, above, below, middle, np.nextafter(middle, np.inf)]


def agrees(scorer: Scorer, reference: Scorer, rows: NDArray[np.float64]) -> bool:
    """Whether ``scorer`` answers ``rows`` (n, features) as ``reference`` does, to the bit, in batch and one by one."""
    expected = reference.score_rows(rows)
    if scorer.score_rows(rows) != expected:
        return False
    labels, probabilities = expected
    wanted = zip(labels, probabilities or [], strict=True)
    return all(scorer.score_row(row) == answer for row, answer in zip(rows[:MAX_SINGLE_ROWS].tolist(), wanted, strict=False))
