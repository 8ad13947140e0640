"""A service that trusts keys: it starts from a sealed bundle, and a reload takes no other."""

import shutil
import signal
import subprocess
import sys

import pytest

from iris_api.cli import main
from tests.inference.bundles import edit
from tests.servers import PROJECT, Server, clean_environment, until

pytestmark = pytest.mark.system


@pytest.fixture
def keys(artifacts, tmp_path, monkeypatch):
    monkeypatch.setenv("IRIS_ARTIFACTS", str(artifacts))
    (tmp_path / "keys").mkdir()
    assert main(["keygen", str(tmp_path / "key")]) == 0
    shutil.move(tmp_path / "key.pub", tmp_path / "keys")
    assert main(["seal", str(artifacts / "iris" / "1"), "--key", str(tmp_path / "key")]) == 0
    shutil.copytree(artifacts / "iris" / "1", artifacts / "iris" / "2")
    edit(artifacts / "iris" / "2", lambda content: content.update(version=2))
    (artifacts / "iris" / "SERVING").write_text("1\n")
    return tmp_path / "keys"


def test_a_reload_takes_only_what_is_sealed(artifacts, keys, tmp_path):
    with Server(artifacts, tmp_path / "log", IRIS_TRUSTED_KEYS=str(keys)) as server:
        (artifacts / "iris" / "SERVING").write_text("2\n")
        server.signal(signal.SIGHUP)
        until(lambda: (server.health()["last_reload"] or {}).get("outcome") == "failed", "a failed reload")
        assert server.health()["model_version"] == 1
        assert any("is not what was sealed" in str(line) for line in server.lines())
        assert main(["seal", str(artifacts / "iris" / "2"), "--key", str(tmp_path / "key")]) == 0
        server.signal(signal.SIGHUP)
        until(lambda: server.health()["model_version"] == 2, "version 2 in service")


def test_a_start_without_a_seal_ends_in_one_line(artifacts, keys):
    (artifacts / "iris" / "1" / "manifest.seal").unlink()
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts), IRIS_TRUSTED_KEYS=str(keys))
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    done = subprocess.run(command, check=False, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 65
    assert done.stderr.count("\n") == 1
    assert "is not sealed; seal it (iris-api seal)" in done.stderr
