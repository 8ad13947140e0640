"""Section ``growth``: is memory flat over many requests? With a control that leaks, which the same check must catch."""

import time
from typing import Any

import numpy as np

from benchmarks.lineup import Contender, service
from benchmarks.load import drive
from benchmarks.processes import MIB, Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Growth"
REQUESTS = 200_000
CONTROL_REQUESTS = 100_000
SAMPLES = 20
MOST_SECONDS = 150
FLAT_PERCENT = 2.0


def run(work: Workplace) -> dict[str, Any]:
    """Sample both while they serve, and judge the growth of the workers' resident anonymous memory, where every leak shows.

    The PSS is shown but not judged: it also rises, once for each worker, when a collection of garbage writes to pages that
    were shared since the fork, and moves with whatever else maps the same files.
    """
    ours = _watch(work, service(work.artifacts), 2000 if work.quick else REQUESTS)
    leaky = service(work.artifacts, "benchmarks.contenders.leaky_wsgi:app")
    control = _watch(work, leaky, 2000 if work.quick else CONTROL_REQUESTS)
    return {"limit": FLAT_PERCENT, "service": ours, "control": control, "judged": not work.quick}


def table(result: dict[str, Any]) -> str:
    """First and last sample and the growth of both, as Markdown."""
    lines = []
    for title, one in (("this service", result["service"]), ("control: the same, leaking 105 bytes a request", result["control"])):
        first, last = one["samples"][0], one["samples"][-1]
        cells = [title, f"{last['requests']:,}", f"{number(first['pss_mib'])} → {number(last['pss_mib'])}"]
        cells += [
            f"{number(first['anonymous_mib'])} → {number(last['anonymous_mib'])}",
            f"{one['slope']:+.2f} %",
            f"{one['bytes_a_request']:+.0f}",
        ]
        lines.append(cells)
    return markdown(
        ["", "requests", "summed PSS, MiB", "workers' anonymous memory, MiB", "growth a 100,000 requests", "bytes a request"], lines
    )


def _watch(work: Workplace, contender: Contender, wanted: int) -> dict[str, Any]:
    samples, done = [], 0
    with Server(contender, work.log("growth")) as server:
        server.settle()
        end = time.monotonic() + (10 if work.quick else MOST_SECONDS)
        each = seconds_each(work, server, wanted)
        while done < wanted and time.monotonic() + each < end:
            done += drive(server.url, work.bodies, each).requests
            samples.append({"requests": done, "pss_mib": server.pss_mib(), "anonymous_mib": sum(server.anonymous_mib()[1:])})
    mib = growth(samples)
    return {"samples": samples, "slope": mib / samples[0]["anonymous_mib"] * 100, "bytes_a_request": mib * MIB / 100_000}


def seconds_each(work: Workplace, server: Server, wanted: int) -> int:
    """How long to drive ``server`` between samples, for ``wanted`` requests in all but no more than ``MOST_SECONDS``."""
    wished = round(wanted / SAMPLES / drive(server.url, work.bodies, 2).per_second)
    return min(max(1, wished), MOST_SECONDS // SAMPLES)


def growth(samples: list[dict[str, float]]) -> float:
    """Growth of the workers' anonymous memory in MiB a 100,000 requests, the first quarter of the samples left out as warm-up."""
    return slope(samples[len(samples) // 4 :], "requests", "anonymous_mib") * 100_000


def slope(samples: list[dict[str, float]], by: str, figure: str) -> float:
    """Least-squares growth of ``figure`` for each one of ``by``; 0 if there are too few samples to tell."""
    if len(samples) < 2:
        return 0.0
    line = np.polyfit([one[by] for one in samples], [one[figure] for one in samples], 1)
    return float(line[0])
