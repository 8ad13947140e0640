"""NumPy's arrays and scalars, in the three forms that pickles have them: by a state, by a buffer, and behind joblib's wrapper.

Every array owns its memory, which is filled from exactly as many bytes, or objects, as its shape and dtype take.
"""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.values import no_state

MAX_DIMENSIONS = 32
MAX_LENGTH = 2**40
_LAYOUT = frozenset({"shape", "order", "allow_mmap"})
_ALIGNMENT = "numpy_array_alignment_bytes"


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of an array: shape, ``order`` in memory (C or F), dtype, and whether padding stands before its bytes."""

    shape: tuple[int, ...]
    order: str
    dtype: Any
    padded: bool = False

    @property
    def size_bytes(self) -> int:
        """How many bytes the elements take."""
        return math.prod(self.shape) * int(self.dtype.itemsize)


def _layout(shape: Any, order: Any, dtype: Any, padded: bool = False) -> Layout:
    if type(shape) is not tuple or len(shape) > MAX_DIMENSIONS:
        raise Refused("it has an array whose shape is not a short tuple")
    if not all(type(length) is int and 0 <= length <= MAX_LENGTH for length in shape):
        raise Refused("it has an array whose shape has something else than lengths")
    if not isinstance(dtype, np.dtype) or dtype.itemsize == 0:
        raise Refused("it has an array whose dtype is none")
    if type(order) is not str or order not in ("C", "F"):
        raise Refused("it has an array of an unknown order")
    return Layout(shape, order, dtype, padded)


def layout_of(members: dict[str, Any], dtype: Any) -> Layout:
    """What joblib's wrapper says of the array behind it: its dtype, and the other members but the class."""
    if members.keys() - {_ALIGNMENT} != _LAYOUT or type(members["allow_mmap"]) is not bool:
        raise Refused("it wraps something else than an array")
    alignment = members.get(_ALIGNMENT)
    if alignment is not None and type(alignment) is not int:
        raise Refused("it has an array without an alignment")
    return _layout(members["shape"], members["order"], dtype, alignment is not None)


def array_behind(pickled: bytes, position: int, layout: Layout) -> tuple[NDArray[Any], int]:
    """The array whose bytes begin at ``position``, and where they end; raises `Damaged` if they are not all there."""
    if layout.padded:
        position += 1 + (pickled[position] if position < len(pickled) else 0)
    end = position + layout.size_bytes
    if end > len(pickled):
        raise Damaged("it ends within an array")
    return _from_bytes(memoryview(pickled)[position:end], layout), end


def _from_bytes(content: Any, layout: Layout) -> NDArray[Any]:
    if layout.dtype.hasobject:
        raise Refused("it takes raw memory for the addresses of objects")
    if len(content) != layout.size_bytes:
        raise Refused(f"it has {len(content)} bytes for an array of {layout.size_bytes}")
    made = _empty(layout)
    if made.size:
        made.reshape(-1, order="A")[:] = np.frombuffer(content, layout.dtype)
    if made.dtype == np.bool_ and made.size and made.view(np.uint8).max() > 1:
        raise Refused("it has a truth value other than 0 and 1")
    if made.dtype.kind == "U" and made.size and np.frombuffer(content, f"{made.dtype.byteorder}u4").max() > sys.maxunicode:
        raise Refused("it has text with a character that is none")
    return made


def _from_objects(content: list[Any], layout: Layout) -> NDArray[Any]:
    if layout.dtype != np.dtype(object):
        raise Refused("it has objects for an array of something else")
    if len(content) != math.prod(layout.shape):
        raise Refused(f"it has {len(content)} objects for an array of {math.prod(layout.shape)}")
    made = np.empty(len(content), dtype=object)
    for index, item in enumerate(content):
        made[index] = item
    return made.reshape(layout.shape).copy(order="F" if layout.order == "F" else "C")


def _empty(layout: Layout) -> NDArray[Any]:
    try:
        return np.empty(layout.shape, layout.dtype, order="F" if layout.order == "F" else "C")
    except ValueError:
        raise Refused("it has an array whose shape is too large") from None


def _reconstruct(arguments: tuple[Any, ...], state: Any) -> NDArray[Any]:
    """``_reconstruct(ndarray, (0,), b"b")`` with the state (1, shape, dtype, whether Fortran's order, bytes or a list)."""
    if len(arguments) != 3 or arguments[0] is not np.ndarray or type(arguments[1]) is not tuple:
        raise Refused("it makes an array of something else than ndarray")
    if type(state) is not tuple or len(state) != 5 or state[0] != 1 or type(state[3]) is not bool:
        raise Refused("it has an array without its state")
    layout = _layout(state[1], "F" if state[3] else "C", state[2])
    if type(state[4]) is list:
        return _from_objects(state[4], layout)
    return _from_bytes(_content(state[4]), layout)


def _frombuffer(arguments: tuple[Any, ...], state: Any) -> NDArray[Any]:
    """``_frombuffer(bytes, dtype, shape, order[, axes])``, of protocol 5; ``axes`` belongs to the order K."""
    no_state(state, "an array of a buffer")
    content, dtype, shape, order, *axes = arguments if len(arguments) in (4, 5) else (None,) * 4
    if order == "K" and len(axes) == 1 and type(axes[0]) is tuple:
        made = _from_bytes(_content(content), _layout(shape, "C", dtype))
        if not all(type(axis) is int for axis in axes[0]) or sorted(axes[0]) != list(range(made.ndim)):
            raise Refused("it has an array whose axes are in no order")
        return made.transpose(axes[0])
    if axes not in ([], [None]):
        raise Refused("it makes an array of something else than a buffer")
    return _from_bytes(_content(content), _layout(shape, order, dtype))


def _content(content: Any) -> Any:
    if type(content) not in (bytes, bytearray):
        raise Refused(f"it has a value of the type {type(content).__name__} for the bytes of an array")
    return content


def _scalar(arguments: tuple[Any, ...], state: Any) -> Any:
    no_state(state, "a scalar")
    if len(arguments) != 2 or not isinstance(arguments[0], np.dtype) or arguments[0].fields is not None:
        raise Refused("it makes a scalar of something else than a dtype and bytes")
    dtype, content = arguments[0], _content(arguments[1])
    if dtype.itemsize == 0 and not content:
        return dtype.type()
    return _from_bytes(content, _layout((), "C", dtype))[()]


CONSTRUCTORS = {
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
}
