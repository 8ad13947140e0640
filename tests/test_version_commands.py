"""Promoting, rolling back and listing: what is printed, and what is left as it was."""

import os
import shutil

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from iris_api.cli import main
from iris_api.inference.registry import Registry
from tests.inference.bundles import edit, write

ROWS = np.arange(12.0).reshape(6, 2)


@pytest.fixture(scope="module")
def tree():
    return DecisionTreeClassifier(random_state=0).fit(ROWS, ["no", "yes"] * 3)


@pytest.fixture
def registry(tree, tmp_path, monkeypatch):
    """The model small with the versions 1, 2 and 3, of which 1 serves; the environment points there."""
    for name in list(os.environ):
        if name.upper().startswith("IRIS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IRIS_ARTIFACTS", str(tmp_path / "models"))
    monkeypatch.setenv("IRIS_MODEL_NAME", "small")
    for _ in range(3):
        write(tmp_path / "models", tree, ROWS[:3])
    return Registry(tmp_path / "models", "small")


def ends_with(code, *words):
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert end.value.code == code


def test_two_rollbacks_go_back_twice(registry, capsys):
    for version in ("2", "3"):
        assert main(["promote", version]) == 0
    capsys.readouterr()
    for version in (2, 1):
        assert main(["rollback"]) == 0
        assert capsys.readouterr().out.startswith(f"small version {version} is in service from the next start or reload on")
        assert registry.serving() == version
    ends_with(66, "rollback")
    assert "remembers no version before this one; promote one (small has: 3, 2, 1)" in capsys.readouterr().err


def test_a_rollback_says_which_versions_it_skips(registry, capsys):
    for version in ("2", "3"):
        assert main(["promote", version]) == 0
    shutil.rmtree(registry.path(2))
    capsys.readouterr()
    assert main(["rollback"]) == 0
    skipped, serving = capsys.readouterr().out.splitlines()
    assert skipped == "note: small version 2 served before, but was deleted since; it is skipped"
    assert serving.startswith("small version 1 is in service")
    assert registry.serving() == 1


def test_promote_mends_a_serving_file_that_names_nothing(registry):
    (registry.folder / "SERVING").write_text("latest\n")
    ends_with(65, "check")
    assert main(["promote", "2"]) == 0
    assert registry.serving() == 2


def test_versions_lists_the_model_that_serves_or_the_named_one(registry, tree, capsys, monkeypatch):
    write(registry.root, tree, ROWS[:3], "other")
    monkeypatch.setenv("IRIS_MODEL_VERSION", "2")
    assert main(["versions"]) == 0
    own = capsys.readouterr()
    assert main(["versions", "small"]) == 0
    assert capsys.readouterr() == own
    assert own.out.splitlines()[2].startswith("2        serving (pinned by IRIS_MODEL_VERSION)  ")
    assert main(["versions", "other"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("1        serving  2026-11-22T00:00:00Z  "), "the pin is another model's"


def test_damaged_versions_are_listed_and_end_in_0(registry, capsys):
    (registry.path(1) / "manifest.json").write_bytes(b"\xff\x00")
    edit(registry.path(2), lambda content: content["libraries"].update(scikit_learn="1.0"))
    assert main(["versions"]) == 0
    out, err = capsys.readouterr()
    assert ("damaged: " in out, "unfit: " in out, err) == (True, True, "")


def test_versions_of_a_serving_file_that_names_nothing_are_listed_before_it_is_refused(registry, capsys):
    (registry.folder / "SERVING").write_text("latest\n")
    ends_with(65, "versions")
    out, err = capsys.readouterr()
    assert [line.split()[:2] for line in out.splitlines()] == [["version", "state"], ["3", "-"], ["2", "-"], ["1", "-"]]
    assert err.startswith("iris-api: ")
    assert "SERVING does not name a version; promote one" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "code", "said"), [("none", 66, "holds no bundle"), ("../small", 78, "cannot be a model's name"), ("", 78, "")]
)
def test_versions_of_what_is_no_model_are_refused(registry, capsys, name, code, said):
    ends_with(code, "versions", name)
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), said in err) == ("", 1, True)
