"""The Makefile's commands, run beside stand-ins for what they call."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import PROJECT, clean_environment

STAND_IN = '#!/bin/sh\necho "$(basename "$0") $*"\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project whose environment is installed, and whose programs only say how they were called."""
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/serve.txt", "pyproject.toml"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "serve").touch()
    for name in ("python", "iris-api"):
        (tmp_path / ".venv" / "bin" / name).write_text(STAND_IN)
        (tmp_path / ".venv" / "bin" / name).chmod(0o755)
    shutil.copy(PROJECT / "Makefile", tmp_path)
    return tmp_path


def make(place: Path, target: str, **variables: str) -> tuple[list[str], list[str]]:
    """The commands whose output goes to standard error, and those whose output goes to standard output."""
    command = [shutil.which("make") or "make", "--no-print-directory", target]
    done = subprocess.run(command, cwd=place, env=clean_environment(**variables), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines(), done.stdout.splitlines()


@pytest.mark.parametrize("name", [None, "artifacts", "my models", "it's", "$(touch pwned)", "`touch pwned`;touch pwned", '"', "-l"])
def test_serve_trains_only_where_there_is_no_model_whatever_its_folder_is_called(place: Path, name: str | None) -> None:
    variables = {} if name is None else {"IRIS_ARTIFACTS": name}
    assert make(place, "serve", **variables) == (["python scripts/train.py"], ["iris-api serve"])
    (place / (name or "artifacts") / "iris" / "1").mkdir(parents=True)
    assert make(place, "serve", **variables) == ([], ["iris-api serve"])
    assert not (place / "pwned").exists()


@pytest.mark.parametrize("model", ["cellar", "a b", "$(touch pwned)"])
def test_serve_trains_no_model_but_iris(place: Path, model: str) -> None:
    assert make(place, "serve", IRIS_MODEL_NAME=model) == ([], ["iris-api serve"])
    assert not (place / "pwned").exists()


def test_serve_of_several_models_trains_iris_where_it_is_one_of_them(place: Path) -> None:
    assert make(place, "serve", IRIS_MODELS="cellar,iris") == (["python scripts/train.py"], ["iris-api serve"])
    assert make(place, "serve", IRIS_MODELS="cellar,iris2") == ([], ["iris-api serve"])


def test_clean_removes_every_environment(place: Path) -> None:
    (place / ".venv-bench").mkdir()
    make(place, "clean")
    assert sorted(path.name for path in place.iterdir()) == ["Makefile", "pyproject.toml", "requirements"]


def test_the_container_starts_the_same_way() -> None:
    assert 'CMD ["iris-api", "serve"]' in (PROJECT / "Dockerfile").read_text().splitlines()


def test_ci_runs_what_a_person_can_run() -> None:
    lines = re.findall(r"^make ([a-z -]+)", (PROJECT / ".ci" / "run").read_text(), re.MULTILINE)
    targets = [target for line in lines for target in line.split()]
    assert {"lint", "types", "test", "test-gthread"} <= set(targets)
    command = [shutil.which("make") or "make", "--dry-run", *targets]
    assert subprocess.run(command, cwd=PROJECT, env=clean_environment(), capture_output=True, timeout=60, check=False).returncode == 0
