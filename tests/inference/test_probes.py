"""Probe rows: they reach every split where its answer turns, and no planted error passes them unseen."""

import copy
import functools

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.columns import FLOAT32_MAX
from iris_api.inference.labels import Label
from iris_api.inference.probes import CHUNK_BYTES, MAX_BYTES, MAX_ROWS, MAX_SINGLE_ROWS, agrees, probe_rows
from iris_api.inference.scorer_choice import choose_scorer
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, TreesScorer
from iris_api.inference.trees import trees_of
from tests.inference.bundles import classifier_signature
from tests.inference.ensembles import ALL, SEED, data, fit, fitted, splits_of, spoilt

GOLDEN = [[0.5, 0.5, 0.5, 0.5], [1.5, -1.5, 1.5, -1.5]]
WHOLE = fit(RandomForestClassifier(12, random_state=SEED, max_depth=5))
# on whole numbers thresholds are float32 themselves, so that < and <= differ
STEPS = RandomForestClassifier(12, random_state=SEED).fit(np.floor(data()[0] * 4), data()[1])


class Mixed:
    """A scorer that answers batches as one scorer does and single rows as another."""

    name, exact = "mixed", True

    def __init__(self, batch, single) -> None:
        self.score_rows, self.score_row = batch.score_rows, single.score_row


class LastBit:
    """A scorer whose first probability is off by its last bit where it is ``share``."""

    name, exact = "last bit", True

    def __init__(self, scorer, share: float) -> None:
        self._scorer, self._share = scorer, share

    def score_rows(self, rows):
        labels, probabilities = self._scorer.score_rows(rows)
        return labels, [self._nudged(row) for row in probabilities]

    def score_row(self, row):
        label, probabilities = self._scorer.score_row(row)
        return label, self._nudged(probabilities)

    def _nudged(self, row: list[float]) -> list[float]:
        return [float(np.nextafter(row[0], 2.0)) if row[0] == self._share else row[0], *row[1:]]


class Renamed(LastBit):
    """A scorer with the right probabilities and one wrong label."""

    def score_rows(self, rows):
        labels, probabilities = self._scorer.score_rows(rows)
        return [self._label(label) for label in labels], probabilities

    def score_row(self, row):
        label, probabilities = self._scorer.score_row(row)
        return self._label(label), probabilities

    def _label(self, label: Label) -> Label:
        return 1 if label == 2 else label


def chosen(model):
    return choose_scorer(model, classifier_signature(model), MAX_TABLE_BYTES)


class Known:
    """The estimator's answers to the probe rows, asked for once."""

    def __init__(self, model) -> None:
        self.chunks = list(probe_rows(model, [[0.5] * model.n_features_in_]))
        assert len(self.chunks) == 1
        self._scores = EstimatorScorer(model, classifier_signature(model)).score_rows(self.chunks[0].rows)
        self.right = chosen(model)
        assert agrees(self.right, self.score_rows, self.chunks)

    def score_rows(self, _rows=None):
        return self._scores


known = functools.cache(Known)


def caught(model, wrong) -> bool:
    """Whether ``wrong`` is found out in batches alone and in single rows alone."""
    reference = known(model)
    both = Mixed(wrong, reference.right), Mixed(reference.right, wrong)
    return not any(agrees(scorer, reference.score_rows, reference.chunks) for scorer in both)


def float32_below(threshold: float) -> np.float32:
    """The largest float32 that goes left."""
    nearest = np.float32(threshold)
    return nearest if nearest <= threshold else np.nextafter(nearest, np.float32(-np.inf))


def with_threshold(model, tree: int, node: int, threshold: float):
    def change(nodes, _values) -> None:
        nodes["threshold"][node] = threshold

    return spoilt(model, tree, change)


def places(model, *, leaves: bool) -> list[tuple[int, int]]:
    """Every split, or every leaf, as the numbers of its tree and node."""
    trees = [inner.tree_ for inner in model.estimators_]
    return [(number, int(node)) for number, tree in enumerate(trees) for node in np.flatnonzero((tree.children_left < 0) == leaves)]


def share_caught(model, where: list[tuple[int, int]], spoil) -> float:
    found = [caught(model, chosen(spoil(model, *place))) for place in where]
    return sum(found) / len(found)


