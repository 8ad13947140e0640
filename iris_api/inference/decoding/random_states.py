"""NumPy's random generators, each made anew by its own class and given a state whose every part was checked."""

from typing import Any

import numpy as np
from numpy.random import MT19937, PCG64, Generator, RandomState, SeedSequence

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT, array, integer, members, number

MAX_POOL = 1024


def _seed_sequence(arguments: tuple[Any, ...], state: Any) -> SeedSequence:
    """Made anew of its entropy; what the pickle says of its pool has to be what came of it."""
    if len(arguments) != 3 or arguments[0] is not SeedSequence or arguments[2] is not None:
        raise Refused("it makes a SeedSequence of something else")
    if type(state) is not tuple or len(state) != 5:
        raise Refused("it has a SeedSequence without its state")
    entropy, spawned, pool, size, key = state
    size = integer(size, "the size of a SeedSequence's pool", 4, MAX_POOL)
    made = SeedSequence(
        _entropy(entropy), spawn_key=_key(key), pool_size=size, n_children_spawned=integer(spawned, "a SeedSequence's children")
    )
    if not np.array_equal(array(pool, "a SeedSequence's pool", np.uint32, (size,)), made.pool):
        raise Refused("it has a SeedSequence whose pool is not made of its entropy")
    return made


def _entropy(entropy: Any) -> Any:
    parts = entropy if type(entropy) is list else [entropy]
    if len(parts) > MAX_POOL:
        raise Refused("it has a SeedSequence of too much entropy")
    checked = [integer(part, "the entropy of a SeedSequence", 0, 2**128 - 1) for part in parts]
    return checked if type(entropy) is list else checked[0]


def _key(key: Any) -> tuple[int, ...]:
    if type(key) is not tuple or len(key) > MAX_POOL:
        raise Refused("it has a SeedSequence without a spawn key")
    return tuple(integer(part, "the spawn key of a SeedSequence", 0, 2**32 - 1) for part in key)


def _bit_generator(arguments: tuple[Any, ...], state: Any) -> Any:
    if arguments not in ((MT19937,), (PCG64,)):
        raise Refused("it makes a random generator of something else")
    values, sequence = state if type(state) is tuple and len(state) == 2 else (state, None)
    if sequence is not None and type(sequence) is not SeedSequence:
        raise Refused("it has a random generator with another seed")
    made: Any = arguments[0](0 if sequence is None else sequence)
    made.state = _mt19937(values) if arguments[0] is MT19937 else _pcg64(values)
    return made


def _mt19937(state: Any, more: frozenset[str] = frozenset()) -> dict[str, Any]:
    checked = members(state, "MT19937", frozenset({"bit_generator", "state"}) | more)
    inner = members(checked["state"], "MT19937", frozenset({"key", "pos"}))
    if checked["bit_generator"] != "MT19937":
        raise Refused("it has the state of another random generator")
    array(inner["key"], "the key of MT19937", np.uint32, (624,))
    return checked | {"state": {"key": inner["key"], "pos": integer(inner["pos"], "the position of MT19937", 0, 624)}}


def _pcg64(state: Any) -> dict[str, Any]:
    checked = members(state, "PCG64", frozenset({"bit_generator", "state", "has_uint32", "uinteger"}))
    inner = members(checked["state"], "PCG64", frozenset({"state", "inc"}))
    if checked["bit_generator"] != "PCG64":
        raise Refused("it has the state of another random generator")
    return {
        "bit_generator": "PCG64",
        "state": {name: integer(inner[name], f"the {name} of PCG64", 0, 2**128 - 1) for name in ("state", "inc")},
        "has_uint32": integer(checked["has_uint32"], "PCG64's has_uint32", 0, 1),
        "uinteger": integer(checked["uinteger"], "PCG64's uinteger", 0, 2**32 - 1),
    }


def _generator(arguments: tuple[Any, ...], state: Any) -> Generator:
    if len(arguments) != 1 or type(arguments[0]) not in (MT19937, PCG64) or state not in (ABSENT, None):
        raise Refused("it makes a Generator of something else")
    return Generator(arguments[0])


def _random_state(arguments: tuple[Any, ...], state: Any) -> RandomState:
    if len(arguments) != 1 or type(arguments[0]) is not MT19937:
        raise Refused("it makes a RandomState of something else")
    checked = _mt19937(state, frozenset({"has_gauss", "gauss"}))
    made = RandomState(arguments[0])
    made.set_state(checked | {"has_gauss": integer(checked["has_gauss"], "has_gauss", 0, 1), "gauss": number(checked["gauss"], "gauss")})
    return made


CONSTRUCTORS = {
    ("numpy.random._pickle", "__bit_generator_ctor"): _bit_generator,
    ("numpy.random._pickle", "__generator_ctor"): _generator,
    ("numpy.random._pickle", "__randomstate_ctor"): _random_state,
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"): _seed_sequence,
}
