"""Rows that would show a scorer that differs from its estimator: every split of every tree, where its answer turns, and chance.

The rows come in chunks, and are fewer where they are wide, so that memory and time stay bounded however many features and
classes a model has.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.forest import last_double_rounding_to
from iris_api.inference.predictions import Scores
from iris_api.inference.scorers import Scorer
from iris_api.inference.trees import TreeView, trees_of

Rows = NDArray[np.float64]
MAX_ROWS = 20_000
MAX_SINGLE_ROWS = 4_000
MAX_BYTES = 512 * 1024**2
CHUNK_BYTES = 8 * 1024**2
RANDOM_SHARE = 20
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_KINDS = 5
_CANDIDATES = 8
_GENERATOR_SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Probes:
    """Rows (n, features) to compare in one batch; the first ``singles`` of them are compared one by one too."""

    rows: Rows
    singles: int


def probe_rows(estimator: Any, golden: Rows | list[list[float]]) -> Iterator[Probes]:
    """The rows ``golden`` (m, features) and at most ``MAX_ROWS`` more, in chunks of about ``CHUNK_BYTES``.

    For the splits of all trees there are rows that reach them, then come random ones. The row of a split has its value
    where the answer turns: the last double that goes left and the first that goes right (in these two a scorer that
    compares at all can only differ by comparing otherwise), on the threshold, and on that one's neighbours among the
    float32 that scikit-learn rounds a value to.
    """
    trees, features = trees_of(estimator) or [], int(estimator.n_features_in_)
    # both scorers give their probabilities as lists of Python floats
    row_bytes = 8 * (features + 8 * len(estimator.classes_))
    limit = max(RANDOM_SHARE, min(MAX_ROWS, MAX_BYTES // row_bytes))
    step = max(1, CHUNK_BYTES // row_bytes)
    return _regrouped(map(_finite, _parts(trees, np.array(golden), limit, step)), step)


def _parts(trees: list[TreeView], golden: Rows, limit: int, step: int) -> Iterator[Probes]:
    """The golden rows, those of the splits and the random ones, at most ``step`` at a time."""
    random = np.random.default_rng(_GENERATOR_SEED)
    features, random_rows = golden.shape[1], limit // RANDOM_SHARE
    low, high = _bounds(trees, features)
    rows_a_tree = max(1, (limit - random_rows) // len(trees))
    kinds = min(_KINDS, rows_a_tree)
    quota, probed = rows_a_tree // kinds, trees[: limit - random_rows]
    total = kinds * sum(min(quota, int((view.tree.feature >= 0).sum())) for view in probed)
    left, split_step = MAX_SINGLE_ROWS - len(golden), max(1, step // _CANDIDATES)
    for start in range(0, len(golden), step):
        yield Probes(golden[start : start + step], max(0, MAX_SINGLE_ROWS - start))
    for view in probed:
        splits = _some_splits(view, quota, random)
        for first in range(0, len(splits), split_step):
            # kinds before splits: where the answer turns comes first
            rows = _at_splits(view, splits[first : first + split_step], (low, high), random)[:kinds].reshape(-1, features)
            yield Probes(rows, max(0, -(-left * len(rows) // total)))
    for start in range(0, random_rows, step):
        count = min(step, random_rows - start)
        yield Probes(_within(low, high, (count, features), random), max(0, left - total - start))


def _finite(probes: Probes) -> Probes:
    """Without rows that no client can send: what a tree does where a value is missing is reached by such rows alone."""
    is_finite = np.all(np.isfinite(probes.rows), axis=1)
    return Probes(probes.rows[is_finite], int(is_finite[: probes.singles].sum()))


def _regrouped(parts: Iterable[Probes], step: int) -> Iterator[Probes]:
    """The same rows in chunks of at least ``step``, except for the last."""
    waiting: list[Probes] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part.rows)
        if count >= step:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[Probes]) -> Probes:
    """All rows of ``parts``, those to be compared one by one first."""
    singles = [part.rows[: part.singles] for part in parts]
    return Probes(np.vstack([*singles, *(part.rows[part.singles :] for part in parts)]), sum(map(len, singles)))


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


def _some_splits(view: TreeView, quota: int, random: np.random.Generator) -> NDArray[np.intp]:
    """At most ``quota`` of a tree's nodes that split."""
    splits = np.flatnonzero(view.tree.feature >= 0)
    return splits if len(splits) <= quota else random.choice(splits, quota, replace=False)


