"""Each failure before the port is open: its exit code, its one line, no traceback, and no port."""

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import joblib
import pytest

from iris_api.server.cores import granted_cores
from tests.inference.bundles import edit, obey_permissions, plant, truncated
from tests.servers import PROJECT, WORKER_LINE, clean_environment, die_with_parent, free_port, until

pytestmark = pytest.mark.system


@dataclass
class Ended:
    """How a process ended, and what it left."""

    code: int
    out: str
    line: str


def in_the_child() -> None:
    die_with_parent()
    obey_permissions()


def run(command: list[str], environment: dict[str, str]) -> Ended:
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, preexec_fn=in_the_child, capture_output=True, text=True, timeout=60, check=False
    )
    for line in done.stdout.splitlines():
        assert isinstance(json.loads(line), dict)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.startswith("iris-api: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("\n")
    return Ended(done.returncode, done.stdout, done.stderr)


def serve(artifacts: Path, *arguments: str, **variables: str) -> Ended:
    """Start the service, which must not come up; a listening socket in its place would tell if the port were opened."""
    port = free_port()
    defaults = {"IRIS_ARTIFACTS": str(artifacts), "IRIS_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1"}
    ended = run([sys.executable, "-m", "gunicorn", "wsgi:app", *arguments], clean_environment(**(defaults | variables)))
    assert "Listening at" not in ended.out
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
    return ended


def check(artifacts: Path, **variables: str) -> Ended:
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts), **variables)
    ended = run([sys.executable, "-m", "iris_api.cli", "check"], environment)
    assert ended.out == ""
    return ended


def both_say(artifacts: Path, code: int, *parts: str) -> None:
    for ended in (serve(artifacts), check(artifacts)):
        assert ended.code == code
        assert all(part in ended.line for part in parts), ended.line


def test_no_artifacts_at_all(tmp_path):
    both_say(tmp_path / "none", 66, f"{tmp_path}/none/iris holds no bundle; make one", "IRIS_ARTIFACTS")


def test_no_pickle_in_the_bundle(artifacts):
    (artifacts / "iris" / "1" / "model.joblib").unlink()
    both_say(artifacts, 65, f"{artifacts}/iris/1/model.joblib does not exist; ")


def test_no_manifest_in_the_bundle(artifacts):
    (artifacts / "iris" / "1" / "manifest.json").unlink()
    both_say(artifacts, 65, f"{artifacts}/iris/1/manifest.json does not exist; ")


def test_a_promoted_version_that_was_deleted(artifacts):
    (artifacts / "iris" / "SERVING").write_text("2\n1\n")
    both_say(artifacts, 66, f"{artifacts}/iris/2 does not exist; name a version there is (iris has: 1)")


def test_a_pinned_version_that_is_not_there(artifacts):
    for ended in (serve(artifacts, IRIS_MODEL_VERSION="7"), check(artifacts, IRIS_MODEL_VERSION="7")):
        assert (ended.code, f"{artifacts}/iris/7 does not exist" in ended.line) == (66, True)


@pytest.mark.parametrize("name", ["iris", "iris/1", "iris/1/model.joblib"])
def test_artifacts_that_may_not_be_read(artifacts, name):
    (artifacts / name).chmod(0)
    try:
        both_say(artifacts, 77, f"{artifacts}/{name}", "may not be read by this user; change its permissions")
    finally:
        (artifacts / name).chmod(0o755)


SETTINGS = {
    "misspelt": ({"IRIS_ARTEFACTS": "x"}, "IRIS_ARTEFACTS is no setting; IRIS_ARTIFACTS was probably meant"),
    "no number": ({"IRIS_MAX_BATCH_ROWS": "many"}, "IRIS_MAX_BATCH_ROWS: "),
    "no address": ({"IRIS_BIND": "nowhere"}, "IRIS_BIND: "),
    "another machine's address": ({"IRIS_BIND": "192.0.2.1:80"}, "IRIS_BIND: 192.0.2.1:80 is no address of this machine"),
    "an impossible host": ({"IRIS_BIND": "a..b:80"}, "IRIS_BIND: a..b:80 is no address of this machine"),
    "a socket in no folder": ({"IRIS_BIND": "unix:/no/such/folder/iris.sock"}, "IRIS_BIND: /no/such/folder is no folder"),
    "a worker count of nothing": ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY: "),
}


@pytest.mark.parametrize(("variables", "expected"), SETTINGS.values(), ids=SETTINGS)
def test_a_wrong_setting(artifacts, variables, expected):
    ended = serve(artifacts, **variables)
    assert (ended.code, expected in ended.line) == (78, True)


@pytest.mark.parametrize("value", ["abc", "0", "1.5"])
def test_a_worker_count_that_gunicorn_itself_cannot_read(artifacts, value):
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts), IRIS_BIND=f"127.0.0.1:{free_port()}", WEB_CONCURRENCY=value)
    ended = run([sys.executable, "-m", "iris_api.cli", "serve"], environment)
    assert (ended.code, ended.out) == (78, "")
    assert "WEB_CONCURRENCY: must be " in ended.line


