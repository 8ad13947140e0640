"""Section ``events``: what clients notice of reloads, swaps, signals, a new master, a killed worker and the end."""

import contextlib
import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.asking_client import NOTED_SECONDS
from benchmarks.clients import client
from benchmarks.commands import iris_api
from benchmarks.lineup import WORKERS, service
from benchmarks.processes import Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Events under load"
LIMIT_MS = 250
CLIENTS = 8
RELOADS = 5
PAUSE_SECONDS = 1.0
QUIET_SECONDS = 3
DEADLINE_SECONDS = 60


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        # it ended between being listed and being asked
        return False


class Operator:
    """Does things to a service and waits until each has come about."""

    def __init__(self, work: Workplace, server: Server, pid_file: Path) -> None:
        self._work, self._server, self._pid_file = work, server, pid_file
        self.master = psutil.Process(server.process.pid)

    def workers(self) -> set[int]:
        """The process ids of the master's living workers."""
        return {child.pid for child in self.master.children() if _lives(child)}

    def reload(self, expected: str) -> None:
        """Send SIGHUP and wait until all workers are others and know how it went."""
        before = self.workers()
        self.master.send_signal(signal.SIGHUP)
        _until(lambda: len(self.workers()) == len(before) and not self.workers() & before, "other workers")
        status, content = self._server.ask("/health")
        if status != 200 or f'"outcome":"{expected}"'.encode() not in content:
            raise RuntimeError(f"after a reload that should have {expected}, health says {status}: {content!r}")

    def change_workers(self, signal_number: int, wanted: int) -> None:
        """Send TTIN or TTOU and wait for so many workers."""
        self.master.send_signal(signal_number)
        _until(lambda: len(self.workers()) == wanted, f"{wanted} workers")

    def swap(self) -> None:
        """Put version 2 in service."""
        iris_api(self._work.artifacts, "promote", "2")
        self.reload("succeeded")

    def reload_badly(self) -> None:
        """Put a bundle in service that is not fit for it, past all checks, and reload; afterwards version 2 is named again."""
        model = self._work.artifacts / "iris"
        shutil.copytree(model / "1", model / "3")
        (model / "SERVING").write_text("3\n")
        self.reload("failed")
        (model / "SERVING").write_text("2\n")

    def replace_master(self) -> None:
        """Start a second master with SIGUSR2, and end the first with SIGTERM once the second's workers answer."""
        first, old = self.master, self.workers()
        first.send_signal(signal.SIGUSR2)
        second = self._pid_file.with_suffix(".pid.2")
        _until(lambda: second.exists() and second.read_text().strip(), "a second master")
        self.master = psutil.Process(int(second.read_text()))
        _until(lambda: self._answering() not in old | {None}, "an answer of the second master's workers")
        first.terminate()
        self._server.process.wait(DEADLINE_SECONDS)

    def kill_worker(self) -> None:
        """End a worker with SIGKILL and wait until there is another."""
        before = self.workers()
        os.kill(min(before), signal.SIGKILL)
        _until(lambda: len(self.workers()) == len(before) and self.workers() != before, "another worker")

    def end(self) -> None:
        """End the service with SIGTERM and wait for it."""
        self.master.terminate()
        self._server.process.wait(DEADLINE_SECONDS)

    def end_successor(self) -> None:
        """End a second master, which is no child of this process."""
        if self.master.pid == self._server.process.pid:
            return
        family = [self.master, *self.master.children()]
        self.master.terminate()
        for process in psutil.wait_procs(family, DEADLINE_SECONDS)[1]:
            process.kill()

    def _answering(self) -> int | None:
        with contextlib.suppress(OSError):
            return int(json.loads(self._server.ask("/health")[1])["worker"])
        return None


