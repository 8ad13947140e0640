"""Spoilt pickles of each library: every one is refused, or gives an estimator that answers; none ends the process that serves."""

import random
from dataclasses import replace

import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.probation import Verdict, try_in_child
from iris_api.training.bring import bundle_model
from tests.fuzz import blocks
from tests.fuzz.sources import SEED, boosters
from tests.inference.families.models import LIBRARIES, plain_case

MUTANTS, TRIED = 300, 40
MAX_FLIPS = 4


def test_no_mutant_of_a_model_that_is_checked_first_ends_a_process():
    families = boosters()
    outcomes = {outcome for _, outcome, _ in blocks.outcomes_of(range(MUTANTS), SEED, families)}
    assert outcomes <= {blocks.REFUSED, blocks.FAILED, blocks.ANSWERED, blocks.RAISED, blocks.MEMORY}
    assert {blocks.REFUSED, blocks.ANSWERED} <= outcomes


@pytest.mark.parametrize("library", LIBRARIES)
def test_flipped_bytes_end_in_a_refusal_or_in_an_estimator_that_answers(library, tmp_path):
    given = plain_case(library, "multiclass")
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)
    bundle = read_bundle(made.path, BundleLimits().max_artifact_bytes)
    chance = random.Random(SEED)
    refused = 0
    for _ in range(TRIED):
        content = bytearray(bundle.pickled)
        for _ in range(chance.randint(1, MAX_FLIPS)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        try:
            verdict = try_in_child(replace(bundle, pickled=bytes(content)), 20.0)
        except ArtifactError:
            refused += 1
        else:
            assert isinstance(verdict, Verdict)
    assert refused