def test_serving_outside_the_projects_folder(artifacts, tmp_path):
    program = f"import os; os.chdir({str(tmp_path)!r}); from iris_api.cli import main; main(['serve'])"
    ended = run([sys.executable, "-c", program], clean_environment(IRIS_ARTIFACTS=str(artifacts)))
    assert (ended.code, "there is no wsgi.py in" in ended.line) == (78, True)


@pytest.mark.parametrize(("value", "workers"), [("", None), ("1", 1)])
def test_a_worker_count_that_is_empty_counts_as_unset(artifacts, tmp_path, value, workers):
    """The process becomes the master, whose line says its id, and tells what is to be said of the model."""
    edit(artifacts / "iris" / "1", lambda content: content["libraries"].update(numpy="1.0"))
    port = free_port()
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts), IRIS_BIND=f"127.0.0.1:{port}", WEB_CONCURRENCY=value)
    command = [sys.executable, "-m", "iris_api.cli", "serve", "--", "--backlog", "64"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            preexec_fn=in_the_child,  # noqa: PLW1509 - it only calls prctl
            stdout=log,
            stderr=log,
        )
    expected = workers or granted_cores()
    try:
        until(lambda: process.poll() is not None or (tmp_path / "log").read_text().count('"Booting worker') == expected, "all workers")
    finally:
        process.terminate()
        code = process.wait(30)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert code == 0, lines
    assert {f"Listening at: http://127.0.0.1:{port} ({process.pid})", WORKER_LINE} <= {line["message"] for line in lines}
    booted = [line for line in lines if line["message"].startswith("Booting worker")]
    assert len(booted) == expected
    [warning] = [line for line in lines if "trained with numpy 1.0" in line["message"]]
    assert (warning["level"], warning["logger"]) == ("WARNING", "iris_api")


def test_without_preloading(artifacts, tmp_path):
    """Gunicorn has no option that turns it off, so a configuration of one's own does."""
    own = tmp_path / "own.py"
    own.write_text((PROJECT / "gunicorn.conf.py").read_text().replace("preload_app = True", "preload_app = False"))
    ended = serve(artifacts, "--config", str(own))
    assert (ended.code, "preload_app is off" in ended.line) == (78, True)


def test_an_address_in_use(artifacts):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        ended = serve(artifacts, IRIS_BIND=address)
    assert ended.code == 69
    assert f"{address} is in use by another process; stop it or set IRIS_BIND" in ended.line


def mend(folder: Path, pickled: bytes) -> None:
    plant(folder, pickled or b"\0")


def hostile(folder: Path) -> None:
    canary = folder.parent.parent.parent / "canary"
    plant(folder, f"cos\nsystem\n(S'touch {canary}'\ntR.".encode())


def second_pickle(folder: Path) -> None:
    canary = folder.parent.parent.parent / "canary"
    plant(folder, (folder / "model.joblib").read_bytes() + f"cos\nsystem\n(S'touch {canary}'\ntR.".encode())


def flip(folder: Path) -> None:
    content = bytearray((folder / "model.joblib").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.joblib").write_bytes(content)


def link(folder: Path) -> None:
    (folder / "model.joblib").rename(folder / "elsewhere")
    (folder / "model.joblib").symlink_to(folder / "elsewhere")


def fifo(folder: Path) -> None:
    (folder / "model.joblib").unlink()
    os.mkfifo(folder / "model.joblib")


def no_classifier(folder: Path) -> None:
    joblib.dump([1, 2, 3], folder / "model.joblib")
    plant(folder, (folder / "model.joblib").read_bytes())


CORRUPTIONS = {
    **{
        f"truncation {n}": lambda folder, n=n: (folder / "model.joblib").write_bytes(truncated((folder / "model.joblib").read_bytes())[n])
        for n in range(4)
    },
    "a truncation with its own hash": lambda folder: mend(folder, truncated((folder / "model.joblib").read_bytes())[2]),
    "a flipped bit": flip,
    "a hostile pickle with its own hash": hostile,
    "a second pickle": second_pickle,
    "a link": link,
    "a FIFO": fifo,
    "another scikit-learn": lambda folder: edit(folder, lambda content: content["libraries"].update(scikit_learn="1.0")),
    "wrong golden rows": lambda folder: edit(folder, lambda content: content["golden"]["rows"].reverse()),
    "a damaged manifest": lambda folder: (folder / "manifest.json").write_text("{"),
    "no classifier": no_classifier,
    "the wrong folder": lambda folder: edit(folder, lambda content: content.update(version=4)),
}
SERVED_TOO = ("truncation 2", "a hostile pickle with its own hash", "wrong golden rows", "a FIFO")


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_bad_bundle(artifacts, tmp_path, name):
    folder = artifacts / "iris" / "1"
    CORRUPTIONS[name](folder)
    ends = [check(artifacts)] + ([serve(artifacts)] if name in SERVED_TOO else [])
    for ended in ends:
        assert ended.code == 65
        assert str(folder) in ended.line
        assert "; " in ended.line or "Serve only models you trained yourself" in ended.line
    assert len({ended.line for ended in ends}) == 1
    assert not (tmp_path / "canary").exists()


def test_the_same_bundle_unspoilt_passes(artifacts):
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts))
    shutil.copytree(artifacts / "iris" / "1", artifacts / "copy")
    command = [sys.executable, "-m", "iris_api.cli", "check"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, preexec_fn=in_the_child, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("ok: ")
