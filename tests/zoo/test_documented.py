"""``docs/your-own-model.md`` lists what is taken and what is not: both lists are held to the zoo, and every refusal is tried."""

import re

import pytest
from sklearn.base import ClassifierMixin, ClusterMixin, OutlierMixin, RegressorMixin
from sklearn.utils import all_estimators

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.boosting_names import BOOSTERS
from iris_api.inference.decoding.names import ALLOWED
from tests.inference.decoding.comparisons import fitted
from tests.servers import PROJECT
from tests.zoo.asking import bundled
from tests.zoo.estimators import ESTIMATORS
from tests.zoo.refusals import REFUSED

SECTION = "## What is taken, by class"
KINDS = {"Classifiers": ClassifierMixin, "Regressors": RegressorMixin, "Outlier detectors": OutlierMixin, "Clusterers": ClusterMixin}
OF_TARGETS = {"LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer"}
"""They encode what is predicted, and are no steps of a pipeline."""


def tables() -> list[dict[str, str]]:
    """The tables of the section: by the first cell of each row, the rest."""
    text = (PROJECT / "docs" / "your-own-model.md").read_text(encoding="utf-8")
    section = text.partition(f"{SECTION}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\|[^\n]*\|\n\|(?:---\|)+\n((?:\|[^\n]*\|\n)+)", section, re.MULTILINE)
    return [dict(row.strip("| ").split(" | ", 1) for row in table.splitlines()) for table in found]


def names_in(cells: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cells))


def test_every_estimator_is_taken_or_refused():
    every = {name for name, kind in all_estimators() if issubclass(kind, tuple(KINDS.values()))}
    assert every - set(ESTIMATORS) - set(REFUSED) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_that_is_taken_is_listed(kind):
    of_kind = {name for name, one in all_estimators() if issubclass(one, KINDS[kind])}
    assert names_in(tables()[0][kind]) == of_kind & set(ESTIMATORS)


def test_every_transformer_that_is_taken_is_listed():
    steps = {name for name, one in all_estimators() if hasattr(one, "transform") and (one.__module__, name) in ALLOWED}
    predicting = {name for name, one in all_estimators() if issubclass(one, tuple(KINDS.values()))}
    assert names_in(tables()[0]["Transformers, as steps"]) == steps - predicting - OF_TARGETS - set(REFUSED)


def test_every_class_of_a_boosting_library_is_listed():
    listed = {row.split()[0].lower(): names_in(cells.split(" | ")[0]) for row, cells in tables()[1].items()}
    taken: dict[str, set[str]] = {}
    for module, names in BOOSTERS.items():
        taken.setdefault(module.split(".")[0], set()).update(names.split())
    assert listed == {library: names - {"Booster"} for library, names in taken.items()}


def test_every_refusal_is_listed_and_every_listed_one_is_tried():
    rows = list(tables()[-1])
    assert [name for name in REFUSED if not any(name in row for row in rows)] == []
    assert [row for row in rows if not any(name in row for name in REFUSED)] == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_served_is_refused_with_its_reason(name, tmp_path):
    (model, rows, target), reason = REFUSED[name]
    model = fitted(model, rows, target)
    with pytest.raises(ArtifactError, match=reason) as raised:
        bundled(model, rows, None, tmp_path)
    assert "\n" not in str(raised.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
