"""The classifier in service: loaded first, swapped after, and kept where the next one fails."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from iris_api.errors import ArtifactError, ArtifactMissing, NotReady
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import ModelLoader, as_it_is, check, verify
from iris_api.inference.probation import try_in_child
from iris_api.inference.registry import Registry
from iris_api.inference.scorer_choice import choose_scorer
from iris_api.inference.seals import ANY_BUNDLE
from tests.inference.bundles import classifier_signature, dumped, edit, plant, truncated, write
from tests.servers import PROJECT, clean_environment

MAX = 10**8
LIMITS = BundleLimits(MAX, 60)


@pytest.fixture
def registry(folder) -> Registry:
    return Registry(folder.parent.parent, "small")


@pytest.fixture
def loader(registry) -> ModelLoader:
    return ModelLoader(registry, LIMITS, ANY_BUNDLE, as_it_is)


def test_before_the_first_load_nothing_is_in_service(loader):
    assert not loader.is_loaded
    with pytest.raises(NotReady, match="try again"):
        _ = loader.current


def test_the_first_load_puts_the_first_version_in_service(loader, tree, rows):
    loader.refresh()
    assert loader.is_loaded
    assert loader.warnings == ()
    assert loader.current.manifest.version == 1
    assert loader.current.predict(rows).values == tree.predict(rows).tolist()


def test_a_refresh_takes_on_what_was_promoted(loader, registry, tree, rows, labels):
    loader.refresh()
    first = loader.current
    flipped = DecisionTreeClassifier(max_depth=1).fit(rows, labels[::-1])
    write(registry.root, flipped, rows[:4])
    loader.refresh()
    assert loader.current.manifest.version == 1, "nobody promoted the other one"
    registry.promote(2)
    loader.refresh()
    assert loader.current.manifest.version == 2
    assert loader.current.predict(rows).values == flipped.predict(rows).tolist()
    assert first.predict(rows).values == tree.predict(rows).tolist()
    registry.promote(1)
    loader.refresh()
    assert loader.current.manifest.version == 1


def test_a_pin_is_obeyed(registry, tree, rows):
    write(registry.root, tree, rows[:4])
    loader = ModelLoader(Registry(registry.root, "small", 2), LIMITS, ANY_BUNDLE, as_it_is)
    loader.refresh()
    assert loader.current.manifest.version == 2


SPOILT = {
    "gone": shutil.rmtree,
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "damaged": lambda folder: (folder / "model.joblib").write_bytes(b"x"),
    "hostile": lambda folder: plant(folder, b"cos\nsystem\n(S'true'\ntR."),
    "truncated, with its own hash": lambda folder: plant(folder, truncated((folder / "model.joblib").read_bytes())[2]),
    "wrong golden rows": lambda folder: edit(folder, lambda content: content["golden"]["values"].reverse()),
    "another model's name": lambda folder: edit(folder, lambda content: content.update(name="other")),
    "another version's number": lambda folder: edit(folder, lambda content: content.update(version=3)),
    "SERVING is nonsense": lambda folder: (folder.parent / "SERVING").write_text("latest"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_failed_refresh_keeps_the_predictor_before(loader, registry, tree, rows, spoil):
    loader.refresh()
    before = loader.current
    second = write(registry.root, tree, np.r_[rows[:3], rows[-3:]])
    registry.promote(2)
    edit(second, lambda content: content["libraries"].update(numpy="0.1"))
    spoil(second)
    with pytest.raises(ArtifactError):
        loader.refresh()
    assert loader.current is before
    assert loader.warnings == ()


def test_warnings_follow_the_bundle_in_service(loader, folder):
    edit(folder, lambda content: content["libraries"].update(numpy="0.1"))
    loader.refresh()
    assert len(loader.warnings) == 1
    assert "trained with numpy 0.1" in loader.warnings[0]


def test_too_large_a_bundle_is_not_taken_on(registry, tree):
    with pytest.raises(ArtifactError, match="IRIS_MAX_ARTIFACT_BYTES"):
        ModelLoader(registry, BundleLimits(len(dumped(tree)) - 1, 60), ANY_BUNDLE, as_it_is).refresh()


def test_a_bundle_in_the_wrong_folder_is_refused_with_where_it_belongs(loader, registry, folder):
    folder.rename(folder.parent / "5")
    registry.promote(5)
    for ask in (loader.refresh, lambda: check(folder.parent / "5", LIMITS)):
        with pytest.raises(ArtifactError, match="holds small version 1, which serves from small/1 only; move it there"):
            ask()
    shutil.copytree(folder.parent / "5", folder)
    with pytest.raises(ArtifactError, match="it is a copy, remove it"):
        check(folder.parent / "5", LIMITS)


def test_check_takes_a_relative_path(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert check(Path("1"), LIMITS).manifest.version == 1
    monkeypatch.chdir(folder)
    for path in (".", "../1", "../../small/1/"):
        assert check(Path(path), LIMITS).manifest.version == 1


def test_check_of_what_is_not_there(tmp_path):
    with pytest.raises(ArtifactMissing):
        check(tmp_path / "1", LIMITS)


@pytest.mark.parametrize(("max_table_bytes", "name"), [(MAX, "forest"), (0, "trees")])
def test_a_tree_is_served_by_the_quickest_scorer_that_its_memory_allows(folder, tree, rows, max_table_bytes, name):
    predictor = verify(read_bundle(folder, MAX), BundleLimits(MAX, 60, max_table_bytes))
    assert predictor.scorer.name == name
    assert predictor.predict(rows).details == tree.predict_proba(rows).tolist()
    assert [predictor.predict_row(row).values for row in rows.tolist()] == [[label] for label in tree.predict(rows).tolist()]


@pytest.mark.parametrize("max_table_bytes", [MAX, 0])
def test_where_the_quicker_scorer_disagrees_the_estimator_serves(rows, labels, tmp_path, max_table_bytes):
    model = BaggingClassifier(DecisionTreeClassifier(max_depth=2), 4, random_state=0).fit(rows, labels)
    # scikit-learn divides by this number, whatever the number of trees
    model.n_estimators = 5
    bundle = read_bundle(write(tmp_path, model, rows[:4]), MAX)
    assert choose_scorer(model, classifier_signature(model), max_table_bytes).score_rows(rows)[1] != model.predict_proba(rows).tolist()
    assert try_in_child(bundle, 60, max_table_bytes).agrees is False
    predictor = verify(bundle, BundleLimits(MAX, 60, max_table_bytes))
    assert predictor.scorer.name == "estimator"
    assert predictor.predict(rows).details == model.predict_proba(rows).tolist()
    assert predictor.predict(rows).values == model.predict(rows).tolist()


IMPORTED_LATE = """
import sys
from pathlib import Path
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import verify
before = set(sys.modules)
verify(read_bundle(Path(sys.argv[1]), 10**8), BundleLimits())
print(*sorted(set(sys.modules) - before))
"""


def test_loading_a_forest_imports_no_more_of_scikit_learn(rows, labels, tmp_path):
    folder = write(tmp_path, RandomForestClassifier(3, random_state=0).fit(rows, labels), rows[:4])
    command = [sys.executable, "-c", IMPORTED_LATE, str(folder)]
    done = subprocess.run(command, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=True, timeout=60)
    assert [name for name in done.stdout.split() if name.startswith("sklearn")] == []
