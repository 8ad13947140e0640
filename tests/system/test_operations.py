"""What happens around a running service: its configuration or folder is replaced, or no process can be started. It goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.servers import PROJECT, WORKER_CLASS, Server, clean_environment, free_port, until

pytestmark = pytest.mark.system
FILES = ("wsgi.py", "gunicorn.conf.py")
STRANGER = 64_321


class Release(Server):
    """A service that runs in a folder of its own, as a deployed release does."""

    def __init__(self, folder: Path, artifacts: Path, log: Path, **environment: str) -> None:
        super().__init__(artifacts, log, **environment)
        self.folder = folder
        self._environment["PYTHONPATH"] = str(PROJECT)


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    for name in FILES:
        shutil.copy(PROJECT / name, folder)
    return folder


def answers(server):
    return httpx.get(server.url + "/health", trust_env=False, timeout=10).status_code


def said(server, words):
    return [line for line in server.events() if words in line["message"]]


def half_written(folder):
    (folder / "gunicorn.conf.py").write_text("workers = (1,\nbind")
    return "SyntaxError"


def gone(folder):
    (folder / "gunicorn.conf.py").unlink()
    return "there is no gunicorn.conf.py of this project in the folder"


def raising(folder):
    (folder / "gunicorn.conf.py").write_text("from iris_api.server.hooks import of_the_next_release")
    return "ImportError: cannot import name 'of_the_next_release'"


def elsewhere(folder):
    with (folder / "gunicorn.conf.py").open("a") as file:
        file.write(f"\nbind = '127.0.0.1:{free_port()}'\n")
    return "it names another address; restart the service to change that"


def moved(folder):
    folder.rename(folder.with_name("old"))
    return "can't chdir to"


def deleted(folder):
    shutil.rmtree(folder)
    return "No such file or directory"


def replaced(folder):
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    (folder / "gunicorn.conf.py").write_text("workers = 1\n")
    return "there is no gunicorn.conf.py of this project in the folder"


def without_workers(folder):
    with (folder / "gunicorn.conf.py").open("a") as file:
        file.write("\nworkers = 0\n")
    return "it names no workers"


@pytest.mark.parametrize("change", [half_written, gone, raising, elsewhere, moved, deleted, replaced, without_workers])
def test_a_configuration_that_cannot_be_read_again_stays_as_it_was(artifacts, release, tmp_path, change):
    with Release(release, artifacts, tmp_path / "log") as server:
        before = server.until_all_serve(2)
        reason = change(release)
        server.signal(signal.SIGHUP)
        [line] = until(lambda: said(server, "the configuration was not read again, the one before stays"), "the line that says why")
        assert reason in line["message"]
        until(lambda: len(server.workers()) == 2 and not server.workers() & before, "other workers")
        assert answers(server) == 200
        assert not any("Traceback" in text for text in server.log.read_text().splitlines())
        if not release.exists():
            release.mkdir()
        for name in FILES:
            shutil.copy(PROJECT / name, release)
        server.signal(signal.SIGHUP)
        until(lambda: len(said(server, "reload succeeded")) == 2, "another reload")
        assert len(said(server, "the configuration was not read again")) == 1
        assert answers(server) == 200


def processes_of(uid):
    """How many processes and threads the user has."""
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if lines["Uid"].split()[0] == str(uid):
            count += int(lines["Threads"])
    return count


class Unprivileged(Release):
    """A service of a user whose processes can be limited."""

    prefix = ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", "--")

    def limit(self, pid, limit):
        """As that user: root may lack the capability to limit the processes of others."""
        subprocess.run([*self.prefix, "prlimit", f"--pid={pid}", limit], check=True, timeout=20)

    def limit_processes(self, number):
        """As a limit of all processes would: of the master and its workers, except those that start a thread for each connection."""
        for pid in (self.process.pid, *(self.workers() if WORKER_CLASS == "lanes" else ())):
            self.limit(pid, f"--nproc={number}:")


def let_strangers_in(folder):
    """Let another user read what is in ``folder``; skip where this user cannot start its processes."""
    if os.geteuid() != 0:
        pytest.skip("another user's processes take root")
    for part in (folder, *folder.parents):
        if part.stat().st_mode & 0o005 != 0o005 and "pytest" in str(part):
            part.chmod(0o755)


@pytest.fixture
def unprivileged(artifacts, release, tmp_path):
    let_strangers_in(tmp_path)
    with Unprivileged(release, artifacts, tmp_path / "log") as server:
        yield server


def test_a_worker_is_lost_while_none_can_be_started(unprivileged):
    server = unprivileged
    lost, kept = sorted(server.until_all_serve(2))
    server.limit_processes(1)
    os.kill(lost, signal.SIGKILL)
    until(lambda: said(server, "no worker can be started (Resource temporarily unavailable); the 1 there are go on"), "the line")
    began = time.monotonic()
    while time.monotonic() < began + 3:
        assert answers(server) == 200
    assert server.workers() == {kept}
    assert len(said(server, "no worker can be started")) == 1
    server.limit_processes(processes_of(STRANGER) + 50)
    until(lambda: len(server.workers()) == 2, "two workers")
    until(lambda: said(server, "all 2 workers are there again"), "that they are there")
    assert answers(server) == 200


@pytest.mark.lanes
def test_batches_are_answered_while_no_thread_can_be_started(unprivileged, row):
    server = unprivileged
    before = server.until_all_serve(2)
    server.limit_processes(1)
    batch = {"instances": [row] * 3000}

    def answered(_):
        return httpx.post(server.url + "/v1/predict/batch", json=batch, trust_env=False, timeout=30).status_code

    with ThreadPoolExecutor(4) as clients:
        assert set(clients.map(answered, range(20))) == {200}
    assert server.workers() == before


def test_another_master_that_cannot_be_started_ends_nothing(unprivileged):
    server = unprivileged
    before = server.until_all_serve(2)
    server.limit_processes(1)
    server.signal(signal.SIGUSR2)
    until(lambda: said(server, "no other master can be started, this one goes on: BlockingIOError"), "the line")
    assert (answers(server), server.workers()) == (200, before)
    server.limit_processes(processes_of(STRANGER) + 50)
    shutil.rmtree(server.folder)
    server.signal(signal.SIGUSR2)
    until(lambda: said(server, "no other master can be started, this one goes on: FileNotFoundError"), "the other line")
    assert (answers(server), server.workers()) == (200, before)


def test_a_worker_that_cannot_begin_leaves_the_others_serving(unprivileged):
    server = unprivileged
    lost, kept = sorted(server.until_all_serve(2))
    # enough for the master, which holds a few files, and not for another worker's event loop
    server.limit(server.process.pid, f"--nofile={len(os.listdir(f'/proc/{server.process.pid}/fd')) + 1}:")
    os.kill(lost, signal.SIGKILL)
    until(lambda: len(said(server, "a worker ended as soon as it began")) == 2, "two attempts")
    assert answers(server) == 200
    assert kept in server.workers()
    server.limit(server.process.pid, "--nofile=256:")
    until(lambda: len(server.workers()) == 2 and all(number > kept for number in server.workers() - {kept}), "two workers")
    assert answers(server) == 200


@pytest.mark.lanes
def test_after_an_incomplete_reload_a_stop_still_drains(artifacts, release, tmp_path):
    let_strangers_in(tmp_path)
    with Unprivileged(release, artifacts, tmp_path / "log", IRIS_DRAIN_SECONDS="5") as server:
        until(lambda: len(server.workers()) == 2, "two workers")
        server.limit_processes(1)
        server.signal(signal.SIGHUP)
        until(lambda: said(server, "the reload is not complete"), "the line")
        server.signal(signal.SIGTERM)
        until(lambda: httpx.get(server.url + "/health/ready", trust_env=False).status_code == 503, "a worker that drains")


def test_a_reload_while_no_worker_can_be_started_is_completed_later(unprivileged):
    server = unprivileged
    before = server.until_all_serve(2)
    server.limit_processes(1)
    server.signal(signal.SIGHUP)
    until(lambda: said(server, "the reload is not complete"), "the line")
    assert answers(server) == 200
    assert server.workers() == before
    server.limit_processes(processes_of(STRANGER) + 50)
    until(lambda: len(server.workers()) == 2 and not server.workers() & before, "other workers")
    assert answers(server) == 200


def test_a_start_without_any_worker_ends(artifacts, release, tmp_path):
    let_strangers_in(tmp_path)
    with (release / "gunicorn.conf.py").open("a") as file:
        file.write("\nimport resource\ndef when_ready(arbiter):\n    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))\n")
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts), IRIS_BIND=f"127.0.0.1:{free_port()}", PYTHONPATH=str(PROJECT))
    done = subprocess.run(
        [*Unprivileged.prefix, sys.executable, "-m", "gunicorn", "wsgi:app"],
        cwd=release, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 71
    assert "no worker can be started (Resource temporarily unavailable)" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


class WithoutSharedMemory(Server):
    """A service in a mount namespace whose shared memory cannot be written."""

    prefix = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh")


def test_a_service_without_shared_memory_serves(artifacts, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("a mount takes root")
    with WithoutSharedMemory(artifacts, tmp_path / "log") as server:
        assert answers(server) == 200
