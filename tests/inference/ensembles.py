"""Fitted ensembles of every kind that has trees, rows where their answers turn, and the one comparison: to the last bit."""

import copy
import functools
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from iris_api.inference.columns import FLOAT32_MAX

SEED = 5
NAMES = np.array(["alba", "rubra", "viridis"])


def data(features: int = 4, classes: int = 3, rows: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Noisy rows on a coarse grid, so that values repeat, and their classes by number."""
    random = np.random.default_rng(features * 10 + classes)
    values = random.normal(size=(rows, features)).round(1)
    scores = values[:, : min(3, features)].sum(axis=1) + random.normal(size=rows) / 2
    return values, np.digitize(scores, np.quantile(scores, np.arange(1, classes) / classes))


def fit(model: Any, features: int = 4, classes: int = 3, label: Callable[[Any], Any] = lambda numbers: numbers) -> Any:
    """``model`` fitted on `data`, with labels as ``label`` makes them of the classes' numbers."""
    values, numbers = data(features, classes)
    return model.fit(values, label(numbers))


def rare_class_bag(**options: Any) -> BaggingClassifier:
    """A bag some of whose trees have never seen the first or the last class, as its bootstrap may have left them out."""
    values, numbers = data()
    bag = BaggingClassifier(DecisionTreeClassifier(), 12, random_state=SEED, **options).fit(values, NAMES[numbers])
    for number, columns in enumerate(bag.estimators_features_[:4]):
        seen = numbers != (0 if number % 2 else 2)
        bag.estimators_[number] = DecisionTreeClassifier(max_depth=4).fit(values[seen][:, columns], numbers[seen])
    return bag


def single_leaf_forest() -> RandomForestClassifier:
    """A forest in which some trees, but not all, are one leaf."""
    values, numbers = np.arange(12.0)[:, None], np.array([0] * 11 + [1])
    return RandomForestClassifier(15, random_state=SEED).fit(values, numbers)


def of_extremes() -> DecisionTreeClassifier:
    """A tree on values at both ends of float32, around zero and among the subnormals."""
    largest = np.float32(FLOAT32_MAX)
    values = [
        -largest,
        np.nextafter(-largest, np.float32(0)),
        -1e-45,
        0.0,
        1e-45,
        3e-45,
        1.2e-38,
        np.nextafter(largest, np.float32(0)),
        largest,
    ]
    return DecisionTreeClassifier(random_state=SEED).fit(np.array(values, dtype=np.float64)[:, None], np.arange(len(values)) % 2)


FORESTS: dict[str, Callable[[], Any]] = {
    "pure forest": lambda: fit(RandomForestClassifier(30, random_state=SEED)),
    "impure forest": lambda: fit(RandomForestClassifier(30, max_depth=3, min_samples_leaf=5, random_state=SEED)),
    "weighted forest": lambda: fit(RandomForestClassifier(15, class_weight="balanced", max_depth=4, random_state=SEED)),
    "subsample weights": lambda: fit(RandomForestClassifier(15, class_weight="balanced_subsample", random_state=SEED)),
    "three odd trees": lambda: fit(RandomForestClassifier(3, random_state=SEED)),
    "even vote": lambda: fit(RandomForestClassifier(2, random_state=SEED)),
    "extra trees": lambda: fit(ExtraTreesClassifier(30, random_state=SEED)),
    "impure extra trees": lambda: fit(ExtraTreesClassifier(30, max_depth=4, random_state=SEED)),
    "string labels": lambda: fit(RandomForestClassifier(9, random_state=SEED), label=lambda numbers: NAMES[numbers]),
    "odd int labels": lambda: fit(RandomForestClassifier(9, random_state=SEED), label=lambda numbers: 7 - 5 * numbers),
    "bool labels": lambda: fit(RandomForestClassifier(9, random_state=SEED), classes=2, label=lambda numbers: numbers == 0),
    "2 features": lambda: fit(RandomForestClassifier(20, random_state=SEED), features=2),
    "30 features": lambda: fit(RandomForestClassifier(20, random_state=SEED), features=30, classes=2),
    "one feature": lambda: fit(ExtraTreesClassifier(20, random_state=SEED), features=1),
    "one class": lambda: fit(RandomForestClassifier(5, random_state=SEED), label=np.zeros_like),
    "some single leaves": single_leaf_forest,
    "130 trees": lambda: fit(RandomForestClassifier(130, max_depth=2, random_state=SEED)),
}
TREES: dict[str, Callable[[], Any]] = {
    "tree": lambda: fit(DecisionTreeClassifier(random_state=SEED)),
    "impure tree": lambda: fit(DecisionTreeClassifier(max_depth=3, random_state=SEED)),
    "weighted tree": lambda: fit(DecisionTreeClassifier(class_weight={0: 1, 1: 0.3, 2: 7}, min_samples_leaf=4, random_state=SEED)),
    "stump": lambda: fit(DecisionTreeClassifier(max_depth=1, random_state=SEED)),
    "extra tree": lambda: fit(ExtraTreeClassifier(random_state=SEED)),
    "one leaf": lambda: fit(DecisionTreeClassifier(), label=np.zeros_like),
    "extremes": of_extremes,
}
BAGS: dict[str, Callable[[], Any]] = {
    "bag": lambda: fit(BaggingClassifier(DecisionTreeClassifier(), 12, random_state=SEED)),
    "bag of extra trees": lambda: fit(BaggingClassifier(ExtraTreeClassifier(max_depth=3), 12, random_state=SEED)),
    "bag of some features": lambda: fit(BaggingClassifier(DecisionTreeClassifier(), 12, max_features=0.5, random_state=SEED), features=6),
    "bag of features drawn twice": lambda: fit(
        BaggingClassifier(DecisionTreeClassifier(max_depth=4), 12, max_features=0.7, bootstrap_features=True, random_state=SEED), features=6
    ),
    "bag that misses classes": lambda: rare_class_bag(max_features=0.5),
}
ALL = FORESTS | TREES | BAGS


@functools.cache
def fitted(name: str) -> Any:
    """The ensemble of that name, fitted once; never change it."""
    return ALL[name]()


def splits_of(model: Any) -> list[tuple[int, float]]:
    """Every feature and threshold that the ensemble compares, read without the code under test."""
    inner = getattr(model, "estimators_", [model])
    columns = getattr(model, "estimators_features_", [np.arange(model.n_features_in_)] * len(inner))
    return sorted(
        {
            (int(own[feature]), float(threshold))
            for member, own in zip(inner, columns, strict=True)
            for feature, threshold in zip(member.tree_.feature, member.tree_.threshold, strict=True)
            if feature >= 0
        }
    )


def turning_values(threshold: float) -> list[float]:
    """A threshold, its float32 neighbours, the doubles half way between them and the doubles beside those."""
    nearest = np.float32(threshold)
    with np.errstate(over="ignore"):
        ladder = [np.nextafter(nearest, np.float32(-np.inf)), nearest, np.nextafter(nearest, np.float32(np.inf))]
    exact = [float(value) for value in ladder if np.isfinite(value)]
    middles = [(one + other) / 2 for one, other in pairwise(exact)]
    values = [threshold, *exact, *middles]
    values += [float(np.nextafter(value, side)) for value in values for side in (-np.inf, np.inf)]
    return [min(max(value, -FLOAT32_MAX), FLOAT32_MAX) for value in values]


def turning_rows(model: Any, values: np.ndarray) -> np.ndarray:
    """Rows like ``values``, each with one value where a comparison of ``model`` turns, or at an end of float32 or of the doubles."""
    ends = [-0.0, 0.0, 5e-324, -5e-324, 1e-45, -1e-45, 7.006492321624085e-46, 1.1754943508222875e-38, FLOAT32_MAX, -FLOAT32_MAX]
    pairs = [(feature, value) for feature, threshold in splits_of(model) for value in turning_values(threshold)]
    pairs += [(feature, value) for feature in range(model.n_features_in_) for value in ends]
    random = np.random.default_rng(SEED)
    rows = values[random.integers(len(values), size=len(pairs))].astype(np.float64)
    rows[np.arange(len(pairs)), [feature for feature, _ in pairs]] = [value for _, value in pairs]
    return rows


def rows_for(model: Any) -> np.ndarray:
    """`turning_rows` of rows that look like what ``model`` was fitted on, and those."""
    values = np.random.default_rng(SEED).normal(size=(200, model.n_features_in_)).round(1)
    return np.vstack([values, turning_rows(model, values)])


def assert_same_bits(scorer: Any, model: Any, rows: np.ndarray, singles: int = 400) -> None:
    """Hold ``scorer`` to what ``model`` says of ``rows``, in one batch and, for ``singles`` of them spread evenly, one by one."""
    # scikit-learn adds up its input to see that it is finite, which values at both ends of float32 overflow
    with np.errstate(all="ignore"):
        labels, probabilities = model.predict(rows).tolist(), np.ascontiguousarray(model.predict_proba(rows))
    before = rows.copy()
    given, shares = scorer.score_rows(rows)
    assert given == labels
    assert list(map(type, given)) == list(map(type, labels))
    assert np.array(shares).tobytes() == probabilities.tobytes()
    assert {type(share) for row in shares for share in row} == {float}
    assert rows.tobytes() == before.tobytes()
    for index in range(0, len(rows), max(1, len(rows) // singles)):
        label, row = scorer.score_row(rows[index].tolist())
        assert (label, row) == (labels[index], probabilities[index].tolist())
        assert type(label) is type(labels[index])
        assert np.array(row).tobytes() == probabilities[index].tobytes()


def spoilt(model: Any, tree: int, change: Callable[[Any, Any], None]) -> Any:
    """A copy of the ensemble in whose tree number ``tree`` the nodes and values are as ``change`` leaves them."""
    copied = copy.copy(model)
    copied.estimators_ = list(model.estimators_)
    member = copied.estimators_[tree] = copy.deepcopy(model.estimators_[tree])
    state = member.tree_.__getstate__()
    nodes, values = state["nodes"].copy(), state["values"].copy()
    change(nodes, values)
    member.tree_.__setstate__(state | {"nodes": nodes, "values": values})
    return copied
