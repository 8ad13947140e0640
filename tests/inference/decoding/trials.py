"""Runs a piece of work in a forked process, so that what ends or bloats a process shows in one that may end."""

import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.probation import try_in_child
from iris_api.inference.unpickling import unpickle
from tests.inference.bundles import plant

SECONDS = 20
DONE = "nothing was refused"
MAX_GROWN_MIB = 64


@dataclass(frozen=True)
class Outcome:
    """How a piece of work ended: the message of its `ArtifactError`, the process's exit code, and how much memory it took."""

    said: str
    exit_code: int
    grown_mib: float


def forked(work: Callable[[], object]) -> Outcome:
    """Run ``work`` in a fork of this process, which may take `SECONDS` and share its parent's descriptors."""
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        # numpy's idle threads make Python warn of this fork; the child takes none of their locks
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _report(work, sender)
    os.close(sender)
    with open(receiver, "rb") as pipe:
        first_bytes, _, said = pipe.read().decode().partition(" ")
    _, status, usage = os.wait4(child, 0)
    return Outcome(said, os.waitstatus_to_exitcode(status), (usage.ru_maxrss * 1024 - int(first_bytes)) / 2**20)


def _report(work: Callable[[], object], sender: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    os.write(sender, f"{psutil.Process().memory_info().rss} ".encode())
    said = "an error that is none of ours"
    try:
        work()
        said = DONE
    except ArtifactError as error:
        said = str(error)
    finally:
        os.write(sender, said.encode())
        os._exit(0)


def in_the_master(pickled: bytes) -> Outcome:
    """Decode ``pickled`` as the process that serves does."""
    return forked(lambda: unpickle(pickled, "a/model.joblib"))


def in_the_child(pickled: bytes, folder: Path) -> Outcome:
    """Try the bundle in ``folder`` with ``pickled`` for its estimator, as a start or a reload does."""
    plant(folder, pickled)
    return forked(lambda: try_in_child(read_bundle(folder, 10**8), SECONDS / 2))


def assert_refused(outcome: Outcome, reason: str) -> None:
    """Hold ``outcome`` to be a refusal for ``reason``, at a hostile pickle's cost."""
    assert reason in outcome.said
    assert " was refused: " in outcome.said
    assert outcome.said.endswith("Serve only models you trained yourself")
    assert outcome.exit_code == 0
    assert outcome.grown_mib < MAX_GROWN_MIB
