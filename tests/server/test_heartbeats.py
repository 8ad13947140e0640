"""The folder of heartbeats: the first one that can be written."""

import os
import subprocess
import sys

import pytest

from iris_api.errors import ConfigurationError
from iris_api.server.heartbeats import IN_MEMORY, heartbeat_folder
from tests.servers import PROJECT


def test_shared_memory_comes_first():
    assert heartbeat_folder() == IN_MEMORY


def test_the_first_folder_that_can_be_written_is_taken(tmp_path):
    missing, file = tmp_path / "missing", tmp_path / "file"
    file.touch()
    assert heartbeat_folder([str(missing), str(file), str(tmp_path)]) == str(tmp_path)


def test_without_any_folder_there_is_one_line(tmp_path):
    with pytest.raises(ConfigurationError, match="mount one at /dev/shm or /tmp, or set TMPDIR"):
        heartbeat_folder([str(tmp_path / "missing")])


PROGRAM = "from iris_api.server.heartbeats import heartbeat_folder; print(heartbeat_folder())"


@pytest.mark.skipif(os.geteuid() != 0, reason="a mount takes root")
def test_without_shared_memory_it_is_the_folder_of_temporary_files(tmp_path):
    command = 'mount -t tmpfs -o ro none /dev/shm && exec "$@"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, "sh", sys.executable, "-c", PROGRAM],
        cwd=PROJECT, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    if done.returncode and "unshare" in done.stderr:
        pytest.skip("this kernel does not let the test make a mount of its own")
    assert done.stdout.strip() == str(tmp_path)
