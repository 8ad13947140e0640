"""Decodes mutants in forked processes, each a block of them, so that a crash is known to be one mutant's and ends no other."""

import faulthandler
import os
import resource
import select
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.columns import FLOAT32_MAX
from iris_api.inference.manifest import Manifest
from iris_api.inference.sandbox import mapped_bytes
from iris_api.inference.scorer_choice import choose_scorer
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, Scorer
from iris_api.inference.unpickling import load_estimator
from tests.fuzz.mutations import mutant
from tests.fuzz.sources import Source
from tests.fuzz.tables import loaded_table, rows_like
from tests.inference.decoding.comparisons import answer

PROCESSES = 2
BLOCK = 250
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 2.0
# a block that takes no processor time and does not end waits for something
WALL_SECONDS = 300.0
REFUSED, UNFORESEEN, FAILED, ANSWERED, RAISED, MEMORY, TIME, ESCAPED, SIGNAL = OUTCOMES = "RUFAEMTXS"
"""Refused by the decoder; by an error that no check foresaw; by the trial; answered; answered all but extreme rows; at the limit of
memory; of time; an exception that is no refusal left the decoder; a signal ended the process."""


@dataclass
class Block:
    """The mutants from ``begin`` to ``end``, and what became of the first of them, a letter each."""

    begin: int
    end: int
    outcomes: bytearray = field(default_factory=bytearray)
    pid: int = 0
    receiver: int = -1
    started: float = 0.0

    @property
    def next(self) -> int:
        """The number of the mutant that is being decoded."""
        return self.begin + len(self.outcomes)


def outcomes_of(numbers: range, seed: int, families: list[Source]) -> Iterator[tuple[int, str, int]]:
    """For every mutant its number, its outcome and the signal that ended it, in no order."""
    waiting = [Block(begin, min(begin + BLOCK, numbers.stop)) for begin in range(numbers.start, numbers.stop, BLOCK)][::-1]
    running: dict[int, Block] = {}
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            block = _start(waiting.pop(), seed, families)
            running[block.receiver] = block
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for receiver in ready:
            letters = os.read(receiver, 4096)
            block = running[receiver]
            for number, letter in enumerate(letters.decode(), block.next):
                yield number, letter, 0
            block.outcomes += letters
            if not letters:
                yield from _ended(running.pop(receiver), waiting)
        for block in running.values():
            if time.monotonic() - block.started > WALL_SECONDS:
                os.kill(block.pid, signal.SIGKILL)


def _ended(block: Block, waiting: list[Block]) -> Iterator[tuple[int, str, int]]:
    os.close(block.receiver)
    code = os.waitstatus_to_exitcode(os.waitpid(block.pid, 0)[1])
    if block.next < block.end:
        yield block.next, TIME if -code in (signal.SIGPROF, signal.SIGKILL) else SIGNAL, -code
        if block.next + 1 < block.end:
            waiting.append(Block(block.next + 1, block.end))


def _start(block: Block, seed: int, families: list[Source]) -> Block:
    block.receiver, sender = os.pipe()
    block.started = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        block.pid = os.fork()
    if block.pid == 0:
        try:
            _run(block, sender, seed, families)
        finally:
            os._exit(1)
    os.close(sender)
    return block


def _run(block: Block, sender: int, seed: int, families: list[Source]) -> None:
    """The child's whole life: it writes a letter as soon as a mutant is done."""
    faulthandler.disable()
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(quiet, standard)
    limit = mapped_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for number in range(block.begin, block.end):
        family, content = mutant(number, seed, families)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        os.write(sender, outcome_of(content, family)[0].encode())
    os._exit(0)


def outcome_of(content: bytes, family: Source) -> tuple[str, BaseException | None]:
    """What becomes of a bundle with this pickle and its family's manifest: the letter of the outcome, and the exception behind it."""
    try:
        estimator = load_estimator(content, family.manifest, "mutant") if family.manifest else loaded_table(content)
    except ArtifactError as error:
        return UNFORESEEN if "cannot be unpickled (" in str(error) else REFUSED, error
    except MemoryError as error:
        return MEMORY, error
    except Exception as error:  # noqa: BLE001 - none may
        return ESCAPED, error
    if family.manifest is None:
        return _answers_of_table(estimator, family.rows)
    return _answers_of_rows(estimator, family.manifest)


def _answers_of_rows(estimator: Any, manifest: Manifest) -> tuple[str, BaseException | None]:
    golden, signature = np.array(manifest.golden.rows), manifest.signature
    try:
        reference = EstimatorScorer(estimator, signature)
        reference.score_rows(golden)
        chosen = choose_scorer(estimator, signature, MAX_TABLE_BYTES)
        chosen.score_rows(golden)
    except MemoryError as error:
        return MEMORY, error
    except Exception as error:  # noqa: BLE001 - the trial refuses what cannot predict its golden rows
        return FAILED, error
    return _answers([reference] if isinstance(chosen, EstimatorScorer) else [reference, chosen], _batches(golden))


def _answers(scorers: list[Scorer], batches: list[np.ndarray]) -> tuple[str, BaseException | None]:
    raised: BaseException | None = None
    for scorer in scorers:
        for rows in batches:
            try:
                scorer.score_rows(rows)
            except MemoryError as error:
                return MEMORY, error
            except Exception as error:  # noqa: BLE001 - an answer of status 500
                raised = error
    return RAISED if raised else ANSWERED, raised


def _answers_of_table(estimator: Any, rows: Any) -> tuple[str, BaseException | None]:
    raised: BaseException | None = None
    for number, batch in enumerate(rows_like(rows)):
        try:
            answer(estimator, batch)
        except MemoryError as error:
            return MEMORY, error
        except Exception as error:  # noqa: BLE001 - an answer of status 500, or of a trial that fails with the first batch
            if number == 0:
                return FAILED, error
            raised = error
    return RAISED if raised else ANSWERED, raised


def _batches(golden: np.ndarray) -> list[np.ndarray]:
    """Rows (n, features) that requests may have: near the golden ones, one alone, large, and as large and as small as they may be."""
    features = golden.shape[1]
    near = np.random.default_rng(0).uniform(golden.min(axis=0) - 0.5, golden.max(axis=0) + 0.5, (40, features))
    extreme = np.resize([0.0, FLOAT32_MAX, -FLOAT32_MAX, 1e-300, 1e9, -1e9, -FLOAT32_MAX], (20, features))
    return [np.abs(near), golden[:1], near.round(1) - 1.5, golden * 1e9, extreme, extreme[::-1][:1]]
