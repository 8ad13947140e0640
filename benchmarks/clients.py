"""Client processes: each a module of its own, told what to do as JSON, so that nothing in this process holds a client up."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.lineup import PROJECT
from benchmarks.processes import clean_environment, die_with_parent

SPARE_SECONDS = 60


class Client:
    """A running client. It says a line when it has begun, and what it saw when it ends, or is told to end."""

    def __init__(self, module: str, task: Mapping[str, Any], python: str) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [python, "-m", module, json.dumps(task)],
            cwd=PROJECT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # what is behind the first line is for communicate to read
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def until_begun(self) -> None:
        """Wait for its first line."""
        if self._process.stdout is None or not self._process.stdout.readline():
            raise RuntimeError(f"the client {self._module} did not begin")

    def result(self, seconds: float = 0) -> Any:
        """Tell it to end, or give it ``seconds`` and more to end by itself, and return what it saw."""
        said, _ = self._process.communicate(timeout=seconds + SPARE_SECONDS)
        if self._process.returncode:
            raise RuntimeError(f"the client {self._module} failed")
        return json.loads(said)

    def end(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def client(module: str, task: Mapping[str, Any], python: str = sys.executable) -> Iterator[Client]:
    """A client that has begun, run by the interpreter ``python``, and that does not outlive the context."""
    running = Client(module, task, python)
    try:
        running.until_begun()
        yield running
    finally:
        running.end()


def begun() -> None:
    """In a client: say that it has begun."""
    print("begun", flush=True)


def stopped(seconds: float = 0) -> bool:
    """In a client: whether it has been told to end, waiting for that up to ``seconds``."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])
