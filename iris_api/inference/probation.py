"""A bundle's trial in a short-lived child: what crashes, hangs or lies there never reaches the process that serves."""

import json
import math
import os
import select
import signal
import statistics
import time
import warnings
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference import sandbox
from iris_api.inference.bundle import Bundle
from iris_api.inference.golden import check_golden
from iris_api.inference.libraries import families_of
from iris_api.inference.rows import golden_rows
from iris_api.inference.scorer_choice import choose_scorer, may_stand_in
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, Scorer
from iris_api.inference.unpickling import load_estimator

MEMORY_BYTES = 256 * 1024 * 1024
# measured: a genuine forest needs up to 2.7 bytes for each of its pickle's, a Gaussian process 3
MEMORY_FACTOR = 4
MAX_REPORT_BYTES = 64 * 1024
MAX_REASON = 4000
TIMED_ROWS = 5
SLOW_SHARE = 1 / 8
"""The share of a trial's time that the golden rows may take for a quicker scorer to be tried at all."""
_OUT_OF_MEMORY = 83
_FORBIDDEN = {"files": "write a file or open too many", "processes": "start a process or a thread"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial that went well found out.

    ``agrees`` says whether the quicker scorer answers as the estimator does, and so may stand in for it; ``row_seconds``
    is what one row takes the scorer that serves.
    """

    agrees: bool
    row_seconds: float


@dataclass(frozen=True, slots=True)
class _Trial:
    """A bundle and the limits it is tried under."""

    bundle: Bundle
    seconds: float
    max_table_bytes: int
    memory_bytes: int

    @property
    def allowed_bytes(self) -> int:
        """How much memory the child may map beyond what it shares with its parent."""
        return self.memory_bytes + MEMORY_FACTOR * len(self.bundle.pickled) + self.max_table_bytes


def try_in_child(
    bundle: Bundle, deadline_seconds: float, max_table_bytes: int = MAX_TABLE_BYTES, memory_bytes: int = MEMORY_BYTES
) -> Verdict:
    """Unpickle ``bundle`` in a forked child, hold its answers to the golden rows against the manifest, and its scorer against it.

    The child may map ``memory_bytes``, ``MEMORY_FACTOR`` times the pickle's size and ``max_table_bytes``; `sandbox` has
    its other limits.

    Raises
    ------
    ArtifactError
        With the child's own sentence; or that the child died, reached a limit, or took longer than ``deadline_seconds``.
    """
    trial = _Trial(bundle, deadline_seconds, max_table_bytes, memory_bytes)
    for family in families_of(bundle.manifest.libraries):
        # in the child, what its libraries map would count against the limit of memory
        family.load()
    resident = _resident_bytes(bundle.source)
    # to the end of the trial, since OpenBLAS starts threads that spin as soon as it may have more
    with sandbox.one_thread():
        child, receiver = _start(trial)
        try:
            report = _receive(receiver, time.monotonic() + deadline_seconds)
        finally:
            os.close(receiver)
            os.kill(child, signal.SIGKILL)
            _, status, usage = os.wait4(child, 0)
    if report is None:
        raise ArtifactError(_too_slow(trial))
    if not report:
        raise ArtifactError(_cause_of_death(trial, os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024 - resident))
    return read_report(report, bundle.source)


def _resident_bytes(source: str) -> int:
    try:
        return sandbox.resident_bytes()
    except OSError as error:
        raise ArtifactError(f"{source} cannot be tried without /proc ({error.strerror}); mount it") from None


def _start(trial: _Trial) -> tuple[int, int]:
    """Fork the child; gives its process id and the end of the pipe that its report comes from."""
    receiver, sender = os.pipe()
    try:
        with warnings.catch_warnings():
            # numpy's idle threads make Python warn of this fork; the child takes none of their locks
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
    except OSError as error:
        os.close(receiver)
        remedy = "allow more processes or memory, and try again"
        raise ArtifactError(f"{trial.bundle.source} was not tried, since no process can be started ({error.strerror}); {remedy}") from None
    else:
        if child == 0:
            _run_child(trial, sender)
    finally:
        os.close(sender)
    return child, receiver


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


def read_report(report: bytes, source: str) -> Verdict:
    """The verdict in what the child wrote.

    Raises
    ------
    ArtifactError
        With the sentence in it; or that it is no report, since a hostile child may write anything.
    """
    try:
        content = json.loads(report)
    except (ValueError, RecursionError):
        content = None
    match content:
        case {"error": str(sentence)}:
            raise ArtifactError(sentence)
        case {"agrees": bool(agreed), "row_seconds": float(seconds)} if 0 <= seconds < math.inf:
            return Verdict(agreed, seconds)
    raise ArtifactError(f"{source} made the process that tried it write a report that cannot be read; it cannot be served")


def _too_slow(trial: _Trial) -> str:
    remedy = "raise IRIS_PROBATION_SECONDS or serve a smaller model"
    return f"{trial.bundle.source} was not checked within {trial.seconds:g} s; {remedy}"


def _too_large(trial: _Trial) -> str:
    remedy = f"raise IRIS_PROBATION_MEMORY_BYTES ({trial.memory_bytes}) or serve a smaller model"
    return f"{trial.bundle.source} needed more than {trial.allowed_bytes} bytes of memory while it was tried; {remedy}"


def _cause_of_death(trial: _Trial, exit_code: int, grown_bytes: int) -> str:
    """Why the child ended without a report; native code may crash where memory is refused."""
    if exit_code == _OUT_OF_MEMORY or (exit_code != 0 and grown_bytes > trial.allowed_bytes // 2):
        return _too_large(trial)
    if -exit_code in (signal.SIGXCPU, signal.SIGALRM):
        return _too_slow(trial)
    cause = signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"
    if -exit_code == signal.SIGKILL:
        cause += ", which the kernel sends where the machine or container is out of memory"
    return f"{trial.bundle.source} crashed the process that tried it ({cause}); it cannot be served"


def _run_child(trial: _Trial, sender: int) -> NoReturn:
    """The child's whole life; it reports as JSON and ends without running anything of its parent's."""
    exit_code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        # OpenBLAS raises it where it may not start threads, even if it is to use one only
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, trial.seconds + 1)
        may_start_threads = any(family.starts_threads for family in families_of(trial.bundle.manifest.libraries))
        sender = sandbox.enter(trial.allowed_bytes, trial.seconds, sender, may_start_threads)
        os.write(sender, json.dumps(_report(trial)).encode())
        exit_code = 0
    except MemoryError:
        exit_code = _OUT_OF_MEMORY
    finally:
        os._exit(exit_code)


def _report(trial: _Trial) -> dict[str, Any]:
    try:
        verdict = _try(trial)
    except Exception as error:  # noqa: BLE001 - whatever an estimator raises is the bundle's fault, and is told
        return {"error": _explain(error, trial.bundle.source)}
    return {"agrees": verdict.agrees, "row_seconds": verdict.row_seconds}


def _explain(error: Exception, source: str) -> str:
    """What to say of ``error``; raises `MemoryError` if that led to it, since then there may be no memory for a sentence."""
    limit = sandbox.limit_hit(error)
    if limit == "memory":
        raise MemoryError
    reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
    if limit:
        return f"{source} tried to {_FORBIDDEN[limit]} while it was tried ({reason}); no trial may, serve a model that need not"
    if isinstance(error, ArtifactError):
        return str(error)[:MAX_REASON]
    return f"{source} cannot predict its golden rows ({reason}); build the bundle again"


def _try(trial: _Trial) -> Verdict:
    bundle, manifest, signature = trial.bundle, trial.bundle.manifest, trial.bundle.manifest.signature
    estimator = load_estimator(bundle.pickled, manifest, bundle.source, bundle.code)
    rows, reference = golden_rows(signature, manifest.golden.rows, bundle.source), EstimatorScorer(estimator, signature)
    started = time.perf_counter()
    check_golden(reference, rows, manifest.golden, signature.task, bundle.source)
    chosen = choose_scorer(estimator, signature, trial.max_table_bytes)
    # comparing asks a slow model several times more, for which the trial may have no time left
    is_slow = time.perf_counter() - started > SLOW_SHARE * trial.seconds
    agreed = not is_slow and may_stand_in(chosen, reference, estimator, rows)
    first = rows[0].tolist() if isinstance(rows, np.ndarray) else rows[0]
    return Verdict(agreed, _row_seconds(chosen if agreed else reference, first))


def _row_seconds(scorer: Scorer, row: list[Any]) -> float:
    """The median of a few rows, so that one that met a pause does not decide."""
    seconds = []
    for _ in range(TIMED_ROWS):
        started = time.perf_counter()
        scorer.score_row(row)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
