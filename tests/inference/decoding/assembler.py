"""A small assembler of pickle opcodes (protocol 4), for pickles that Python itself would never write.

Every function that returns `Code` gives opcodes that leave one object on the stack. Where a function takes any value, that may be
a Python object, which is pickled as usual, or Code, which stands for the object that it leaves, in containers too.
"""

import io
import pickle
from typing import Any

import numpy as np
import sklearn

from tests.inference.bundles import dumped


class Code(bytes):
    """Opcodes that leave one object on the stack."""

    __slots__ = ()


def push(value: Any) -> Code:
    """``value``, a Python object or Code."""
    if isinstance(value, Code):
        return value
    if value is None or isinstance(value, bool):
        return Code({None: b"N", True: b"\x88", False: b"\x89"}[value])
    if isinstance(value, dict):
        return Code(b"}(" + b"".join(push(key) + push(item) for key, item in value.items()) + b"u")
    if isinstance(value, set):
        return Code(b"\x8f(" + b"".join(map(push, value)) + b"\x90")
    if isinstance(value, tuple | list):
        opening, closing = (b"(", b"t") if isinstance(value, tuple) else (b"](", b"e")
        return Code(opening + b"".join(map(push, value)) + closing)
    return _genuine(value)


def _genuine(value: Any) -> Code:
    """What Python writes of ``value``, without a memo."""
    stream = io.BytesIO()
    # the only protocol with bytes and without frames
    pickler = pickle._Pickler(stream, 3)
    pickler.fast = True
    pickler.dump(value)
    return Code(stream.getvalue()[2:-1])


def name(dotted: str) -> Code:
    """The class or function ``dotted``, its module before the last dot."""
    module, _, member = dotted.rpartition(".")
    return Code(push(module) + push(member) + b"\x93")


def call(dotted: str, *arguments: Any) -> Code:
    """REDUCE of a name and a tuple of arguments."""
    return reduce(name(dotted), arguments)


def reduce(function: Any, arguments: Any) -> Code:
    """REDUCE of anything with anything."""
    return Code(push(function) + push(arguments) + b"R")


def new(dotted: str, *arguments: Any) -> Code:
    """NEWOBJ of a name and a tuple of arguments."""
    return Code(name(dotted) + push(arguments) + b"\x81")


def build(target: Any, state: Any) -> Code:
    """BUILD of anything with anything."""
    return Code(push(target) + push(state) + b"b")


def set_item(target: Any, key: Any, value: Any) -> Code:
    """SETITEM of anything."""
    return Code(push(target) + push(key) + push(value) + b"s")


def append(target: Any, item: Any) -> Code:
    """APPEND to anything."""
    return Code(push(target) + push(item) + b"a")


def add_items(target: Any, *items: Any) -> Code:
    """ADDITEMS to anything."""
    return Code(push(target) + b"(" + b"".join(map(push, items)) + b"\x90")


def put(number: int, value: Any) -> Code:
    """``value``, put into the memo as ``number``."""
    return Code(push(value) + b"r" + number.to_bytes(4, "little"))


def get(number: int) -> Code:
    """What was put as ``number``."""
    return Code(b"j" + number.to_bytes(4, "little"))


def after(*steps: Any) -> Code:
    """The last of ``steps``; what the others leave is popped."""
    return Code(b"0".join(map(push, steps)))


def dtype(code: str, *state: Any) -> Code:
    """A dtype, with a state if one is given."""
    made = call("numpy.dtype", code, False, True)
    return build(made, state) if state else made


def array(shape: Any, kind: Any, content: Any, fortran: Any = False) -> Code:
    """An array by its state, as the protocols up to 4 write it."""
    return build(call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (0,), b"b"), (1, shape, kind, fortran, content))


def buffer(content: Any, kind: Any, shape: Any, order: Any = "C") -> Code:
    """An array by its buffer, as protocol 5 writes it."""
    return call("numpy._core.numeric._frombuffer", content, kind, shape, order)


def wrapped(shape: Any, kind: Any, content: bytes, **members: Any) -> Code:
    """An array as joblib writes it, whose bytes follow its wrapper."""
    members = {"subclass": name("numpy.ndarray"), "shape": shape, "order": "C", "dtype": kind, "allow_mmap": False} | members
    return Code(build(new("joblib.numpy_pickle.NumpyArrayWrapper"), members) + content)


def estimator(dotted: str, **attributes: Any) -> Code:
    """An estimator of this scikit-learn with these attributes."""
    return build(new(dotted), {"_sklearn_version": sklearn.__version__} | attributes)


def pickled(code: Any) -> bytes:
    """A whole pickle of what ``code`` leaves."""
    return b"\x80\x04" + push(code) + b"."


def in_an_estimator(code: Any) -> bytes:
    """A pickle of a classifier that has ``code`` for a parameter."""
    return pickled(estimator("sklearn.linear_model._logistic.LogisticRegression", C=code))


def in_an_object_array(code: Any) -> bytes:
    """A joblib dump of an array of objects, whose own pickle is that of ``code``."""
    whole = dumped(np.array([None], dtype=object))
    return whole[: whole.index(b"\x80\x05")] + pickled(code) + b"."
