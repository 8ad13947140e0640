"""Spoilt estimators: well-formed pickles whose attributes do not fit each other, which bytes changed at random seldom give."""

import io
import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np

from tests.fuzz.numbers import FLOATS, INTEGERS

Slot = tuple[Any, Any]
"""A dictionary or a list, and a key of it."""

MAX_CHANGES = 3
HANDLES = ("_handle", "_object", "handle")
"""Addresses of native objects, which no pickle has: a changed one ends the process that makes the mutant."""
TRANSIENT = ("_in_fit", "_fit_method", "_sparse", "metric", "weights", "stack_method_", "n_outputs_", "outputs_2d_", "drop_idx_")
ROUTES = ("precomputed", "brute", "predict", "predict_proba", "transform", "fit", "apply", "zero", "manhattan", "auto", "soft", "drop")


def spoilt(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """A dump of the estimator pickled in ``content`` with a few attributes changed, some to what the one in ``other`` has.

    It is ``content`` itself if what came of the changes cannot be dumped.
    """
    model = pickle.loads(content)
    strangers = None
    for _ in range(chance.randint(1, MAX_CHANGES)):
        container, key = chance.choice(list(_slots(model)))
        if chance.random() < 0.2:
            strangers = strangers or list(_slots(pickle.loads(other)))
            owner, name = chance.choice(strangers if chance.random() < 0.5 else list(_slots(model)))
            container[key] = owner[name]
        elif isinstance(container, dict) and chance.random() < 0.05:
            container[chance.choice(TRANSIENT)] = chance.choice((True, 1, *ROUTES))
        else:
            container[key] = _changed(container[key], chance)
    stream = io.BytesIO()
    try:
        joblib.dump(model, stream)
    except Exception:  # noqa: BLE001 - the classes of libraries raise anything while they are pickled
        return content
    return stream.getvalue()


def _slots(root: Any) -> Iterator[Slot]:
    seen, waiting = set(), [root]
    while waiting:
        item = waiting.pop()
        # a class or a function is shared by all mutants, of Python, of NumPy or of SciPy
        if id(item) in seen or hasattr(item, "__name__"):
            continue
        seen.add(id(item))
        holder = item if isinstance(item, dict | list) else getattr(item, "__dict__", None)
        if holder:
            keys = [key for key in holder if key not in HANDLES] if isinstance(holder, dict) else range(len(holder))
            yield from ((holder, key) for key in keys)
            waiting.extend(holder[key] for key in keys)
        elif isinstance(item, tuple) or (isinstance(item, np.ndarray) and item.dtype == object):
            waiting.extend(item if isinstance(item, tuple) else item.ravel())


def _changed(value: Any, chance: random.Random) -> Any:
    for kind, change in CHANGES.items():
        if isinstance(value, kind):
            return change(value, chance)
    return chance.choice((None, 0, value, [value], (value, value)))


def _changed_array(value: Any, chance: random.Random) -> Any:
    return chance.choice(ARRAYS)(value, chance) if value.size else np.zeros((3,) * value.ndim, value.dtype)


def _changed_integer(value: Any, chance: random.Random) -> Any:
    return chance.choice((int(value) + 1, int(value) - 1, int(value) * 2, chance.choice(INTEGERS), -chance.choice(INTEGERS)))


def _with_an_extreme(value: Any, chance: random.Random) -> Any:
    value = value.copy()
    place = chance.randrange(value.size)
    if value.dtype.names:
        name = chance.choice(value.dtype.names)
        value[name].flat[place] = _extreme(value.dtype[name], chance)
    else:
        value.flat[place] = _extreme(value.dtype, chance)
    return value


def _extreme(dtype: Any, chance: random.Random) -> Any:
    if dtype.kind in "iu":
        bounds = np.iinfo(dtype)
        near = [number for sign in INTEGERS for number in (sign, -sign) if bounds.min <= number <= bounds.max]
        return chance.choice([bounds.min, bounds.max, *near])
    return chance.choice(FLOATS) if dtype.kind == "f" else chance.choice((True, False))


def _resized(value: Any, chance: random.Random) -> Any:
    shape = list(value.shape) or [1]
    axis = chance.randrange(len(shape))
    shape[axis] = chance.choice((0, 1, shape[axis] - 1, shape[axis] + 1, shape[axis] * 2))
    return np.resize(value, shape) if chance.random() < 0.9 else value.ravel()


def _of_another_dtype(value: Any, chance: random.Random) -> Any:
    if value.dtype.names or value.dtype.kind not in "biuf":
        return value.copy()
    with np.errstate(all="ignore"):
        return value.astype(chance.choice(("f4", "f8", "i4", "i8", "u1", "?", ">f8")))


def _moved(value: Any, chance: random.Random) -> Any:
    if value.dtype.kind not in "iuf":
        return value[::-1].copy() if value.ndim else value
    with np.errstate(all="ignore"):
        # an unsigned dtype wraps a negative number
        return (
            value + np.asarray(chance.choice((1, -1, 100, -100, 10**6))).astype(value.dtype) if value.dtype.itemsize > 1 else value + value
        )


ARRAYS: tuple[Callable[[Any, random.Random], Any], ...] = (
    _with_an_extreme,
    _resized,
    _of_another_dtype,
    _moved,
    lambda value, _: np.asfortranarray(value),
    lambda value, _: value.T.copy(),
)
CHANGES: dict[Any, Callable[[Any, random.Random], Any]] = {
    np.ndarray: _changed_array,
    bool | None | np.bool_: lambda _, chance: chance.choice((True, False, None, 0, 1, "auto")),
    int | np.integer: _changed_integer,
    float: lambda value, chance: chance.choice((-value, *FLOATS)),
    str: lambda _, chance: chance.choice(ROUTES),
    list | tuple: lambda value, chance: chance.choice((value[:-1], value + value[:1], value * 2, value[::-1], value[:0])),
}
"""For each type of a value the change that it gets, the first that fits."""
