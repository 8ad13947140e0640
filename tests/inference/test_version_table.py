"""The table of versions: what serves, what served before, and what is wrong with a bundle, which never ends the listing."""

import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iris_api.errors import ArtifactMissing, ConfigurationError
from iris_api.inference.registry import Registry
from iris_api.inference.seals import Trust
from iris_api.inference.version_table import MAX_ROWS, states, version_table
from tests.inference.bundles import edit, write
from tests.inference.own_bundles import FILE, NAMES, forget_own, write_own

CREATED = "2026-11-22T00:00:00Z"


@pytest.fixture
def registry(tree, rows, tmp_path):
    """Version 1 serves; 2 and 3 were written after it."""
    for _ in range(3):
        write(tmp_path / "models", tree, rows[:3])
    return Registry(tmp_path / "models", "small")


def lines(registry, trust=Trust()):  # noqa: B008 - it is frozen
    return version_table(registry, states(registry), trust).splitlines()


def cells(registry, trust=Trust()):  # noqa: B008 - it is frozen
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines(registry, trust)[1:]}


def test_each_version_is_a_line_below_a_header(registry):
    assert lines(registry) == [
        "version  state    created               estimator               bundle",
        "3        -        2026-11-22T00:00:00Z  DecisionTreeClassifier  readable",
        "2        -        2026-11-22T00:00:00Z  DecisionTreeClassifier  readable",
        "1        serving  2026-11-22T00:00:00Z  DecisionTreeClassifier  readable",
    ]


def test_the_version_that_a_rollback_goes_back_to_is_the_previous_one(registry):
    registry.promote(3)
    registry.promote(2)
    assert [line.split()[:2] for line in lines(registry)[1:]] == [["3", "previous"], ["2", "serving"], ["1", "-"]]


def test_a_pin_goes_before_what_was_promoted(registry):
    registry.promote(2)
    table = cells(Registry(registry.root, "small", 3))
    assert table["3"].startswith("serving (pinned by IRIS_MODEL_VERSION) ")
    assert table["2"].startswith("promoted ")
    assert table["1"].startswith("previous ")


def test_a_pin_of_what_was_promoted_is_one_state(registry):
    table = cells(Registry(registry.root, "small", 1))
    assert table["1"].startswith("serving (pinned by IRIS_MODEL_VERSION), promoted ")


def test_a_version_that_was_deleted_while_it_serves_is_listed(registry):
    registry.promote(2)
    shutil.rmtree(registry.path(2))
    assert cells(registry)["2"] == "serving - - deleted"


def test_without_a_serving_file_the_highest_serves(registry):
    (registry.folder / "SERVING").unlink()
    assert cells(registry)["3"].startswith("serving ")


SPOILT = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "- - - damaged: {folder}/manifest.json does not exist; "),
    "no json": (lambda folder: (folder / "manifest.json").write_text("{"), "- - - damaged: {folder}/manifest.json is no manifest"),
    "a fifo": (
        lambda folder: (folder / "manifest.json").unlink() or os.mkfifo(folder / "manifest.json"),
        "- - - damaged: {folder}/manifest.json is no regular file",
    ),
    "a file": (lambda folder: shutil.rmtree(folder) or folder.write_text(""), "- - - damaged: {folder} is a link or no folder"),
    "no pickle": (
        lambda folder: (folder / "model.joblib").unlink(),
        f"- {CREATED} DecisionTreeClassifier unfit: {{folder}}/model.joblib does not exist; ",
    ),
    "a short pickle": (
        lambda folder: (folder / "model.joblib").write_bytes(b"x"),
        f"- {CREATED} DecisionTreeClassifier unfit: {{folder}}/model.joblib has 1 bytes, its manifest says ",
    ),
    "another scikit-learn": (
        lambda folder: edit(folder, lambda content: content["libraries"].update(scikit_learn="1.0")),
        f"- {CREATED} DecisionTreeClassifier unfit: {{folder}}/manifest.json",
    ),
    "another place": (
        lambda folder: edit(folder, lambda content: content.update(version=9)),
        f"- {CREATED} DecisionTreeClassifier misplaced: it holds small version 9",
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), SPOILT.values(), ids=SPOILT)
def test_what_is_wrong_with_a_bundle_is_in_its_line(registry, spoil, expected):
    spoil(registry.path(2))
    table = cells(registry)
    assert table["2"].startswith(expected.format(folder=registry.path(2)))
    assert table["1"].endswith(" readable")
    assert table["3"].endswith(" readable")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), name=st.text(max_size=100))
def test_whatever_a_manifest_holds_is_one_line_of_the_table(registry, content, name):
    (registry.path(2) / "manifest.json").write_bytes(content)
    edit(registry.path(3), lambda manifest: manifest.update(estimator=name))
    table = lines(registry)
    assert len(table) == 4
    assert all(line.isprintable() for line in table)
    assert "damaged: " in table[2]


def test_an_unsealed_bundle_is_unfit_where_keys_are_trusted(registry, tmp_path):
    (tmp_path / "keys").mkdir()
    with pytest.raises(ConfigurationError):
        lines(registry, Trust(tmp_path / "keys"))
    from iris_api.inference.seals import make_key

    make_key(tmp_path / "keys" / "release")
    assert "unfit: " in cells(registry, Trust(tmp_path / "keys"))["1"]
    assert "is not sealed; " in cells(registry, Trust(tmp_path / "keys"))["1"]
    assert "which is no longer taken" in cells(registry, Trust(None, 2))["1"]


def test_a_bundle_with_code_of_its_own_is_unfit_unless_all_of_it_is_named_and_whole(tmp_path):
    folder = write_own(tmp_path / "models")
    forget_own()
    registry, named = Registry(tmp_path / "models", "own"), Trust(allowed_globals=NAMES)
    assert cells(registry, named)["1"].endswith(" readable")
    for trust in (Trust(), Trust(allowed_globals=frozenset({"features:AddRatio"}))):
        assert f"unfit: {folder}/model.joblib needs classes or functions of its own (features:" in cells(registry, trust)["1"]
    (folder / FILE).write_bytes(b"raise RuntimeError")
    assert f"unfit: {folder}/{FILE} has 18 bytes, its manifest says " in cells(registry, named)["1"]


def test_the_table_is_bounded_and_keeps_what_has_a_state(registry):
    for version in range(4, MAX_ROWS + 20):
        registry.path(version).mkdir()
    table = lines(registry)
    assert len(table) == 1 + MAX_ROWS + 1 + 1
    assert table[-2].split()[:2] == ["1", "serving"]
    assert table[-1] == "and 18 older ones"


def test_a_model_without_versions_has_no_table(tmp_path):
    registry = Registry(tmp_path, "small")
    with pytest.raises(ArtifactMissing, match="holds no bundle; make one"):
        version_table(registry, states(registry))
