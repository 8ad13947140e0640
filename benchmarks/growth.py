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
    """Sample both while they serve, and judge the growth of the workers' resident memory.

    The PSS is shown but not judged: it also rises, once for each worker and by no more than the RSS already says, when
    a collection of garbage writes to pages that were shared since the fork, and moves with whatever else maps the same files.
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
        cells += [f"{number(first['rss_mib'])} → {number(last['rss_mib'])}", f"{one['slope']:+.2f} %", f"{one['bytes_a_request']:+.0f}"]
        lines.append(cells)
    return markdown(["", "requests", "summed PSS, MiB", "workers' RSS, MiB", "RSS a 100,000 requests", "bytes a request"], lines)


def _watch(work: Workplace, contender: Contender, wanted: int) -> dict[str, Any]:
    samples, done = [], 0
    with Server(contender, work.log("growth")) as server:
        server.settle()
        end = time.monotonic() + (10 if work.quick else MOST_SECONDS)
        wished = round(wanted / SAMPLES / drive(server.url, work.bodies, 2).per_second)
        each = min(max(1, wished), MOST_SECONDS // SAMPLES)
        while done < wanted and time.monotonic() + each < end:
            done += drive(server.url, work.bodies, each).requests
            samples.append({"requests": done, "pss_mib": server.pss_mib(), "rss_mib": server.workers_rss_mib()})
    mib = growth(samples)
    return {"samples": samples, "slope": mib / samples[0]["rss_mib"] * 100, "bytes_a_request": mib * MIB / 100_000}


def growth(samples: list[dict[str, float]]) -> float:
    """Least-squares growth of the workers' RSS in MiB a 100,000 requests, the first quarter of the samples left out as warm-up."""
    kept = samples[len(samples) // 4 :]
    if len(kept) < 2:
        return 0.0
    line = np.polyfit([one["requests"] for one in kept], [one["rss_mib"] for one in kept], 1)
    return float(line[0]) * 100_000