@pytest.mark.parametrize("side", [-np.inf, np.inf])
@pytest.mark.parametrize("model", [WHOLE, STEPS], ids=["impure", "pure"])
def test_a_cut_off_by_one_float32_is_found_at_nearly_every_split(model, side):
    def spoil(model, tree, node):
        last = float32_below(model.estimators_[tree].tree_.threshold[node])
        return with_threshold(model, tree, node, float(np.nextafter(last, np.float32(side))))

    where = places(model, leaves=False)[::7]
    assert len(where) > 25
    assert share_caught(model, where, spoil) > 0.95


def test_less_for_less_or_equal_is_found_at_a_single_split():
    def spoil(model, tree, node):
        last = float32_below(model.estimators_[tree].tree_.threshold[node])
        return with_threshold(model, tree, node, float(np.nextafter(last, np.float32(-np.inf))))

    where = [(tree, node) for tree, node in places(STEPS, leaves=False) if STEPS.estimators_[tree].tree_.threshold[node] % 0.5 == 0]
    assert share_caught(STEPS, where[::7], spoil) > 0.95


@pytest.mark.parametrize("model", [WHOLE, STEPS], ids=["impure", "pure"])
def test_a_leaf_with_the_shares_of_its_classes_swapped_is_found(model):
    def spoil(model, tree, node):
        def change(_nodes, values) -> None:
            values[node] = np.roll(values[node], 1, axis=-1)

        return spoilt(model, tree, change)

    assert share_caught(model, places(model, leaves=True)[::7], spoil) == 1.0


def test_the_last_bit_of_a_sum_is_found():
    shares = {row[0] for row in known(WHOLE).score_rows()[1]}
    assert len(shares) > 100
    for share in sorted(shares)[::20]:
        assert not agrees(LastBit(chosen(WHOLE), share), known(WHOLE).score_rows, known(WHOLE).chunks), share
    assert caught(WHOLE, LastBit(chosen(WHOLE), known(WHOLE).score_rows()[1][0][0]))


def test_a_sum_in_another_order_is_found():
    trees = trees_of(WHOLE)
    assert caught(WHOLE, TreesScorer(WHOLE.classes_.tolist(), trees[::-1]))


def test_a_wrong_label_is_found_even_beside_the_right_probabilities():
    assert caught(WHOLE, Renamed(chosen(WHOLE), 0.0))


def test_a_missing_tree_and_a_bag_that_divides_otherwise_are_found():
    assert caught(STEPS, TreesScorer(STEPS.classes_.tolist(), trees_of(STEPS)[:-1]))
    bag = fit(BaggingClassifier(DecisionTreeClassifier(), 4, random_state=SEED))
    bag.n_estimators = 5
    assert not agrees(chosen(bag), EstimatorScorer(bag, classifier_signature(bag)).score_rows, probe_rows(bag, GOLDEN))


@pytest.mark.parametrize("name", [name for name in ALL if name != "extremes"])
def test_every_scorer_that_is_chosen_agrees(name):
    model = fitted(name)
    for scorer in (chosen(model), choose_scorer(model, classifier_signature(model), 0)):
        assert agrees(
            scorer, EstimatorScorer(model, classifier_signature(model)).score_rows, probe_rows(model, [[0.0] * model.n_features_in_])
        )


@pytest.mark.parametrize("name", ALL)
def test_both_sides_of_every_threshold_are_there_up_to_the_limit(name):
    model = fitted(name)
    golden = [[0.25] * model.n_features_in_] * 3
    rows = all_rows(model, golden)
    assert rows[:3].tolist() == golden
    assert np.abs(rows).max() <= FLOAT32_MAX
    if MAX_ROWS // 20 + 5 * splits_in(model) > MAX_ROWS:
        assert len(rows) <= MAX_ROWS + 3
    else:
        assert len(rows) == MAX_ROWS // 20 + 5 * splits_in(model) + 3
        there = [set(rows[:, feature].astype(np.float32).tolist()) for feature in range(rows.shape[1])]
        for feature, threshold in splits_of(model):
            last = float32_below(threshold)
            assert {float(last), min(float(np.nextafter(last, np.float32(np.inf))), FLOAT32_MAX)} <= there[feature]


def all_rows(model, golden) -> np.ndarray:
    return np.vstack([probes.rows for probes in probe_rows(model, golden)])


def splits_in(model) -> int:
    return sum(int((inner.tree_.children_left >= 0).sum()) for inner in getattr(model, "estimators_", [model]))


def test_probes_are_the_same_every_time():
    assert all_rows(WHOLE, GOLDEN).tobytes() == all_rows(WHOLE, GOLDEN).tobytes()


