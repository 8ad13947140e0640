"""Section ``balance``: how evenly kept connections, which stay with the worker that took them, are spread over the workers."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.holders import holders, open_connections, until_all_serve
from benchmarks.lineup import Contender, service, under
from benchmarks.load import CONNECTIONS as LOAD_CONNECTIONS
from benchmarks.load import start
from benchmarks.processes import Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Balance of kept connections"
CLASSES = ("lanes", "gthread")
WORKERS = (2, 4)
CONNECTIONS = (8, 16, 64)
TRIALS = 20
MOST_LOAD_SECONDS = 300
FAIR_ENOUGH = 1.5


def run(work: Workplace) -> dict[str, Any]:
    """Trials for each worker class, number of workers and number of connections; every second half of them under load.

    In each trial all connections are new and opened at once, and those of the trial before are gone. ``shares`` are the
    busiest worker's connections divided by its fair share, one a trial; those under load come last.
    """
    trials = 2 if work.quick else TRIALS
    combinations = [
        {"class": name, "workers": workers, "connections": connections}
        | _summary(_shares(work, under(service(work.artifacts), name), workers, connections, trials))
        for name in CLASSES
        for workers in WORKERS
        for connections in CONNECTIONS
    ]
    ours = [one["fair"] for one in combinations if one["class"] == CLASSES[0]]
    return {"trials": trials, "combinations": combinations, "least_fair": min(ours), "judged": not work.quick}


def table(result: dict[str, Any]) -> str:
    """Each combination's trials as Markdown."""
    lines = [
        [
            f"`{one['class']}`",
            str(one["workers"]),
            str(one["connections"]),
            number(one["median"]),
            number(one["worst"]),
            f"{one['fair']} of {result['trials']}",
        ]
        for one in result["combinations"]
    ]
    head = ["worker class", "workers", "connections", "busiest ÷ fair share, median", "worst", f"trials at most {FAIR_ENOUGH}"]
    return markdown(head, lines)


def _summary(shares: list[float]) -> dict[str, Any]:
    fair = sum(share <= FAIR_ENOUGH for share in shares)
    return {"median": median(shares), "worst": max(shares), "fair": fair, "shares": shares}


def _shares(work: Workplace, contender: Contender, workers: int, connections: int, trials: int) -> list[float]:
    with Server(contender, work.log("balance"), WEB_CONCURRENCY=str(workers)) as server:
        until_all_serve(server.port, workers)
        server.until_connections(0)
        quiet = [_trial(server, workers, connections) for _ in range(trials // 2)]
        with _load(work, server):
            loaded = [_trial(server, workers, connections) for _ in range(trials - len(quiet))]
    print(f"  {contender.title}: {connections} over {workers}: worst {max(quiet + loaded):.2f}", flush=True)
    return quiet + loaded


@contextmanager
def _load(work: Workplace, server: Server) -> Iterator[None]:
    """Predictions over connections of their own, which are there before any other."""
    with start(server.url, work.bodies, MOST_LOAD_SECONDS):
        server.until_connections(LOAD_CONNECTIONS)
        yield


def _trial(server: Server, workers: int, connections: int) -> float:
    before = server.connections()
    opened = open_connections(server.port, connections)
    try:
        held = Counter(holders(opened))
    finally:
        for connection in opened:
            connection.close()
    server.until_connections(before)
    return max(held.values()) / (connections / workers)
