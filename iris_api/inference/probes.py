"""Rows that would show a scorer that differs from its estimator: every split of every tree, where its answer turns, and chance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.forest import last_double_rounding_to
from iris_api.inference.scorers import Scorer
from iris_api.inference.trees import TreeView, trees_of

Rows = NDArray[np.float64]
MAX_ROWS = 20_000
MAX_SINGLE_ROWS = 4_000
RANDOM_ROWS = 1_000
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_KINDS = 5
_CANDIDATES = 8
_GENERATOR_SEED = 20_261_122


def probe_rows(estimator: Any, golden: list[list[float]]) -> Rows:
    """The rows ``golden`` (m, features) and at most ``MAX_ROWS`` more: for the splits of all trees rows that reach them, then random ones.

    The row of a split has its value where the answer turns: the last double that goes left and the first that goes right
    (in these two a scorer that compares at all can only differ by comparing otherwise), on the threshold, and on that
    one's neighbours among the float32 that scikit-learn rounds a value to.
    """
    trees, features = trees_of(estimator) or [], int(estimator.n_features_in_)
    random = np.random.default_rng(_GENERATOR_SEED)
    low, high = _bounds(trees, features)
    quota = max(1, (MAX_ROWS - RANDOM_ROWS) // (_KINDS * len(trees)))
    # kinds before trees: where the answer turns comes first
    probes = np.concatenate([_at_splits(view, low, high, quota, random) for view in trees], axis=1).reshape(-1, features)
    rows = np.vstack([probes[: MAX_ROWS - RANDOM_ROWS], _within(low, high, (RANDOM_ROWS, features), random)])
    return np.vstack([np.array(golden), rows])


def _bounds(trees: list[TreeView], features: int) -> tuple[Rows, Rows]:
    """For each feature bounds that are a little wider than its thresholds."""
    owners = np.concatenate([view.feature() for view in trees])
    thresholds = np.concatenate([view.tree.threshold for view in trees])
    low, high = np.full(features, -1.0), np.full(features, 1.0)
    is_split = owners >= 0
    np.minimum.at(low, owners[is_split], thresholds[is_split] - 1)
    np.maximum.at(high, owners[is_split], thresholds[is_split] + 1)
    # a tree that knew missing values has thresholds at infinity
    return np.maximum(low, -_FLOAT32_MAX), np.minimum(high, _FLOAT32_MAX)


def _at_splits(view: TreeView, low: Rows, high: Rows, quota: int, random: np.random.Generator) -> Rows:
    """Rows (kinds, splits, features) that reach at most ``quota`` splits of a tree."""
    owners = view.feature()
    splits = np.flatnonzero(owners >= 0)
    if len(splits) > quota:
        splits = random.choice(splits, quota, replace=False)
    lows, highs = _boxes(view, low, high)
    owned, places = owners[splits], np.arange(len(splits))
    rows = _telling(view, _within(lows[splits], highs[splits], (_CANDIDATES, len(splits), len(low)), random), splits, owned)
    probes = np.tile(rows, (_KINDS, 1, 1))
    for kind, values in enumerate(_around(view.tree.threshold[splits])):
        probes[kind, places, owned] = np.clip(values, -_FLOAT32_MAX, _FLOAT32_MAX)
    return probes


def _telling(view: TreeView, rows: Rows, splits: NDArray[np.intp], owned: NDArray[np.intp]) -> Rows:
    """Of the candidates ``rows`` (candidates, splits, features), for each split one whose answer depends on its way, if any does."""
    places, answers = np.arange(len(splits)), []
    for values in _around(view.tree.threshold[splits])[:2]:
        rows[:, places, owned] = np.clip(values, -_FLOAT32_MAX, _FLOAT32_MAX)
        reached = view.tree.apply(view.select(rows.reshape(-1, rows.shape[2]).astype(np.float32)))
        answers.append(view.values[reached].reshape(*rows.shape[:2], view.values.shape[1]))
    best: NDArray[np.intp] = (answers[0] != answers[1]).any(axis=2).argmax(axis=0)
    return rows[best, places]


def _boxes(view: TreeView, low: Rows, high: Rows) -> tuple[Rows, Rows]:
    """The bounds (nodes, features) of the rows that reach each node."""
    tree, owners = view.tree, view.feature().tolist()
    cuts = last_double_rounding_to(tree.threshold)
    lows, highs = np.tile(low, (tree.node_count, 1)), np.tile(high, (tree.node_count, 1))
    # a child's number is always above its parent's
    for node in np.flatnonzero(tree.children_left >= 0).tolist():
        left, right, owner = tree.children_left[node], tree.children_right[node], owners[node]
        for child in (left, right):
            lows[child], highs[child] = lows[node], highs[node]
        highs[left, owner] = min(highs[node, owner], cuts[node])
        lows[right, owner] = max(lows[node, owner], np.nextafter(cuts[node], np.inf))
    return lows, highs


def _within(low: Rows, high: Rows, shape: tuple[int, ...], random: np.random.Generator) -> Rows:
    rows = low + random.random(shape) * (high - low)
    return np.clip(np.clip(rows, low, high), -_FLOAT32_MAX, _FLOAT32_MAX)


def _around(thresholds: Rows) -> list[Rows]:
    cuts, rounded = last_double_rounding_to(thresholds), thresholds.astype(np.float32)
    above, below = np.nextafter(rounded, np.float32(np.inf)), np.nextafter(rounded, np.float32(-np.inf))
    return [cuts, np.nextafter(cuts, np.inf), above.astype(np.float64), below.astype(np.float64), thresholds]


def agrees(scorer: Scorer, reference: Scorer, rows: Rows) -> bool:
    """Whether ``scorer`` answers ``rows`` (n, features) as ``reference`` does, to the bit, in batch and one by one."""
    expected = reference.score_rows(rows)
    if scorer.score_rows(rows) != expected:
        return False
    labels, probabilities = expected
    wanted = zip(labels, probabilities or [], strict=True)
    return all(scorer.score_row(row) == answer for row, answer in zip(rows[:MAX_SINGLE_ROWS].tolist(), wanted, strict=False))