def test_a_forest_that_knew_missing_values_is_probed_too():
    values, numbers = data(classes=2)
    model = RandomForestClassifier(5, random_state=SEED).fit(np.where(numbers[:, None] == 1, np.nan, values), numbers)
    assert any(np.isinf(threshold) for _, threshold in splits_of(model))
    with np.errstate(over="ignore"):
        assert agrees(chosen(model), EstimatorScorer(model, classifier_signature(model)).score_rows, probe_rows(model, GOLDEN))


def test_values_at_both_ends_of_float32_are_probed_too():
    model = fitted("extremes")
    with np.errstate(all="ignore"):
        assert agrees(chosen(model), EstimatorScorer(model, classifier_signature(model)).score_rows, probe_rows(model, [[0.0]]))


def test_the_number_of_probes_is_bounded_however_large_the_forest():
    values, numbers = data(rows=3000)
    model = RandomForestClassifier(20, random_state=SEED).fit(values, numbers)
    assert len(places(model, leaves=False)) > MAX_ROWS / 5
    assert MAX_ROWS * 0.9 < len(all_rows(model, GOLDEN)) <= MAX_ROWS + 2
    assert agrees(
        choose_scorer(model, classifier_signature(model), 0),
        EstimatorScorer(model, classifier_signature(model)).score_rows,
        probe_rows(model, GOLDEN),
    )


def test_a_forest_of_very_many_trees_is_probed_within_the_limit():
    few = fit(RandomForestClassifier(10, max_depth=1, random_state=SEED))
    many = copy.copy(few)
    many.estimators_ = few.estimators_ * 500
    assert MAX_ROWS * 0.75 < len(all_rows(many, GOLDEN)) <= MAX_ROWS + 2


@functools.cache
def wide_forest() -> RandomForestClassifier:
    random = np.random.default_rng(SEED)
    values = random.normal(size=(300, 2000))
    return RandomForestClassifier(40, random_state=SEED).fit(values, (values[:, :5].sum(axis=1) > 0).astype(int))


def test_wide_rows_come_in_chunks_of_bounded_size():
    model = wide_forest()
    golden = [[0.5] * 2000] * 900
    chunks = list(probe_rows(model, golden))
    assert max(probes.rows.nbytes for probes in chunks) <= 2 * CHUNK_BYTES
    rows = np.vstack([probes.rows for probes in chunks])
    assert len(rows) == 5 * splits_in(model) + MAX_ROWS // 20 + len(golden)
    assert (rows == 0.5).all(axis=1).sum() == len(golden)
    for feature, threshold in splits_of(model):
        assert float(float32_below(threshold)) in rows[:, feature].astype(np.float32)


def test_rows_too_wide_for_all_of_them_are_fewer():
    values = np.random.default_rng(SEED).normal(size=(60, 20_000))
    model = RandomForestClassifier(200, random_state=SEED).fit(values, np.arange(60) % 3)
    sizes = [probes.rows.nbytes for probes in probe_rows(model, [[0.5] * 20_000])]
    assert 0.7 * MAX_BYTES < sum(sizes) <= MAX_BYTES
    assert max(sizes) <= 2 * CHUNK_BYTES


@pytest.mark.parametrize("model", [wide_forest, lambda: STEPS, lambda: fitted("extra trees")], ids=["wide", "small", "middling"])
def test_both_sides_of_every_threshold_are_asked_one_by_one_as_far_as_the_limit_goes(model):
    chunks = list(probe_rows(model(), [[0.5] * model().n_features_in_]))
    singles = np.vstack([probes.rows[: probes.singles] for probes in chunks])
    assert len(singles) <= MAX_SINGLE_ROWS * 1.1
    assert len(singles) >= min(MAX_SINGLE_ROWS, sum(len(probes.rows) for probes in chunks))
    splits = splits_of(model())
    found = [float(float32_below(threshold)) in singles[:, feature].astype(np.float32) for feature, threshold in splits]
    assert sum(found) / len(found) > min(1, MAX_SINGLE_ROWS / splits_in(model())) * 0.95


def test_an_error_in_one_chunk_of_many_is_found():
    model = wide_forest()
    tree, node = places(model, leaves=True)[-1]

    def change(_nodes, values) -> None:
        values[node] = np.roll(values[node], 1, axis=-1)

    golden = [[0.5] * 2000]
    assert agrees(chosen(model), EstimatorScorer(model, classifier_signature(model)).score_rows, probe_rows(model, golden))
    wrong = chosen(spoilt(model, tree, change))
    assert not agrees(wrong, EstimatorScorer(model, classifier_signature(model)).score_rows, probe_rows(model, golden))