def run(work: Workplace) -> dict[str, Any]:
    """Do everything an operator does to a service, one after another, while 8 clients ask without pause over kept connections.

    What an event cost is what the clients saw between its beginning and a second after its end; the first is none, for
    comparison. The kill and the end of the service are done to services of their own.
    """
    _make_version_2(work)
    kept = _under_load(work, _ordinary(1 if work.quick else RELOADS))
    killed = _under_load(work, {"kill -9 of a worker": Operator.kill_worker})
    ended = _under_load(work, {"SIGTERM of the service": Operator.end})
    return {
        "clients": CLIENTS,
        "events": kept["events"] + killed["events"] + ended["events"],
        "answers": kept["answers"] + killed["answers"] + ended["answers"],
        "failed": len(kept["losses"]),
        "longest_gap_ms": max(one["client_gap_ms"] for one in kept["events"]),
        "longest_service_gap_ms": max(one["service_gap_ms"] for one in kept["events"]),
        "lost_with_worker": len(killed["losses"]),
        "lost_at_end": len(ended["losses"]),
        "judged": not work.quick,
    }


def table(result: dict[str, Any]) -> str:
    """Losses and longest gaps by event, as Markdown."""
    lines = []
    for one in result["events"]:
        lost = ", ".join(f"{count} {reason}" for reason, count in one["lost"].items()) or "0"
        lines.append([one["name"], number(one["seconds"]), lost, _shown(one["service_gap_ms"]), _shown(one["client_gap_ms"])])
    return markdown(["event", "seconds", "requests lost", "longest gap of the service, ms", "of any client, ms"], lines)


def _shown(gap_ms: float) -> str:
    """Shorter ones are not noted."""
    return number(gap_ms) if gap_ms else f"< {NOTED_SECONDS * 1000:g}"


def _ordinary(reloads: int) -> dict[str, Callable[[Operator], None]]:
    return {
        "none": lambda _: time.sleep(QUIET_SECONDS),
        **{f"SIGHUP {turn + 1}": lambda operator: operator.reload("succeeded") for turn in range(reloads)},
        "SIGTTIN": lambda operator: operator.change_workers(signal.SIGTTIN, int(WORKERS) + 1),
        "SIGTTOU": lambda operator: operator.change_workers(signal.SIGTTOU, int(WORKERS)),
        "SIGUSR1": lambda operator: operator.master.send_signal(signal.SIGUSR1),
        "promote, SIGHUP": Operator.swap,
        "bad bundle, SIGHUP": Operator.reload_badly,
        "SIGUSR2, SIGTERM of the old master": Operator.replace_master,
    }


def _make_version_2(work: Workplace) -> None:
    """Another model of the same features, and version 1 back in service."""
    iris_api(work.artifacts, "train", "--artifacts", str(work.artifacts), "--repeats", "1")
    iris_api(work.artifacts, "promote", "1")


def _under_load(work: Workplace, actions: dict[str, Callable[[Operator], None]]) -> dict[str, Any]:
    pid_file = work.folder / "master.pid"
    ours = service(work.artifacts)
    contender = replace(ours, command=(*ours.command, "--pid", str(pid_file)))
    with Server(contender, work.log("events")) as server:
        server.settle()
        operator, events = Operator(work, server, pid_file), []
        try:
            with client("benchmarks.asking_client", {"port": server.port, "clients": CLIENTS, "bodies": str(work.bodies)}) as asking:
                time.sleep(PAUSE_SECONDS)
                for name, act in actions.items():
                    began = time.monotonic()
                    act(operator)
                    time.sleep(PAUSE_SECONDS)
                    events.append((name, began, time.monotonic()))
                seen: dict[str, Any] = asking.result(PAUSE_SECONDS)
        finally:
            operator.end_successor()
    for name, began, ended in events:
        print(f"  {name}: {ended - began:.1f} s", flush=True)
    return seen | {"events": [_cost(event, seen) for event in events]}


def _cost(event: tuple[str, float, float], seen: dict[str, Any]) -> dict[str, Any]:
    name, began, ended = event
    return {
        "name": name,
        "seconds": ended - began,
        "lost": Counter(reason for at, reason in seen["losses"] if began <= at <= ended),
        "service_gap_ms": _longest(seen["service_gaps"], began, ended),
        "client_gap_ms": _longest(seen["gaps"], began, ended),
    }


def _longest(gaps: list[list[float]], began: float, ended: float) -> float:
    """The longest of the gaps that lie at least partly in the event, in milliseconds."""
    return max((after - before for before, after in gaps if after > began and before < ended), default=0.0) * 1000


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.05)
