"""Server processes: started in a session of their own, measured as a tree, and always ended."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from benchmarks.lineup import Contender

PROJECT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
DEADLINE_SECONDS = 60
OVER = ("0A", "06")  # a listener, and a connection that only waits for stray segments
MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
_libc = ctypes.CDLL(None)


def die_with_parent() -> None:
    """In a child between fork and exec: end when the benchmark does, however it ends; a server then ends its workers itself."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment without what would configure a contender, and with ``variables``."""
    ours = ("PORT", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS", "PYTHONPATH", "XDG_RUNTIME_DIR")
    return {name: value for name, value in os.environ.items() if not name.startswith("IRIS_") and name not in ours} | variables


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Ask every few milliseconds until something holds; False if it does not after ``seconds``."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def _memory_mib(process: psutil.Process, *kinds: str) -> float:
    """The ``kinds`` of memory in proc(5), smaps_rollup, summed in MiB; 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in kinds) / 1024


def _descriptors(process: psutil.Process) -> int:
    try:
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Server:
    """One contender, listening on a free port; leaving the context ends every process it started.

    ``ready_after`` is the time in seconds from exec to the first 200 of its ready path.
    """

    def __init__(self, contender: Contender, log: Path, **environment: str) -> None:
        self.port = free_port()
        self.contender = contender
        self.url = f"http://127.0.0.1:{self.port}{contender.path}"
        self.ready_after = 0.0
        self._log = log
        self._command = [part.format(port=self.port) for part in contender.command]
        variables = {name: value.format(port=self.port) for name, value in contender.environment.items()}
        self._environment = clean_environment(**(variables | environment))

    def __enter__(self) -> Self:
        self._output = self._log.open("wb")
        started = time.perf_counter()
        self.process = subprocess.Popen(
            self._command,
            cwd=self.contender.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            self._until_ready()
        except BaseException:
            self._end()
            raise
        self.ready_after = time.perf_counter() - started
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send one request on a connection of its own; status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET" if body is None else "POST", path, body, {} if body is None else JSON)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def settle(self) -> None:
        """Wait until the tree has gone quiet, so that workers still starting are not measured."""
        end = time.monotonic() + DEADLINE_SECONDS
        before = self.cpu_seconds()
        while time.monotonic() < end:
            time.sleep(0.3)
            now = self.cpu_seconds()
            if now - before < 0.03:
                return
            before = now

    def tree(self) -> list[psutil.Process]:
        """The master and every living descendant."""
        master = psutil.Process(self.process.pid)
        return [master, *master.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree since its start, dead children included (proc(5), stat: utime to cstime)."""
        total = 0.0
        for process in self.tree():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue  # its parent has it among its dead children now
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def pss_mib(self) -> float:
        """Proportional set size of the whole tree in MiB: shared pages counted once, divided among those who share them."""
        return sum(_memory_mib(process, "Pss") for process in self.tree())

    def uss_mib(self) -> float:
        """Unique set size of the whole tree in MiB: the pages that one process alone has."""
        return sum(_memory_mib(process, "Private_Clean", "Private_Dirty") for process in self.tree())

    def anonymous_mib(self) -> list[float]:
        """Resident anonymous memory in MiB of each process, the master first.

        It leaves out the pages of files, which the kernel takes back and reads again as it sees fit.
        """
        return [_memory_mib(process, "Anonymous") for process in self.tree()]

    def descriptors(self) -> tuple[int, int]:
        """The descriptors that are open in the master, and in all other processes together."""
        master, *workers = map(_descriptors, self.tree())
        return master, sum(workers)

    def connections(self) -> int:
        """The connections to it that have not ended, whether a worker has taken them or not (proc(5), net/tcp)."""
        entries = [line.split()[1:4:2] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(local.endswith(f":{self.port:04X}") and state not in OVER for local, state in entries)

    def until_connections(self, wanted: int) -> None:
        """Wait until there are so many connections to it."""
        if not until(lambda: self.connections() == wanted, DEADLINE_SECONDS):
            raise RuntimeError(f"{self.contender.title} has {self.connections()} connections, not {wanted}")

    def _until_ready(self) -> None:
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if self.ask(self.contender.ready_path, self.contender.ready_body)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.005)
        last = self._log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.contender.title} does not answer; the end of its log:\n{last}")

    def _end(self) -> None:
        try:
            started = self.tree()
        except psutil.NoSuchProcess:
            started = []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for process in started:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait(10)
        self._output.close()
