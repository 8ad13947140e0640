"""A client of the section ``frame``: times the service and the estimator in turn, and holds their answers against each other."""

import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.clients import begun

JSON = {"Content-Type": "application/json"}


def main(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Medians a size; ``ratio`` is the median of the ratios of the rounds. Raises RuntimeError if an answer is not the estimator's."""
    sys.path.insert(0, "examples")
    from data import churn

    estimator = joblib.load(Path(task["artifacts"]) / task["name"] / "1/model.joblib")
    data = churn()[0]
    begun()
    connection = http.client.HTTPConnection("127.0.0.1", task["port"], timeout=60)
    return [_measure(connection, estimator, data, int(size), repeats) for size, repeats in task["repeats"].items()]


def _measure(connection: http.client.HTTPConnection, estimator: Any, data: Any, size: int, repeats: int) -> dict[str, Any]:
    frames = [data.iloc[np.arange(at * size, (at + 1) * size) % len(data)].reset_index(drop=True) for at in range(repeats)]
    ways = [_request(frame) for frame in frames]
    over_http, in_process = [], []
    for frame, (path, body) in zip(frames, ways, strict=True):
        content, http_seconds = _timed(_send, connection, path, body)
        wanted, seconds = _timed(estimator.predict_proba, frame)
        _check(content, wanted, estimator.classes_)
        over_http.append(http_seconds)
        in_process.append(seconds)
    return {
        "rows": size,
        "http_ms": median(over_http) * 1000,
        "in_process_ms": median(in_process) * 1000,
        "ratio": median(one / other for one, other in zip(over_http, in_process, strict=True)),
        "http_us_per_row": median(over_http) * 1e6 / size,
    }


def _request(frame: Any) -> tuple[str, bytes]:
    instances = json.loads(frame.to_json(orient="records", double_precision=15))
    if len(instances) == 1:
        return "/v1/predict", json.dumps(instances[0]).encode()
    return "/v1/predict/batch", json.dumps({"instances": instances}).encode()


def _send(connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
    connection.request("POST", path, body, JSON)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} is answered {answer.status}: {content[:200]!r}")
    return content


def _timed(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    result = call(*arguments)
    return result, time.perf_counter() - started


def _check(content: bytes, wanted: Any, classes: Any) -> None:
    answer = json.loads(content)
    answers = answer.get("predictions", [answer])
    given = np.array([[one["probabilities"][str(name)] for name in classes] for one in answers])
    if given.shape != wanted.shape or not np.allclose(given, wanted, rtol=1e-12, atol=0):
        raise RuntimeError("probabilities over HTTP differ from the estimator's own")


if __name__ == "__main__":
    with threadpool_limits(1):
        print(json.dumps(main(json.loads(sys.argv[1]))))
