"""A forest as sets of leaves: the exact answer of every tree at once, by looking up where each value falls.

A forest is constant between its thresholds. Give every leaf of every tree one bit. For each feature, and each place
a value can have among that feature's sorted thresholds, one bit set holds the leaves that are still possible; the
intersection over the features holds exactly one leaf a tree. This is the idea of QuickScorer (Lucchese et al., SIGIR
2015), with one look-up a feature in place of one a node.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.trees import TreeView

WORD_BITS = 64
CHUNK_BYTES = 512 * 1024
Words = NDArray[np.uint64]


def last_double_rounding_to(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest doubles that, rounded to float32 as scikit-learn rounds its input, are still ≤ ``threshold``.

    With these a double is compared as its rounded self would be, without rounding it.
    """
    below = threshold.astype(np.float32)
    below = np.where(below > threshold, np.nextafter(below, np.float32(-np.inf)), below)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    # a tie goes to the even neighbour
    is_even = (below.view(np.uint32) & 1) == 0
    return np.where(is_even, middle, np.nextafter(middle, -np.inf))


@dataclass(frozen=True, slots=True)
class LeafSets:
    """The forest's tables.

    For feature ``features[i]``, ``cuts[i]`` are its sorted cuts and ``words[i]`` has one row of 64-bit words for each
    of the ``len(cuts[i]) + 1`` places a value can have among them.
    """

    features: list[int]
    cuts: list[NDArray[np.float64]]
    words: list[Words]


@dataclass(frozen=True, slots=True)
class Leaves:
    """All leaves of a forest in tree order, with the bounds that the splits above them set.

    Bound ``i`` says that leaf ``owners[i]`` is reached only from the places ``low[i]`` to ``high[i]`` of feature
    ``features[i]``; bounds are sorted by feature. Features without a bound do not matter to a leaf. ``values`` has shape
    (leaves, classes).
    """

    owners: NDArray[np.intp]
    features: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    values: NDArray[np.float64]
    trees: int


def cuts_of(trees: list[TreeView], features: int) -> list[NDArray[np.float64]]:
    """For each feature the sorted distinct cuts of all ``trees``."""
    owners = np.concatenate([view.feature() for view in trees])
    cuts = last_double_rounding_to(np.concatenate([view.tree.threshold for view in trees]))
    return [np.unique(cuts[owners == feature]) for feature in range(features)]


def table_bytes(trees: list[TreeView], cuts: list[NDArray[np.float64]], classes: int) -> int:
    """About how much memory `LeafSets` and their integers would take."""
    leaves = sum(int(view.tree.n_leaves) for view in trees) + classes * WORD_BITS
    return 2 * sum(len(own) + 1 for own in cuts) * leaves // 8


def leaves_of(trees: list[TreeView], cuts: list[NDArray[np.float64]]) -> Leaves:
    """Walk every tree once and note which places of which features lead to each leaf."""
    sorted_cuts, bounds, first = [own.tolist() for own in cuts], [], 0
    for view in trees:
        own = _bounds_of(view, sorted_cuts)
        own[:, 0] += first
        first += int(view.tree.n_leaves)
        bounds.append(own)
    table = np.concatenate(bounds)
    owners, features, low, high = table[np.argsort(table[:, 1], kind="stable")].T
    values = np.concatenate([view.values[view.tree.children_left < 0] for view in trees])
    return Leaves(owners, features, low, high, values, len(trees))


def _bounds_of(view: TreeView, cuts: list[list[float]]) -> NDArray[np.intp]:
    """The bounds (n, 4) of a tree's leaves: leaf, feature, lowest and highest place."""
    tree, owner = view.tree, view.feature().tolist()
    own_cuts = last_double_rounding_to(tree.threshold).tolist()
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    above: dict[int, dict[int, tuple[int, int]]] = {0: {}}
    bounds, leaf = [], 0
    # a child's number is always above its parent's
    for node in range(tree.node_count):
        limits = above.pop(node)
        if left[node] < 0:
            bounds += [(leaf, feature, low, high) for feature, (low, high) in limits.items()]
            leaf += 1
            continue
        feature = owner[node]
        place = bisect_left(cuts[feature], own_cuts[node])
        low, high = limits.get(feature, (0, len(cuts[feature])))
        above[left[node]] = limits | {feature: (low, min(high, place))}
        above[right[node]] = limits | {feature: (max(low, place + 1), high)}
    return np.array(bounds, dtype=np.intp).reshape(-1, 4)


