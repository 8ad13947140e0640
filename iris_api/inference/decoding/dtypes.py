"""NumPy's types of array elements: plain ones by their code, structured ones only where a class of scikit-learn declares the very same."""

import re
from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT

MAX_TEXT = 1_000_000
_NUMBER = re.compile(r"b1|[iu][1248]|f[248]|c(8|16)")
_TEXT = re.compile(r"[US]([0-9]{1,7})")
_TIME = re.compile(r"[Mm]8")
_UNITS = frozenset({b"Y", b"M", b"W", b"D", b"h", b"m", b"s", b"ms", b"us", b"ns"})
_ORDERS = frozenset("<>|")


def _dtype(arguments: tuple[Any, ...], state: Any) -> Any:
    if len(arguments) != 3 or type(arguments[0]) is not str or arguments[1] is not False or arguments[2] is not True:
        raise Refused("it makes a dtype of something else than a code")
    code = arguments[0]
    made = _structured(state) if code.startswith("V") else _plain(code, state)
    if state is not ABSENT and not _same(state, made.__reduce__()[2]):
        raise Refused(f"it changes the dtype {code[:20]} into one that NumPy would not make")
    return made


def _plain(code: str, state: Any) -> Any:
    if _TIME.fullmatch(code):
        return np.dtype(f"{_order(state)}{code}{_unit(state)}")
    text = _TEXT.fullmatch(code)
    if code == "O8" or _NUMBER.fullmatch(code) or (text and int(text[1]) <= MAX_TEXT):
        return np.dtype(code[:1] if code == "O8" else _order(state) + code)
    raise Refused(f"it makes the dtype {code[:20]}, which no estimator holds")


def _order(state: Any) -> str:
    if type(state) is not tuple or len(state) < 2:
        return ""
    if type(state[1]) is not str or state[1] not in _ORDERS:
        raise Refused("it has a dtype of an unknown byte order")
    return state[1]


def _unit(state: Any) -> str:
    unit = state[8][1] if type(state) is tuple and len(state) == 9 and type(state[8]) is tuple and len(state[8]) == 2 else None
    if type(unit) is not tuple or len(unit) != 4 or type(unit[0]) is not bytes or unit[0] not in _UNITS:
        raise Refused("it has a time without a unit")
    if type(unit[1]) is not int or not 1 <= unit[1] < 2**31:
        raise Refused("it has a time without a unit")
    return f"[{unit[1]}{unit[0].decode()}]"


def _structured(state: Any) -> Any:
    for declared in _declared():
        if _same(state, declared.__reduce__()[2]):
            return declared
    raise Refused("it has a structured dtype that no class of scikit-learn declares")


def _declared() -> tuple[Any, ...]:
    from iris_api.inference.decoding import decision_trees, histogram_trees, neighbors

    return (*decision_trees.STRUCTURED_DTYPES, *histogram_trees.STRUCTURED_DTYPES, *neighbors.STRUCTURED_DTYPES)


def _same(given: Any, wanted: Any) -> bool:
    """Whether both are equal in every type and value; ``given`` comes from the pickle, so nothing of it is asked to compare itself."""
    if isinstance(wanted, np.dtype):
        # equal dtypes may be of two classes: C has two 64-bit integers
        return isinstance(given, np.dtype) and given == wanted
    if type(given) is not type(wanted):
        return False
    if type(wanted) is tuple:
        return len(given) == len(wanted) and all(map(_same, given, wanted))
    if type(wanted) is dict:
        return given.keys() == wanted.keys() and all(_same(given[key], wanted[key]) for key in wanted)
    return bool(given == wanted)


CONSTRUCTORS = {("numpy", "dtype"): _dtype}
