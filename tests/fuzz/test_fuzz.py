"""A short run of the fuzzer, and that it would tell of a mutant that ends its process; ``make fuzz`` is the long run."""

import os
import signal
import subprocess
import sys

import pytest

from tests.fuzz import blocks
from tests.fuzz.__main__ import fuzz
from tests.fuzz.mutations import mutant
from tests.fuzz.sources import SEED, sources
from tests.servers import PROJECT, clean_environment

MUTANTS = 3000


@pytest.fixture(scope="module")
def families():
    return sources()[:3]


def test_a_mutant_is_a_function_of_its_number_and_the_seed(families):
    first = [mutant(number, SEED, families)[1] for number in range(60)]
    assert [mutant(number, SEED, families)[1] for number in range(60)] == first
    assert len({mutant(number, SEED + 1, families)[1] for number in range(60)} - set(first)) > 40


PLANTED = {
    "a signal": (lambda: os.kill(os.getpid(), signal.SIGSEGV), blocks.SIGNAL, signal.SIGSEGV),
    "no end": (lambda: os.kill(os.getpid(), signal.SIGPROF), blocks.TIME, signal.SIGPROF),
}


@pytest.mark.parametrize(("act", "outcome", "number"), PLANTED.values(), ids=PLANTED)
def test_a_mutant_that_ends_its_process_is_told_and_the_others_are_decoded(act, outcome, number, families, monkeypatch, capsys):
    told, planted = blocks.outcome_of, mutant(7, SEED, families)[1]
    monkeypatch.setattr(blocks, "outcome_of", lambda content, family: act() if content == planted else told(content, family))
    outcomes = sorted(blocks.outcomes_of(range(20), SEED, families))
    assert [numbered[0] for numbered in outcomes] == list(range(20))
    assert [numbered for numbered in outcomes if numbered[1] in (blocks.SIGNAL, blocks.TIME)] == [(7, outcome, number)]
    assert fuzz(range(20), SEED, families) == (1 if outcome == blocks.SIGNAL else 0)
    assert ("mutant 7 of " in capsys.readouterr().out) == (outcome == blocks.SIGNAL)


@pytest.mark.system
def test_no_mutant_ends_a_process():
    command = [sys.executable, "-m", "tests.fuzz", "--mutants", str(MUTANTS)]
    done = subprocess.run(command, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{MUTANTS} mutants in " in done.stdout
