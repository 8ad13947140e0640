"""Checks of one value each, for the constructors: every function returns its value unchanged, or raises `Refused`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused

_ELEMENT_TYPES = frozenset(
    {
        *(kind for name in ("float", "int", "uint") for bits in (16, 32, 64) for kind in (f"{name}{bits}", np.dtype(f"{name}{bits}").type)),
        *("bool", "float", "int", "object", "int8", "uint8", bool, float, int, object, np.bool_, np.int8, np.uint8, np.object_),
    }
)
ABSENT: Any = object()
"""Stands for the state of an object that the pickle gives none."""


def no_state(state: Any, what: str) -> None:
    """Refuse a state where none belongs."""
    if state is not ABSENT:
        raise Refused(f"{what} has a state")


def integer(value: Any, what: str, low: int = 0, high: int = 2**31 - 1) -> int:
    """``value`` as an exact int between ``low`` and ``high``; numpy's integer scalars are taken, booleans are not."""
    if isinstance(value, np.integer):
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise Refused(f"{what} is not a whole number from {low} to {high}")
    return value


def is_number(value: Any) -> bool:
    """Whether ``value`` is an int or an integer of numpy, of at most 64 bits; booleans are not."""
    return isinstance(value, np.integer) or (type(value) is int and -(2**63) <= value < 2**63)


def number(value: Any, what: str) -> float:
    """``value`` as a finite float."""
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    if type(value) not in (int, float) or not np.isfinite(value):
        raise Refused(f"{what} is not a finite number")
    return float(value)


def array(value: Any, what: str, dtype: Any, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """``value`` as an exact ndarray of ``dtype`` (native byte order) and ``shape``, where None admits any length."""
    if type(value) is not np.ndarray or value.dtype != np.dtype(dtype):
        raise Refused(f"{what} is not an array of {np.dtype(dtype).name}")
    if value.ndim != len(shape) or any(wanted not in (None, given) for wanted, given in zip(shape, value.shape, strict=True)):
        raise Refused(f"{what} has the shape {value.shape}, not {shape}")
    return value


def element_type(value: Any, what: str) -> Any:
    """``value`` as a class, a dtype or the name of one, whose elements are numbers, truth values or objects."""
    if not isinstance(value, np.dtype) and value not in _ELEMENT_TYPES:
        raise Refused(f"{what} has a dtype that is none")
    if np.dtype(value).kind not in "biufO":
        raise Refused(f"{what} has a dtype of other elements than numbers")
    return value


def floats(value: Any, what: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """``value`` as an exact ndarray of 32 or 64-bit floats and ``shape``, where None admits any length."""
    return array(value, what, np.float32 if type(value) is np.ndarray and value.dtype == np.float32 else np.float64, shape)


def members(state: Any, what: str, names: frozenset[str]) -> dict[str, Any]:
    """``state`` as an exact dict with exactly the keys ``names``."""
    if type(state) is not dict or state.keys() != names:
        raise Refused(f"{what} has other members than {', '.join(sorted(names))}")
    return state
