"""Section ``scorer``: the scorer that serves, alone in this process, beside `predict_proba`."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace, rows

TITLE = "The scorer alone"
CALLS = 100_000
CHUNKS = 20
CHUNK_SECONDS = 0.5
BATCH = 10_000


def run(work: Workplace) -> dict[str, Any]:
    """Single rows in chunks of calls and batches of 10,000, in turn with the estimator's own."""
    from iris_api.app import create_app
    from iris_api.settings import Settings

    estimator = work.estimator()
    predictor = create_app(Settings(artifacts=work.artifacts)).extensions["iris_api"].loader.current.predictor
    score = predictor.scorer.score_row
    singles = rows(1000).tolist()
    arrays = [np.array([single]) for single in singles]
    chunks = 2 if work.quick else CHUNKS
    timings: dict[str, list[float]] = {"score": [], "predict": [], "predict_proba": []}
    for _ in range(chunks):
        timings["score"].append(_per_call(score, singles, CALLS // chunks))
        timings["predict"].append(_per_call(predictor.predict_row, singles, CALLS // chunks))
        timings["predict_proba"].append(_per_call(estimator.predict_proba, arrays, 20))
    return {
        "scorer": predictor.scorer.name,
        "single_us": median(timings["score"]) * 1e6,
        "predictor_us": median(timings["predict"]) * 1e6,
        "predict_proba_us": median(timings["predict_proba"]) * 1e6,
        **_batch(predictor.scorer.score_rows, estimator, 2 if work.quick else 11),
    }


def table(result: dict[str, Any]) -> str:
    """Single rows and a batch, as Markdown."""
    single, own = result["single_us"], result["predict_proba_us"]
    lines = [
        [f"one row, scorer `{result['scorer']}`", f"{number(single)} µs", f"{number(own)} µs", number(own / single)],
        [
            "one row, `Predictor.predict_row`",
            f"{number(result['predictor_us'])} µs",
            f"{number(own)} µs",
            number(own / result["predictor_us"]),
        ],
        [
            "10,000 rows, scorer",
            f"{number(result['batch_ms'])} ms",
            f"{number(result['batch_predict_proba_ms'])} ms",
            number(result["speedup"]),
        ],
    ]
    return markdown(["", "here", "`predict_proba`", "times faster"], lines)


def _per_call(call: Callable[[Any], Any], inputs: list[Any], calls: int) -> float:
    """Seconds a call, over ``calls`` calls or as many as half a second allows, in slices of ``inputs`` that double up to all of them."""
    started, done = time.perf_counter(), 0
    while done < calls:
        some = inputs[: min(len(inputs), calls - done, max(20, done))]
        for one in some:
            call(one)
        done += len(some)
        if time.perf_counter() - started > CHUNK_SECONDS:
            break
    return (time.perf_counter() - started) / done


def _batch(score: Callable[[Any], Any], estimator: Any, repeats: int) -> dict[str, Any]:
    array: NDArray[np.float64] = rows(BATCH)
    ours, theirs = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        answers = score(array)
        between = time.perf_counter()
        probabilities = estimator.predict_proba(array)
        ours.append(between - started)
        theirs.append(time.perf_counter() - between)
    return {
        "batch_ms": median(ours) * 1000,
        "batch_predict_proba_ms": median(theirs) * 1000,
        "speedup": median(other / one for one, other in zip(ours, theirs, strict=True)),
        "equal": bool(np.array_equal(np.asarray(answers[1]), probabilities)),
    }
