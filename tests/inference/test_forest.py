"""The tables of leaves: a double compared as its rounded self, one leaf a tree for every row, sums to the last bit."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iris_api.inference import forest
from iris_api.inference.columns import FLOAT32_MAX
from iris_api.inference.trees import trees_of
from tests.inference.ensembles import ALL, fitted, rows_for, turning_values

SUBNORMAL = 2.0**-149
# what scikit-learn takes: anything that rounds to a finite float32
LARGEST = float(np.nextafter(2.0**128 - 2.0**103, 0))
thresholds = st.floats(-FLOAT32_MAX, FLOAT32_MAX) | st.floats(width=32, allow_nan=False, allow_infinity=False) | st.floats(-1e-37, 1e-37)
values = st.floats(-LARGEST, LARGEST) | st.floats(-1e-37, 1e-37)


def goes_left(value: float, threshold: float) -> bool:
    """What scikit-learn compares."""
    return bool(np.float64(np.float32(value)) <= threshold)


def cut_of(threshold: float) -> float:
    with np.errstate(over="ignore"):
        return float(forest.last_double_rounding_to(np.array([threshold]))[0])


@given(thresholds, values)
@example(0.0, SUBNORMAL / 2)
@example(-0.0, -0.0)
@example(-SUBNORMAL, -SUBNORMAL / 2)
@example(SUBNORMAL, 1.5 * SUBNORMAL)
@example(1.0, 1.0 + 2.0**-24)
@example(1.0 + 2.0**-23, 1.0 + 3 * 2.0**-24)
def test_a_double_is_compared_as_its_rounded_self(threshold, value):
    assert goes_left(value, threshold) == (value <= cut_of(threshold))


@given(thresholds)
@example(FLOAT32_MAX)
@example(-FLOAT32_MAX)
@example(0.0)
@example(-0.0)
@example(float(np.float32(0.1)))
@example(0.1)
def test_the_cut_is_where_the_comparison_turns(threshold):
    cut = cut_of(threshold)
    for value in [*turning_values(threshold), cut, math.nextafter(cut, -math.inf), math.nextafter(cut, math.inf)]:
        if abs(value) <= LARGEST:
            assert goes_left(value, threshold) == (value <= cut), value


@given(st.lists(thresholds, min_size=1, max_size=30))
def test_cuts_keep_the_order_of_their_thresholds(some):
    with np.errstate(over="ignore"):
        cuts = forest.last_double_rounding_to(np.array(sorted(some)))
    assert (np.diff(cuts) >= 0).all()


def test_a_threshold_at_infinity_lets_everything_left():
    assert cut_of(np.inf) == np.inf


def tables(name: str):
    model = fitted(name)
    trees = trees_of(model)
    cuts = forest.cuts_of(trees, model.n_features_in_)
    return model, trees, cuts, forest.leaves_of(trees, cuts)


def is_pure(model) -> bool:
    trees = [inner.tree_ for inner in getattr(model, "estimators_", [model])]
    return all(np.isin(tree.value[tree.children_left < 0], (0.0, 1.0)).all() for tree in trees)


@pytest.mark.parametrize("name", ALL)
def test_every_row_reaches_one_leaf_of_every_tree_and_it_is_the_trees(name):
    model, trees, cuts, leaves = tables(name)
    rows = rows_for(model)[::7]
    places = np.stack([np.searchsorted(own, rows[:, feature]) for feature, own in enumerate(cuts)], axis=1)
    low, high = np.zeros((len(leaves.values), len(cuts))), np.full((len(leaves.values), len(cuts)), np.inf)
    low[leaves.owners, leaves.features], high[leaves.owners, leaves.features] = leaves.low, leaves.high
    first = 0
    for view in trees:
        mine = slice(first, first + view.tree.n_leaves)
        reached = ((low[mine] <= places[:, None]) & (places[:, None] <= high[mine])).all(axis=2)
        assert (reached.sum(axis=1) == 1).all()
        numbers = np.flatnonzero(view.tree.children_left < 0)[reached.argmax(axis=1)]
        assert numbers.tolist() == view.tree.apply(view.select(rows.astype(np.float32))).tolist()
        first = mine.stop
    assert first == len(leaves.values)


@pytest.mark.parametrize("name", ALL)
def test_bits_are_a_place_of_its_own_for_every_leaf_in_words_of_its_class(name):
    model, _, _, leaves = tables(name)
    layout = forest.class_bits(leaves.values)
    assert (layout is not None) == is_pure(model)
    if layout:
        bits, starts = layout
        assert len(set(bits.tolist())) == len(leaves.values)
        assert starts[0] == 0
        assert (np.diff(starts) > 0).all()
        owners = np.searchsorted(starts, bits // forest.WORD_BITS, side="right") - 1
        assert owners.tolist() == leaves.values.argmax(axis=1).tolist()


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 129])
def test_a_class_of_any_number_of_leaves_has_words_enough(count):
    values = np.repeat(np.eye(3), [2, count, 3], axis=0)
    bits, starts = forest.class_bits(values)
    assert starts == [0, 1, 1 + max(1, -(-count // 64))]
    assert sorted(set(bits.tolist())) == bits.tolist()


@pytest.mark.parametrize("leaf", [[0.5, 0.5], [1.0, 1.0], [0.0, 0.0], [1.0, 2.0**-60], [1.0 - 2.0**-53, 0.0]])
def test_one_leaf_that_is_not_wholly_one_class_makes_a_forest_impure(leaf):
    assert forest.class_bits(np.array([[1.0, 0.0], leaf, [0.0, 1.0]])) is None


@pytest.mark.parametrize("name", ALL)
def test_both_kinds_of_forest_answer_alike_to_the_last_bit(name):
    model, _, cuts, leaves = tables(name)
    rows = rows_for(model)[::11]
    with np.errstate(all="ignore"):
        expected = model.predict_proba(rows)
    mixed = forest.MixedForest(leaves, cuts)
    assert np.array([mixed.row(row) for row in rows.tolist()]).tobytes() == expected.tobytes()
    layout = forest.class_bits(leaves.values)
    if layout:
        pure = forest.PureForest(leaves, cuts, *layout)
        assert np.array([pure.row(row) for row in rows.tolist()]).tobytes() == expected.tobytes()
        assert pure.rows(rows).tobytes() == expected.tobytes()


def test_the_memory_foretold_is_what_the_tables_take_or_more():
    for name in ("pure forest", "30 features", "130 trees", "stump", "one leaf"):
        model, trees, cuts, leaves = tables(name)
        layout = forest.class_bits(leaves.values)
        sets = forest.leaf_sets(leaves, cuts, layout[0] if layout else np.arange(len(leaves.values)))
        taken = sum(words.nbytes for words in sets.words)
        assert taken <= forest.table_bytes(trees, cuts, len(model.classes_)) <= 8 * taken + 4096