def leaf_sets(leaves: Leaves, cuts: list[NDArray[np.float64]], bits: NDArray[np.intp]) -> LeafSets:
    """The tables of ``leaves``, whose bits stand at the places ``bits``."""
    unbounded = np.zeros((int(bits.max()) // WORD_BITS + 1) * WORD_BITS, dtype=np.uint8)
    unbounded[bits] = 1
    used = [feature for feature, own in enumerate(cuts) if len(own)] or [0]
    ends = np.searchsorted(leaves.features, used, side="right").tolist()
    words = []
    for feature, start, end in zip(used, [0, *ends], ends, strict=False):
        own = slice(start, end)
        words.append(_sets_of(leaves.low[own], leaves.high[own], len(cuts[feature]), bits[leaves.owners[own]], unbounded.copy()))
    return LeafSets(used, [cuts[feature] for feature in used], words)


def _sets_of(low: NDArray[np.intp], high: NDArray[np.intp], cuts: int, bits: NDArray[np.intp], possible: NDArray[np.uint8]) -> Words:
    words = np.empty((cuts + 1, len(possible) // WORD_BITS), dtype=np.uint64)
    for place in range(cuts + 1):
        possible[bits] = (low <= place) & (place <= high)
        words[place] = np.packbits(possible, bitorder="little").view(np.uint64)
    return words


def class_bits(values: NDArray[np.float64]) -> tuple[NDArray[np.intp], list[int]] | None:
    """For pure leaves: bits with the leaves of each class in words of their own, and each class's first word; None if one is mixed."""
    if not np.all((values == 0.0) | (values == 1.0)) or not np.all(values.sum(axis=1) == 1.0):
        return None
    owner, bits, starts, word = values.argmax(axis=1), np.empty(len(values), dtype=np.intp), [], 0
    for label in range(values.shape[1]):
        members = np.flatnonzero(owner == label)
        starts.append(word)
        bits[members] = word * WORD_BITS + np.arange(len(members))
        word += max(1, -(-len(members) // WORD_BITS))
    return bits, starts


class PureForest:
    """A forest whose every leaf holds one class: its probabilities are shares of votes, counted in the sets.

    Scores single rows in plain Python integers, batches in numpy words.
    """

    def __init__(self, leaves: Leaves, cuts: list[NDArray[np.float64]], bits: NDArray[np.intp], starts: list[int]) -> None:
        sets = leaf_sets(leaves, cuts, bits)
        self._sets, self._starts = sets, starts
        self._trees = leaves.trees
        self._single = [
            (feature, own.tolist(), _integers(words)) for feature, own, words in zip(sets.features, sets.cuts, sets.words, strict=True)
        ]
        bounds = [*starts, sets.words[0].shape[1]]
        self._masks = [((1 << (after - first) * WORD_BITS) - 1) << first * WORD_BITS for first, after in pairwise(bounds)]
        self.words_a_row = sum(words.shape[1] for words in sets.words)
        self._shares = (np.arange(self._trees + 1) / self._trees).tolist()

    def row(self, row: list[float]) -> list[float]:
        """Probabilities (classes,) of one row (features,)."""
        left = -1
        for feature, cuts, sets in self._single:
            left &= sets[bisect_left(cuts, row[feature])]
        shares = self._shares
        return [shares[(left & mask).bit_count()] for mask in self._masks]

    def rows(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (n, classes) of many rows (n, features)."""
        votes = np.empty((len(rows), len(self._starts)), dtype=np.float64)
        for chunk, left in _intersections(self._sets, rows):
            np.add.reduceat(np.bitwise_count(left), self._starts, axis=1, dtype=np.float64, out=votes[chunk])
        votes /= self._trees
        return votes


class MixedForest:
    """A forest with leaves of several classes: finds the leaf of every tree in the sets and adds their values in tree order."""

    def __init__(self, leaves: Leaves, cuts: list[NDArray[np.float64]]) -> None:
        sets = leaf_sets(leaves, cuts, np.arange(len(leaves.values)))
        self._single = [
            (feature, own.tolist(), _integers(words)) for feature, own, words in zip(sets.features, sets.cuts, sets.words, strict=True)
        ]
        self._bytes = sets.words[0].shape[1] * WORD_BITS // 8
        self._values, self._trees = leaves.values, leaves.trees

    def row(self, row: list[float]) -> list[float]:
        """Probabilities (classes,) of one row (features,)."""
        left = -1
        for feature, cuts, sets in self._single:
            left &= sets[bisect_left(cuts, row[feature])]
        bits = np.frombuffer(left.to_bytes(self._bytes, "little"), dtype=np.uint8)
        reached = self._values[np.flatnonzero(np.unpackbits(bits, bitorder="little"))]
        # accumulate adds strictly one after another, as scikit-learn does; sum may pair
        total: NDArray[np.float64] = np.add.accumulate(reached, axis=0)[-1]
        probabilities: list[float] = (total / self._trees).tolist()
        return probabilities


def _integers(words: Words) -> list[int]:
    return [int.from_bytes(row.tobytes(), "little") for row in words]


def _intersections(sets: LeafSets, rows: NDArray[np.float64]) -> Iterator[tuple[slice, Words]]:
    """For one chunk of rows after another, the words of the leaves each row can reach."""
    width = sets.words[0].shape[1]
    step = max(64, CHUNK_BYTES // (8 * width))
    columns = [np.ascontiguousarray(rows[:, feature]) for feature in sets.features]
    places = [np.searchsorted(cuts, column) for cuts, column in zip(sets.cuts, columns, strict=True)]
    for start in range(0, len(rows), step):
        chunk = slice(start, start + step)
        left = sets.words[0][places[0][chunk]]
        for words, place in zip(sets.words[1:], places[1:], strict=True):
            left &= words[place[chunk]]
        yield chunk, left