def _at_splits(view: TreeView, splits: NDArray[np.intp], bounds: tuple[Rows, Rows], random: np.random.Generator) -> Rows:
    """Rows (kinds, splits, features) within ``bounds`` that reach ``splits`` of a tree."""
    lows, highs = _boxes(view, splits, *bounds)
    owned, around = view.feature()[splits], _around(view.tree.threshold[splits])
    rows = _telling(view, _within(lows, highs, (_CANDIDATES, *lows.shape), random), owned, around)
    probes = np.tile(rows, (_KINDS, 1, 1))
    probes[:, np.arange(len(splits)), owned] = around
    return probes


def _telling(view: TreeView, rows: Rows, owned: NDArray[np.intp], around: Rows) -> Rows:
    """Of the candidates ``rows`` (candidates, splits, features), for each split one whose answer depends on its way, if any does."""
    places, answers = np.arange(rows.shape[1]), []
    for values in around[:2]:
        rows[:, places, owned] = values
        reached = view.tree.apply(view.select(rows.reshape(-1, rows.shape[2]).astype(np.float32)))
        answers.append(view.values[reached].reshape(*rows.shape[:2], view.values.shape[1]))
    best: NDArray[np.intp] = (answers[0] != answers[1]).any(axis=2).argmax(axis=0)
    return rows[best, places]


def _boxes(view: TreeView, splits: NDArray[np.intp], low: Rows, high: Rows) -> tuple[Rows, Rows]:
    """The bounds (splits, features) of the rows that reach each of ``splits``, found on the way up to the root."""
    owners, left_children = view.feature(), view.tree.children_left
    cuts = last_double_rounding_to(view.tree.threshold)
    next_cuts, parents = np.nextafter(cuts, np.inf), _parents(view)
    lows, highs = np.tile(low, (len(splits), 1)), np.tile(high, (len(splits), 1))
    nodes, places = splits, np.arange(len(splits))
    while (is_below := parents[nodes] >= 0).any():
        nodes, places = nodes[is_below], places[is_below]
        above = parents[nodes]
        is_left, at = left_children[above] == nodes, (places, owners[above])
        highs[at] = np.minimum(highs[at], np.where(is_left, cuts[above], np.inf))
        lows[at] = np.maximum(lows[at], np.where(is_left, -np.inf, next_cuts[above]))
        nodes = above
    return lows, highs


def _parents(view: TreeView) -> NDArray[np.intp]:
    """For every node the one above it, -1 for the root."""
    parents = np.full(view.tree.node_count, -1)
    for children in (view.tree.children_left, view.tree.children_right):
        above = np.flatnonzero(children >= 0)
        parents[children[above]] = above
    return parents


def _within(low: Rows, high: Rows, shape: tuple[int, ...], random: np.random.Generator) -> Rows:
    """Random rows of ``shape`` from ``low`` to ``high``."""
    rows = random.random(shape)
    # between infinite bounds there is nothing to draw
    with np.errstate(invalid="ignore"):
        rows *= high - low
        rows += low
    np.clip(rows, low, high, out=rows)
    return np.clip(rows, -_FLOAT32_MAX, _FLOAT32_MAX, out=rows)


def _around(thresholds: Rows) -> Rows:
    """The values (kinds, splits) to probe around ``thresholds`` (splits,)."""
    cuts, rounded = last_double_rounding_to(thresholds), thresholds.astype(np.float32)
    above, below = np.nextafter(rounded, np.float32(np.inf)), np.nextafter(rounded, np.float32(-np.inf))
    around: Rows = np.clip([cuts, np.nextafter(cuts, np.inf), above, below, thresholds], -_FLOAT32_MAX, _FLOAT32_MAX)
    return around


def agrees(scorer: Scorer, ask: Callable[[Rows], Scores], chunks: Iterable[Probes]) -> bool:
    """Whether ``scorer`` answers all rows of ``chunks`` as ``ask`` does, to the bit, in batch and one by one."""
    return all(_agrees(scorer, ask, probes) for probes in chunks)


def _agrees(scorer: Scorer, ask: Callable[[Rows], Scores], probes: Probes) -> bool:
    expected = ask(probes.rows)
    if scorer.score_rows(probes.rows) != expected:
        return False
    labels, probabilities = expected
    wanted = zip(labels, probabilities or [], strict=True)
    return all(scorer.score_row(row.tolist()) == answer for row, answer in zip(probes.rows[: probes.singles], wanted, strict=False))
