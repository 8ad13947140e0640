"""Real Gunicorn masters on free ports, started and always ended by the tests."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from iris_api.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
DEADLINE_SECONDS = 30
CHOSEN_CLASS = os.environ.get("TEST_WORKER_CLASS", "")
WORKER_CLASS = CHOSEN_CLASS or str(Settings.model_fields["worker_class"].default)
WORKER_LINE = "Using worker: " + {"lanes": "iris_api.server.worker.LaneWorker"}.get(WORKER_CLASS, WORKER_CLASS)
_libc = ctypes.CDLL(None)


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment without what would configure the service, and with ``TEST_WORKER_CLASS``'s choice and ``variables``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IRIS_") and name not in ("PORT", "WEB_CONCURRENCY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    }
    return kept | {"IRIS_WORKER_CLASS": CHOSEN_CLASS} | variables


def die_with_parent() -> None:
    """In a child between fork and exec: end when the tests do, however they end."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def until(condition: Any, what: str, deadline_seconds: float = DEADLINE_SECONDS) -> Any:
    """Ask ``condition`` until it gives something true; fail saying ``what`` did not happen."""
    pause = threading.Event()
    for _ in range(int(deadline_seconds / 0.02)):
        if result := condition():
            return result
        pause.wait(0.02)
    raise AssertionError(f"not within {deadline_seconds:g} s: {what}")


def stat_of(pid: int) -> tuple[str, int]:
    """A process's state, ``X`` if there is none, and its parent's id."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "X", 0
    return state, int(parent)


def running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    return stat_of(pid)[0] not in "ZX"


class Server:
    """One Gunicorn master serving ``wsgi:app`` from ``artifacts``.

    ``environment`` adds variables. Use as a context manager; leaving it ends every process it started.
    """

    app = "wsgi:app"
    prefix: tuple[str, ...] = ()
    folder = PROJECT

    def __init__(self, artifacts: Path, log: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        defaults = {"IRIS_ARTIFACTS": str(artifacts), "IRIS_BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": "2"}
        self._environment = clean_environment(**(defaults | environment))
        self._arguments = arguments
        self._read_bytes = 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self._output = self.log.open("wb")
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, "-m", "gunicorn", self.app, *self._arguments],
            cwd=self.folder,
            env=self._environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it only calls prctl
        )
        try:
            until(self._answers, f"the service answering; its log: {self.log}")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def signal(self, number: int) -> None:
        """Send a signal to the master."""
        self.process.send_signal(number)

    def get(self, path: str) -> httpx.Response:
        """The answer to a GET over a connection of its own."""
        return httpx.get(self.url + path, trust_env=False, timeout=5)

    def health(self) -> dict[str, Any]:
        """What ``/health`` says."""
        return dict(self.get("/health").json())

    def workers(self) -> set[int]:
        """The ids of the master's living children."""
        children = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            state, parent = stat_of(int(pid))
            if parent == self.process.pid and state not in "ZX":
                children.add(int(pid))
        return children

    def until_all_serve(self, count: int) -> set[int]:
        """The ids of the ``count`` workers, once each has the threads that it answers with; of `gthread` they begin with its requests."""

        def there() -> set[int]:
            found = self.workers()
            is_whole = WORKER_CLASS != "lanes" or all(psutil.Process(pid).num_threads() > 1 for pid in found)
            return found if len(found) == count and is_whole else set()

        return set(until(there, f"all {count} workers"))

    def connections(self) -> int:
        """How many connections of clients the workers hold."""
        found = (each for pid in self.workers() for each in psutil.Process(pid).net_connections())
        return sum(each.status == "ESTABLISHED" for each in found)

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the log, parsed; fails on one that is no JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def events(self) -> list[dict[str, Any]]:
        """Gunicorn's own lines of the log so far; reads only what is new, so it may be asked often."""
        with self.log.open("rb") as log:
            log.seek(self._read_bytes)
            fresh = log.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        self._events += [json.loads(line) for line in whole.splitlines() if b'"gunicorn.error"' in line]
        return self._events

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}: {self.log.read_text()}")
        try:
            return self.get("/health/ready").status_code == 200
        except (httpx.TransportError, OSError):
            return False

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self._output.close()
