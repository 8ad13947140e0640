"""The file that says which version serves: one command at a time changes it, and readers see all of it or what was before."""

import fcntl
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import ArtifactBusy, ArtifactForbidden, ArtifactMissing
from iris_api.inference.serving_file import MAX_HISTORY, locked, read_history, write_history
from tests.servers import PROJECT, clean_environment

VERSIONS = st.lists(st.integers(1, 999_999_999), min_size=1, max_size=MAX_HISTORY)


@given(VERSIONS)
def test_what_was_written_is_read(tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("model")
    write_history(folder, history)
    assert read_history(folder) == history
    assert (folder / "SERVING").read_text().splitlines() == [str(version) for version in history]


def test_a_file_of_one_line_is_a_history_of_one_version(tmp_path):
    (tmp_path / "SERVING").write_text("3")
    assert read_history(tmp_path) == [3]


def test_without_a_file_there_is_no_history(tmp_path):
    assert read_history(tmp_path) == []


def test_a_long_history_is_cut_at_its_old_end(tmp_path):
    write_history(tmp_path, range(1, 100))
    assert read_history(tmp_path) == list(range(1, MAX_HISTORY + 1))


def test_who_waits_too_long_is_told_that_another_command_is_at_work(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(ArtifactBusy, match="is being changed by another command; try again") as refusal,
        locked(tmp_path, 0),
    ):
        pass
    assert refusal.value.exit_code == 75
    with locked(tmp_path, 0):
        pass


HOLD = """
import sys
from pathlib import Path
from iris_api.inference.serving_file import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_dies_leaves_no_lock(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, cwd=PROJECT, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(ArtifactBusy), locked(tmp_path, 0):
        pass
    process.kill()
    process.communicate(timeout=60)
    with locked(tmp_path, 0):
        pass
    assert os.listdir(tmp_path) == []


def test_a_child_that_was_forked_meanwhile_keeps_no_lock(tmp_path):
    gate, release = os.pipe()
    with locked(tmp_path):
        child = os.fork()
        if not child:
            os.close(release)
            os.read(gate, 1)
            os._exit(0)
    try:
        with locked(tmp_path, 0):
            pass
    finally:
        os.close(release)
        os.close(gate)
        os.waitpid(child, 0)


def test_a_failure_inside_gives_the_lock_back(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path):
        raise KeyboardInterrupt
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def test_what_is_no_folder_cannot_be_locked(tmp_path):
    with pytest.raises(ArtifactMissing, match="none does not exist; make a bundle first"), locked(tmp_path / "none"):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactForbidden, match=r"file cannot be opened \(Not a directory\)"), locked(tmp_path / "file"):
        pass
