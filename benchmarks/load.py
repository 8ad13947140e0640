"""The load: wrk with one thread and eight keep-alive connections, the same for every contender."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import die_with_parent

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 8
EX_UNAVAILABLE = 69
MISSING = "make bench needs wrk to make the load; install it (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk)"


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: requests answered, the seconds that took, latencies in milliseconds, and what went wrong.

    ``errors`` counts connections that failed, requests that timed out, and statuses from 400 up.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return self.requests / self.seconds


def require_wrk() -> None:
    """Make sure there is wrk: install it where this may be done, else say what is missing and exit with 69."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing wrk", flush=True)
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, check=False, capture_output=True, timeout=300, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if shutil.which("wrk") is None:
        print(MISSING, flush=True)
        raise SystemExit(EX_UNAVAILABLE)


def wrk_version() -> str:
    """The version of wrk, as it prints it."""
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False, timeout=10).stdout
    found = re.match(r"wrk (\S+)", said)
    return found[1] if found else "unknown"


@contextmanager
def start(url: str, bodies: Path, seconds: int) -> Iterator[subprocess.Popen[str]]:
    """Begin to send the rows in ``bodies`` to ``url``, for ``seconds`` or until the context is left."""
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url, "--", str(bodies)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=die_with_parent) as wrk:
        try:
            yield wrk
        finally:
            wrk.kill()


def finish(wrk: subprocess.Popen[str], seconds: int) -> Load:
    """What ``wrk``, started for ``seconds``, saw when its time is up. Raises RuntimeError if it failed."""
    output, _ = wrk.communicate(timeout=seconds + 30)
    if wrk.returncode:
        raise RuntimeError(f"wrk failed with {wrk.returncode}")
    said = json.loads(output.rpartition("RESULT ")[2])
    return Load(
        requests=said["requests"],
        seconds=said["microseconds"] / 1e6,
        p50_ms=said["p50"] / 1000,
        p99_ms=said["p99"] / 1000,
        errors=said["socket_errors"] + said["bad_answers"],
    )


def drive(url: str, bodies: Path, seconds: int) -> Load:
    """Send the rows in ``bodies`` to ``url`` for ``seconds``."""
    with start(url, bodies, seconds) as wrk:
        return finish(wrk, seconds)
