"""Section ``soak``: memory and descriptors over many requests, clients that leave without a word, and reloads."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.aborts import Departure, from_the_loop, from_the_pool, leave
from benchmarks.growth import REQUESTS, SAMPLES, growth, seconds_each, slope
from benchmarks.holders import until_all_serve
from benchmarks.lineup import WORKERS, service
from benchmarks.load import finish, start
from benchmarks.processes import Server, until
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Soak"
ABORTED = 20_000
RELOADS = 100
RELOADS_A_SAMPLE = 5
WARM_UP_RELOADS = 10
RELOAD_SECONDS = 60
CLOSE_SECONDS = 5
# a master that kept one Iris model a reload, about 70 KiB, would grow by 6 %
MASTER_PERCENT = 1.0
# how much the pool's threads leave behind differs by some MiB from sample to sample; 4,000 batches that were kept, each
# with its buffer, would be hundreds of MiB
POOL_PERCENT = 5.0

Sample = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Phase:
    """So many requests, and among them so many clients that leave; given up after ``most_seconds``.

    Memory is looked at after ``rest_seconds`` without a request: a worker gives back what batches leave every other second.
    """

    departures: Callable[[Workplace], list[Departure]]
    requests: int
    aborted: int
    most_seconds: int
    rest_seconds: float = 0.0


POOL = Phase(from_the_pool, REQUESTS // 5, ABORTED // 5, 110, rest_seconds=2.5)
LOOP = Phase(from_the_loop, REQUESTS - POOL.requests, ABORTED - POOL.aborted, 110)


def run(work: Workplace) -> dict[str, Any]:
    """Serve, among clients that leave; then reload again and again; and look at the processes whenever all is quiet.

    The workers after a reload are new ones, so what requests and departures leave behind shows in the workers before the
    first reload, and what reloads leave behind shows in the master. Anonymous memory is judged, as in `growth`; the
    summed PSS and USS are shown beside it. Descriptors must be as many before the first reload, and at the end, as at the
    beginning.
    """
    with Server(service(work.artifacts), work.log("soak")) as server:
        until_all_serve(server.port, int(WORKERS))
        begun = _look(server) | {"requests": 0, "aborted": 0, "errors": 0, "reloads": 0}
        pool = _serve(work, server, POOL, begun)
        loop = _serve(work, server, LOOP, pool[-1])
        reloaded = _reload_often(server, 10 if work.quick else RELOADS, loop[-1])
    warm = [one for one in reloaded if one["reloads"] >= WARM_UP_RELOADS]
    return {
        "samples": {"begun": [begun], "pool": pool, "loop": loop, "reloaded": reloaded},
        "last": reloaded[-1],
        "pool_percent": growth(pool) / pool[0]["anonymous_mib"] * 100,
        "loop_percent": growth(loop) / loop[0]["anonymous_mib"] * 100,
        "master_percent": slope(warm, "reloads", "master_mib") * (RELOADS - WARM_UP_RELOADS) / warm[0]["master_mib"] * 100,
        "stray_descriptors": max(_stray(begun, one) for one in (loop[-1], reloaded[-1])),
        "judged": not work.quick,
    }


def table(result: dict[str, Any]) -> str:
    """What was held and open after each phase, as Markdown."""
    titles = {
        "begun": "after the start",
        "pool": "after clients that left batches to the pool",
        "loop": "after clients that left the loop",
        "reloaded": "after the reloads",
    }
    lines = []
    for phase, title in titles.items():
        one = result["samples"][phase][-1]
        cells = [title, f"{one['requests']:,}", f"{one['aborted']:,}", f"{one['reloads']:,}"]
        cells += [number(one[name]) for name in ("anonymous_mib", "master_mib", "pss_mib", "uss_mib")]
        lines.append([*cells, f"{one['workers_descriptors']} + {one['master_descriptors']}"])
    head = ["", "requests", "clients that left", "reloads", "workers' anonymous memory, MiB", "the master's", "summed PSS", "summed USS"]
    return markdown([*head, "descriptors, workers + master"], lines)


def _stray(begun: Sample, sample: Sample) -> float:
    """How many descriptors more or fewer there are than at the beginning."""
    return sum(abs(sample[name] - begun[name]) for name in ("master_descriptors", "workers_descriptors"))


def _serve(work: Workplace, server: Server, phase: Phase, before: Sample) -> list[Sample]:
    """Requests from `wrk`, and in proportion to them clients that leave, sample by sample."""
    wanted, aborts, most_seconds = (2000, 200, 5) if work.quick else (phase.requests, phase.aborted, phase.most_seconds)
    each, together = seconds_each(work, server, wanted), phase.departures(work)
    samples: list[Sample] = []
    requests = aborted = errors = 0
    end = time.monotonic() + most_seconds
    while (requests < wanted or aborted < aborts) and time.monotonic() + each < end:
        with start(server.url, work.bodies, each) as wrk:
            while aborted < (requests + wanted / SAMPLES) * aborts / wanted:
                aborted += leave(server.port, together)
            load = finish(wrk, each)
        requests, errors = requests + load.requests, errors + load.errors
        done = {"requests": before["requests"] + requests, "aborted": before["aborted"] + aborted, "errors": before["errors"] + errors}
        time.sleep(phase.rest_seconds)
        samples.append(before | done | _look(server))
    return samples


def _reload_often(server: Server, times: int, before: Sample) -> list[Sample]:
    samples = []
    for reloads in range(1, times + 1):
        _reload(server)
        if reloads % RELOADS_A_SAMPLE == 0:
            samples.append(before | _look(server) | {"reloads": reloads})
    return samples


def _reload(server: Server) -> None:
    """Reload, and wait until every worker before has ended and every new one has answered."""
    before = {process.pid for process in server.tree()[1:]}
    os.kill(server.process.pid, signal.SIGHUP)
    if not until(lambda: _replaced(server, before), RELOAD_SECONDS):
        raise RuntimeError("a reload does not replace the workers")
    until_all_serve(server.port, int(WORKERS))
    if json.loads(server.ask("/health")[1])["last_reload"]["outcome"] != "succeeded":
        raise RuntimeError("a reload failed")


def _replaced(server: Server, before: set[int]) -> bool:
    now = {process.pid for process in server.tree()[1:]}
    return len(now) == int(WORKERS) and not now & before


def _look(server: Server) -> Sample:
    """What the processes hold once nothing happens; a connection that never ends shows in the descriptors."""
    until(lambda: server.connections() == 0, CLOSE_SECONDS)
    server.settle()
    master, workers = server.descriptors()
    master_mib, *workers_mib = server.anonymous_mib()
    return {
        "pss_mib": server.pss_mib(),
        "uss_mib": server.uss_mib(),
        "anonymous_mib": sum(workers_mib),
        "master_mib": master_mib,
        "master_descriptors": master,
        "workers_descriptors": workers,
    }
