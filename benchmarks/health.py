"""Section ``health``: how long health takes to answer while slow work of every kind is in flight on every worker."""

import sys
import tempfile
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from benchmarks.clients import client
from benchmarks.lineup import WORKERS, Contender, service
from benchmarks.processes import Server
from benchmarks.slow_model import NAME, make_slow_bundle
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace, rows

TITLE = "Health while slow work is in flight"
LIMIT_MS = 50
ROWS = 10_000
CONNECTIONS = 8
EVERY_SECONDS = 0.02
IDLE_SECONDS, BUSY_SECONDS = 10, 30


def run(work: Workplace) -> dict[str, Any]:
    """Ask health of an idle service and of a busy one, over connections of its own and from a process of its own.

    Busy means that on each of the two workers a batch of 10,000 rows, a single prediction and a scrape are in flight at
    any time: once with a model whose single predictions take about 50 ms, once with the default one. Health is asked
    every 20 ms whatever comes back, and its time counts from when it was due. The service has no ``/metrics`` of its own
    yet: the contender adds one.
    """
    slow_seconds = make_slow_bundle(work)
    (work.folder / "batch.json").write_bytes(work.batch_body(rows(ROWS)))
    (work.folder / "row.json").write_bytes(work.bodies.read_bytes().splitlines()[0])
    runs = [_measure(work, model) for model in (NAME, "iris")]
    worst = max(one["busy"]["p99_ms"] for one in runs)
    failed = sum(one[state]["failed"] for one in runs for state in ("idle", "busy"))
    return {"slow_ms": slow_seconds * 1000, "runs": runs, "worst_p99_ms": worst, "failed": failed, "judged": not work.quick}


def table(result: dict[str, Any]) -> str:
    """Percentiles of health without and with the work, and what the work was, as Markdown."""
    lines = []
    for one in result["runs"]:
        for state in ("idle", "busy"):
            seen = one[state]
            cells = [one["model"], state, _work(one["work"]) if state == "busy" else "none", f"{seen['failed']:,} of {seen['asked']:,}"]
            cells += [number(seen[figure]) for figure in ("p50_ms", "p99_ms", "max_ms", "own_delay_p99_ms")]
            lines.append(cells)
    head = [
        "model",
        "service",
        "in flight (answers, median ms)",
        "failed",
        "p50 ms",
        "p99 ms",
        "max ms",
        "client's delay, p99 ms",
    ]
    return markdown(head, lines)


def _work(streams: list[dict[str, Any]]) -> str:
    return "; ".join(f"{number(one['in_flight'])} {one['name']} ({one['answers']:,}, {number(one['median_ms'])})" for one in streams)


def _contender(work: Workplace, model: str, metrics: str) -> Contender:
    """The service with a scrape. It runs in the benchmark's environment, which has the library that the scrape needs."""
    ours = service(work.artifacts)
    return replace(
        ours,
        title=f"this service with a scrape, model {model}",
        command=(sys.executable, "-m", "gunicorn", "benchmarks.contenders.scraped_wsgi:app"),
        environment={**ours.environment, "IRIS_MODEL_NAME": model, "PROMETHEUS_MULTIPROC_DIR": metrics},
    )


def _measure(work: Workplace, model: str) -> dict[str, Any]:
    kinds = [
        {"name": f"batches of {ROWS:,} rows", "path": "/v1/predict/batch", "body": str(work.folder / "batch.json")},
        {"name": "single predictions", "path": "/v1/predict", "body": str(work.folder / "row.json")},
        {"name": "scrapes", "path": "/metrics", "body": None},
    ]
    with (
        tempfile.TemporaryDirectory(prefix="metrics-", dir=work.folder) as metrics,
        Server(_contender(work, model, metrics), work.log(f"health-{model}")) as server,
    ):
        server.settle()
        series = _series(server)
        idle = _ask(server, 1 if work.quick else IDLE_SECONDS)
        with client("benchmarks.busy_client", {"port": server.port, "workers": int(WORKERS), "kinds": kinds}) as busy_client:
            busy = _ask(server, 2 if work.quick else BUSY_SECONDS)
            streams = busy_client.result()
    for stream in streams:
        if stream["failed"]:
            raise RuntimeError(f"{stream['failed']} {stream['name']} failed beside health")
        stream["median_ms"] = median(stream.pop("ms"))
    print(f"  {model}: p99 {number(idle['p99_ms'])} ms idle, {number(busy['p99_ms'])} ms busy", flush=True)
    return {"model": model, "series": series, "idle": idle, "busy": busy, "work": streams}


def _series(server: Server) -> int:
    """How many samples a scrape has."""
    status, content = server.ask("/metrics")
    if status != 200:
        raise RuntimeError(f"the scrape answers {status}")
    return sum(not line.startswith(b"#") for line in content.splitlines())


def _ask(server: Server, seconds: float) -> dict[str, Any]:
    task = {"port": server.port, "connections": CONNECTIONS, "every_seconds": EVERY_SECONDS, "seconds": seconds}
    with client("benchmarks.health_client", task) as asking:
        seen = asking.result(seconds)
    if len(seen["workers"]) != int(WORKERS):
        raise RuntimeError(f"health was answered by {len(seen['workers'])} workers, not by {WORKERS}")
    return {
        "asked": len(seen["ms"]),
        "failed": sum(count for status, count in seen["statuses"].items() if status != "200"),
        "p50_ms": float(np.percentile(seen["ms"], 50)),
        "p99_ms": float(np.percentile(seen["ms"], 99)),
        "max_ms": max(seen["ms"]),
        "own_delay_p99_ms": float(np.percentile(seen["delays_ms"], 99)),
        "each_worker": sorted(seen["workers"].values()),
    }
