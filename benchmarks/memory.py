"""Section ``memory``: what each further worker adds to the summed proportional set size."""

import time
from itertools import pairwise
from statistics import median
from typing import Any

from benchmarks.holders import one_to_each
from benchmarks.lineup import service
from benchmarks.processes import JSON, Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Memory"
WORKERS = (1, 2, 3, 4)
REQUESTS = 1000
REPEATS = 3
SECONDS_EACH = 10


def run(work: Workplace) -> dict[str, Any]:
    """Start 1 to 4 workers in turn, let each answer 1,000 requests, and sum the tree's PSS; the median over the repeats."""
    wanted, repeats = (20, 1) if work.quick else (REQUESTS, REPEATS)
    measured = [[_measure(work, workers, wanted) for workers in WORKERS] for _ in range(repeats)]
    counts = [_summary(same) for same in zip(*measured, strict=True)]
    added = [after["pss_mib"] - before["pss_mib"] for before, after in pairwise(counts)]
    return {"workers": counts, "added_mib": added, "most_added_mib": max(added)}


def table(result: dict[str, Any]) -> str:
    """Summed PSS by workers, as Markdown."""
    lines = []
    for one, added in zip(result["workers"], [None, *result["added_mib"]], strict=True):
        lines.append([str(one["workers"]), number(one["pss_mib"]), number(added), f"{one['least_requests']:,}"])
    return markdown(["workers", "summed PSS, MiB", "added by the last, MiB", "requests each, at least"], lines)


def _summary(same: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {
        "workers": same[0]["workers"],
        "pss_mib": median(one["pss_mib"] for one in same),
        "least_requests": min(one["least_requests"] for one in same),
        "each_repeat": [one["pss_mib"] for one in same],
    }


def _measure(work: Workplace, workers: int, wanted: int) -> dict[str, Any]:
    contender = service(work.artifacts)
    bodies = work.bodies.read_bytes().splitlines()
    with Server(contender, work.log("memory"), WEB_CONCURRENCY=str(workers)) as server:
        server.settle()
        connections = one_to_each(server.port, workers)
        done, end = 0, time.monotonic() + SECONDS_EACH
        while done < wanted and time.monotonic() < end:
            for connection in connections.values():
                connection.request("POST", contender.path, bodies[done % len(bodies)], JSON)
                connection.getresponse().read()
            done += 1
        for connection in connections.values():
            connection.close()
        return {"workers": workers, "pss_mib": server.pss_mib(), "least_requests": done if len(connections) == workers else 0}
