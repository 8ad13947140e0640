"""Random generators: they go on where they were, and no state that is not theirs gets in."""

import pickle

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.random_states import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT
from tests.inference.bundles import dumped

BIT_GENERATOR = CONSTRUCTORS["numpy.random._pickle", "__bit_generator_ctor"]
GENERATOR = CONSTRUCTORS["numpy.random._pickle", "__generator_ctor"]
RANDOM_STATE = CONSTRUCTORS["numpy.random._pickle", "__randomstate_ctor"]
SEED_SEQUENCE = CONSTRUCTORS["numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"]


def used(random):
    random.normal(size=3)
    return random


RANDOMS = {
    "a state": lambda: used(np.random.RandomState(5)),
    "a state of a sequence": lambda: used(np.random.RandomState(np.random.MT19937(np.random.SeedSequence([1, 2**40])))),
    "a generator": lambda: used(np.random.default_rng(7)),
    "a generator of MT19937": lambda: used(np.random.Generator(np.random.MT19937(7))),
    "a spawned generator": lambda: used(np.random.default_rng(7).spawn(3)[2]),
    "a generator without a seed": lambda: used(np.random.default_rng()),
}


@pytest.mark.parametrize("write", [dumped, lambda it: pickle.dumps(it, 2), lambda it: pickle.dumps(it, 5)], ids=["joblib", "2", "5"])
@pytest.mark.parametrize("make", RANDOMS.values(), ids=RANDOMS)
def test_a_generator_goes_on_where_it_was(make, write):
    random = make()
    again = decode(write(random))
    assert type(again) is type(random)
    assert again.normal(size=50).tobytes() == random.normal(size=50).tobytes()
    if hasattr(random, "spawn"):
        assert again.spawn(1)[0].normal() == random.spawn(1)[0].normal()


def mt19937(**changes):
    state = np.random.MT19937(3).state
    inner = {name: changes.pop(name, value) for name, value in state["state"].items()}
    return state | {"state": inner} | changes


STATES = {
    "a position beyond the key": mt19937(pos=625),
    "a position before the key": mt19937(pos=-1),
    "a short key": mt19937(key=np.zeros(623, np.uint32)),
    "a key of floats": mt19937(key=np.zeros(624)),
    "a key of a list": mt19937(key=[0] * 624),
    "another generator": mt19937(bit_generator="PCG64"),
    "more members": mt19937(more=1),
    "nothing": None,
    "a list": [mt19937()],
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_state_that_is_not_its_own_is_refused(state):
    for wrapped in (state, (state, None)):
        with pytest.raises(Refused):
            BIT_GENERATOR((np.random.MT19937,), wrapped)
    with pytest.raises(Refused):
        RANDOM_STATE((np.random.MT19937(0),), state)


@pytest.mark.parametrize(
    "change", [{"has_uint32": 2}, {"uinteger": 2**32}, {"uinteger": 1.0}, {"state": {"state": 2**128, "inc": 1}}, {"state": None}]
)
def test_a_state_of_pcg64_is_in_range(change):
    with pytest.raises(Refused):
        BIT_GENERATOR((np.random.PCG64,), np.random.PCG64(1).state | change)


@pytest.mark.parametrize("arguments", [(), (np.random.Philox,), ("MT19937",), (np.random.MT19937, 1), (np.random.SeedSequence,)])
def test_no_other_generator_is_made(arguments):
    with pytest.raises(Refused):
        BIT_GENERATOR(arguments, mt19937())
    for constructor in (GENERATOR, RANDOM_STATE):
        with pytest.raises(Refused):
            constructor(arguments, ABSENT)


def test_a_seed_is_a_seed_sequence():
    with pytest.raises(Refused, match="another seed"):
        BIT_GENERATOR((np.random.MT19937,), (mt19937(), 5))


def sequence(**changes):
    it = np.random.SeedSequence(9)
    state = {"entropy": 9, "spawned": 0, "pool": it.pool, "size": 4, "key": ()} | changes
    return tuple(state.values())


SEQUENCES = {
    "entropy of text": sequence(entropy="9"),
    "entropy below zero": sequence(entropy=-1),
    "entropy without end": sequence(entropy=[1] * 2000),
    "another pool": sequence(pool=np.zeros(4, np.uint32)),
    "a longer pool": sequence(pool=np.zeros(5, np.uint32)),
    "a huge pool": sequence(size=2**30),
    "an odd key": sequence(key=("a",)),
    "a key without end": sequence(key=(1,) * 2000),
    "children below zero": sequence(spawned=-1),
    "too little": (9, 0),
    "nothing": ABSENT,
}


@pytest.mark.parametrize("state", SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_is_made_of_its_entropy(state):
    with pytest.raises(Refused):
        SEED_SEQUENCE((np.random.SeedSequence, 65708578, None), state)


@pytest.mark.parametrize("arguments", [(), (np.random.SeedSequence, 1), (np.random.MT19937, 1, None), (np.random.SeedSequence, 1, ())])
def test_no_other_sequence_is_made(arguments):
    with pytest.raises(Refused, match="something else"):
        SEED_SEQUENCE(arguments, sequence())
