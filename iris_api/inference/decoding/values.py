"""Checks of one value each, for the constructors: every function returns its value unchanged, or raises `Refused`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused

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


def members(state: Any, what: str, names: frozenset[str]) -> dict[str, Any]:
    """``state`` as an exact dict with exactly the keys ``names``."""
    if type(state) is not dict or state.keys() != names:
        raise Refused(f"{what} has other members than {', '.join(sorted(names))}")
    return state
