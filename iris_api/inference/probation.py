"""A bundle's trial in a short-lived child: what crashes, hangs or lies there never reaches the process that serves."""

import json
import os
import select
import signal
import statistics
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import Bundle
from iris_api.inference.manifest import Golden
from iris_api.inference.probes import agrees, probe_rows
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, Scorer, choose_scorer
from iris_api.inference.unpickling import load_estimator

MAX_REPORT_BYTES = 64 * 1024
MAX_REASON = 4000
TOLERANCE = 1e-9
TIMED_ROWS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial that went well found out.

    ``agrees`` says whether the quicker scorer answers as the estimator does, and so may stand in for it; ``row_seconds``
    is what one row takes the scorer that serves.
    """

    agrees: bool
    row_seconds: float


def try_in_child(bundle: Bundle, deadline_seconds: float, max_table_bytes: int = MAX_TABLE_BYTES) -> Verdict:
    """Unpickle ``bundle`` in a forked child, hold its answers to the golden rows against the manifest, and its scorer against it.

    Raises
    ------
    ArtifactError
        With the child's own sentence; or that the child died, or took longer than ``deadline_seconds``.
    """
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        # numpy's idle threads make Python warn of this fork; the child takes none of their locks
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_child(bundle, sender, deadline_seconds, max_table_bytes)
    os.close(sender)
    try:
        report = _receive(receiver, time.monotonic() + deadline_seconds)
    finally:
        os.close(receiver)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if report is None:
        raise ArtifactError(
            f"{bundle.source} was not checked within {deadline_seconds:g} s; raise IRIS_PROBATION_SECONDS or serve a smaller model"
        )
    if not report:
        raise ArtifactError(f"{bundle.source} crashed the process that tried it; it cannot be served")
    verdict = json.loads(report)
    if "error" in verdict:
        raise ArtifactError(verdict["error"])
    return Verdict(**verdict)


def _receive(receiver: int, deadline: float) -> bytes | None:
    """All bytes up to the end of the pipe, or None if they were not there by ``deadline``."""
    report = b""
    while len(report) < MAX_REPORT_BYTES:
        ready, _, _ = select.select([receiver], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        chunk = os.read(receiver, MAX_REPORT_BYTES)
        if not chunk:
            break
        report += chunk
    return report


def _run_child(bundle: Bundle, sender: int, deadline_seconds: float, max_table_bytes: int) -> None:
    """The child's whole life; it reports as JSON and ends without running anything of its parent's."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, deadline_seconds + 1)
        try:
            verdict = _try(bundle, max_table_bytes)
            report: dict[str, Any] = {"agrees": verdict.agrees, "row_seconds": verdict.row_seconds}
        except ArtifactError as error:
            report = {"error": str(error)[:MAX_REASON]}
        except Exception as error:  # noqa: BLE001 - whatever an estimator raises is the bundle's fault, and is told
            reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
            report = {"error": f"{bundle.source} cannot predict its golden rows ({reason}); build the bundle again"}
        os.write(sender, json.dumps(report).encode())
    finally:
        os._exit(0)


def _try(bundle: Bundle, max_table_bytes: int) -> Verdict:
    estimator = load_estimator(bundle.pickled, bundle.manifest, bundle.source)
    golden, reference = bundle.manifest.golden, EstimatorScorer(estimator)
    check_golden(reference, golden, bundle.source)
    chosen = choose_scorer(estimator, max_table_bytes)
    agreed = isinstance(chosen, EstimatorScorer) or agrees(chosen, reference, probe_rows(estimator, golden.rows))
    return Verdict(agreed, _row_seconds(chosen if agreed else reference, golden.rows[0]))


def _row_seconds(scorer: Scorer, row: list[float]) -> float:
    """The median of a few rows, so that one that met a pause does not decide."""
    seconds = []
    for _ in range(TIMED_ROWS):
        started = time.perf_counter()
        scorer.score_row(row)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def check_golden(scorer: Scorer, golden: Golden, source: str) -> None:
    """Hold ``scorer``'s answers against the golden rows.

    Labels must be equal. Probabilities must be equal bit for bit if the scorer is exact; else within 1e-9, since the
    last bits of anything that multiplies depend on the processor.

    Raises
    ------
    ArtifactError
        If an answer differs, naming the first row.
    """
    labels, probabilities = scorer.score_rows(np.array(golden.rows))
    if (probabilities is None) != (golden.probabilities is None):
        raise ArtifactError(f"{source} gives probabilities where its manifest has none, or the reverse; build the bundle again")
    tolerance = 0.0 if scorer.exact else TOLERANCE
    for row, (label, expected) in enumerate(zip(labels, golden.labels, strict=True)):
        if label != expected or not _close(probabilities, golden.probabilities, row, tolerance):
            raise ArtifactError(f"{source} answers golden row {row} otherwise than its manifest says; build the bundle again")


def _close(given: list[list[float]] | None, wanted: list[list[float]] | None, row: int, tolerance: float) -> bool:
    if given is None or wanted is None:
        return True
    return all(abs(one - other) <= tolerance for one, other in zip(given[row], wanted[row], strict=True))
