"""Section ``equality``: the forest scorer's answers beside the estimator's, bit for bit, on a million rows a model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import markdown
from benchmarks.workplace import Workplace

TITLE = "Equal to the estimator, to the last bit"
ROWS = 1_000_000
CHUNK = 100_000
SINGLE_ROWS = 50_000


def run(work: Workplace) -> dict[str, Any]:
    """Compare every model on rows at random, in which every threshold and its float32 neighbours stand several times."""
    rows = CHUNK if work.quick else ROWS
    return {"models": [_compare(name, estimator, data, rows) for name, estimator, data in _models()]}


def table(result: dict[str, Any]) -> str:
    """What was compared, as Markdown."""
    lines = [
        [one["model"], f"{one['thresholds']:,}", f"{one['rows']:,}", f"{one['single_rows']:,}", f"{one['different']:,}"]
        for one in result["models"]
    ]
    return markdown(["model", "thresholds", "rows in batches", "rows one by one", "answers that differ"], lines)


def _models() -> Iterator[tuple[str, Any, NDArray[np.float64]]]:
    from sklearn.datasets import load_breast_cancer, load_iris, load_wine
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    iris = load_iris(return_X_y=True)
    for name, load in (("Iris", load_iris), ("wine", load_wine), ("breast_cancer", load_breast_cancer)):
        data, labels = load(return_X_y=True)
        yield f"random forest, {name}", RandomForestClassifier(100, random_state=42).fit(data, labels), data
    others = {
        "random forest with impure leaves, Iris": RandomForestClassifier(100, max_depth=3, min_samples_leaf=5, random_state=42),
        "extra trees, Iris": ExtraTreesClassifier(100, random_state=42),
        "single tree, Iris": DecisionTreeClassifier(random_state=42),
    }
    for name, estimator in others.items():
        yield name, estimator.fit(*iris), iris[0]


def _compare(name: str, estimator: Any, data: NDArray[np.float64], rows: int) -> dict[str, Any]:
    from iris_api.inference.scorers import MAX_TABLE_BYTES, scorer_of_trees

    scorer, random = scorer_of_trees(estimator, MAX_TABLE_BYTES), np.random.default_rng(42)
    if scorer is None:
        raise RuntimeError(f"{name} has no scorer of its own")
    cuts = _cuts(estimator)
    different = single = 0
    for _ in range(rows // CHUNK):
        chunk = _rows(data, cuts, random)
        labels, expected = estimator.predict(chunk).tolist(), estimator.predict_proba(chunk)
        given_labels, given = scorer.score_rows(chunk)
        different += int((np.array(given) != expected).any(axis=1).sum()) + sum(
            one != other for one, other in zip(labels, given_labels, strict=True)
        )
        some = SINGLE_ROWS * CHUNK // rows
        answers = zip(labels[:some], expected[:some].tolist(), strict=True)
        different += sum(scorer.score_row(row) != answer for row, answer in zip(chunk[:some].tolist(), answers, strict=True))
        single += some
    return {"model": name, "thresholds": sum(map(len, cuts.values())), "rows": rows, "single_rows": single, "different": different}


def _cuts(estimator: Any) -> dict[int, NDArray[np.float64]]:
    """Every threshold of every feature, its float32 neighbours, and the doubles between which rounding turns."""
    cuts: dict[int, list[NDArray[np.float64]]] = {}
    for tree in (member.tree_ for member in getattr(estimator, "estimators_", [estimator])):
        for feature in set(tree.feature[tree.feature >= 0].tolist()):
            cuts.setdefault(feature, []).append(tree.threshold[tree.feature == feature])
    return {feature: _around(np.unique(np.concatenate(parts))) for feature, parts in cuts.items()}


def _around(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded = thresholds.astype(np.float32)
    above = np.nextafter(rounded, np.float32(np.inf)).astype(np.float64)
    below = np.nextafter(rounded, np.float32(-np.inf)).astype(np.float64)
    middle = (rounded + above) / 2
    return np.concatenate([thresholds, rounded, above, below, middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf)])


def _rows(data: NDArray[np.float64], cuts: dict[int, NDArray[np.float64]], random: np.random.Generator) -> NDArray[np.float64]:
    """One chunk: uniform between the data's extremes, and every cut of every feature in as many rows as there is room for."""
    rows = random.uniform(data.min(axis=0), data.max(axis=0), size=(CHUNK, data.shape[1]))
    for feature, values in cuts.items():
        chosen = random.permutation(CHUNK)[: CHUNK // 2]
        rows[chosen, feature] = np.resize(random.permutation(values), CHUNK // 2)
    return rows
