"""A bundle's trial in a short-lived child: what crashes, hangs or lies there never reaches the process that serves."""

import json
import os
import select
import signal
import time
import warnings
from dataclasses import dataclass
from typing import Any

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import Bundle
from iris_api.inference.manifest import Golden
from iris_api.inference.scorers import EstimatorScorer, Scorer
from iris_api.inference.unpickling import load_estimator

MAX_REPORT_BYTES = 64 * 1024
MAX_REASON = 4000
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial that went well found out: the scorer that serves, and the seconds it took for one row."""

    scorer: str
    row_seconds: float


def try_in_child(bundle: Bundle, deadline_seconds: float) -> Verdict:
    """Unpickle ``bundle`` in a forked child and hold its answers to the golden rows against the manifest.

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
        _run_child(bundle, sender, deadline_seconds)
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


def _run_child(bundle: Bundle, sender: int, deadline_seconds: float) -> None:
    """The child's whole life; it reports as JSON and ends without running anything of its parent's."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, deadline_seconds + 1)
        try:
            verdict = _try(bundle)
            report: dict[str, Any] = {"scorer": verdict.scorer, "row_seconds": verdict.row_seconds}
        except ArtifactError as error:
            report = {"error": str(error)[:MAX_REASON]}
        except Exception as error:  # noqa: BLE001 - whatever an estimator raises is the bundle's fault, and is told
            reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
            report = {"error": f"{bundle.source} cannot predict its golden rows ({reason}); build the bundle again"}
        os.write(sender, json.dumps(report).encode())
    finally:
        os._exit(0)


def _try(bundle: Bundle) -> Verdict:
    estimator = load_estimator(bundle.pickled, bundle.manifest, bundle.source)
    golden = bundle.manifest.golden
    scorer: Scorer = EstimatorScorer(estimator)
    check_golden(scorer, golden, bundle.source)
    started = time.perf_counter()
    scorer.score(golden.rows[:1])
    return Verdict(scorer.name, time.perf_counter() - started)


def check_golden(scorer: Scorer, golden: Golden, source: str) -> None:
    """Hold ``scorer``'s answers against the golden rows.

    Labels must be equal. Probabilities must be equal bit for bit if the scorer is exact; else within 1e-9, since the
    last bits of anything that multiplies depend on the processor.

    Raises
    ------
    ArtifactError
        If an answer differs, naming the first row.
    """
    labels, probabilities = scorer.score(golden.rows)
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
