"""Sections ``batch`` and ``linear``: batches over HTTP beside `predict_proba` of the same rows in this process."""

import http.client
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks.lineup import service
from benchmarks.processes import JSON, Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace, rows

TITLE = "Batches"
PATH = "/v1/predict/batch"
SIZES = (1, 100, 1000, 10_000)
LINEAR_SIZES = (1000, 2000, 5000, 10_000)
REPEATS = 15


def run(work: Workplace) -> dict[str, Any]:
    """Batches of 1 to 10,000 rows."""
    return compare(work, SIZES)


def table(result: dict[str, Any]) -> str:
    """Medians and their ratio, as Markdown."""
    lines = [
        [f"{one['rows']:,}", number(one["http_ms"]), number(one["in_process_ms"]), number(one["ratio"]), number(one["http_us_per_row"])]
        for one in result["sizes"]
    ]
    return markdown(["rows", "HTTP ms", "`predict_proba` ms", "HTTP ÷ `predict_proba`", "HTTP µs/row"], lines)


def compare(work: Workplace, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Time each size over one kept connection and in process, in turn, and hold the answers of both against each other.

    Raises
    ------
    RuntimeError
        If a probability over HTTP is not bit for bit the estimator's.
    """
    repeats = 2 if work.quick else REPEATS
    estimator = work.estimator()
    data = {size: rows(size) for size in sizes}
    bodies = {size: work.batch_body(data[size]) for size in sizes}
    over_http: dict[int, list[float]] = {size: [] for size in sizes}
    in_process: dict[int, list[float]] = {size: [] for size in sizes}
    with Server(service(work.artifacts), work.log("batches")) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for size in sizes:
            _check(_send(connection, bodies[size]), estimator.predict_proba(data[size]))
        for _ in range(repeats):
            for size in sizes:
                over_http[size].append(_timed(_send, connection, bodies[size]))
                in_process[size].append(_timed(estimator.predict_proba, data[size]))
        connection.close()
    return {"repeats": repeats, "sizes": [_summary(size, over_http[size], in_process[size]) for size in sizes]}


def _send(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    connection.request("POST", PATH, body, JSON)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"a batch is answered {answer.status}: {content[:200]!r}")
    return content


def _check(content: bytes, wanted: Any) -> None:
    given = np.array([list(one["probabilities"].values()) for one in json.loads(content)["predictions"]])
    if given.shape != wanted.shape or not (given == wanted).all():
        raise RuntimeError("probabilities over HTTP differ from the estimator's own")


def _timed(call: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def _summary(size: int, over_http: list[float], in_process: list[float]) -> dict[str, Any]:
    return {
        "rows": size,
        "http_ms": median(over_http) * 1000,
        "in_process_ms": median(in_process) * 1000,
        "ratio": median(one / other for one, other in zip(over_http, in_process, strict=True)),
        "http_us_per_row": median(over_http) * 1e6 / size,
    }
