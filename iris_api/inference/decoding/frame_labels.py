"""Labels of columns that a pickle has as an index of pandas: they are built as NumPy's array of the same labels, without pandas.

``ColumnTransformer`` takes either for a choice of columns, and an encoder for its categories.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import is_number, members, no_state

_INDEX = (("pandas", "Index"), ("pandas.core.indexes.base", "Index"))
_STRINGS = ("pandas.arrays", "StringArray")
_TEXT = np.dtype(object)
_ATTRIBUTES: tuple[tuple[dict[str, bool], ...], ...] = ((), ({},), ({"_readonly": True},), ({"_readonly": False},))
_INDEX_MEMBERS = frozenset({"data", "name"})


def _text_dtype(arguments: tuple[Any, ...], state: Any) -> Any:
    """``StringDtype("python", missing)``: texts as objects."""
    no_state(state, "a StringDtype")
    if len(arguments) != 2 or arguments[0] != "python" or arguments[1] is None or arguments[1] == arguments[1]:
        raise Refused("it makes a StringDtype of something else than Python's texts")
    return _TEXT


def _strings(arguments: tuple[Any, ...], state: Any) -> NDArray[Any]:
    """``__pyx_unpickle_NDArrayBacked(StringArray, checksum, None)`` with the state (dtype, array[, attributes])."""
    if len(arguments) != 3 or arguments[0] != _STRINGS or type(arguments[1]) is not int or arguments[2] is not None:
        raise Refused("it makes an array of pandas of something else than texts")
    if type(state) is not tuple or len(state) not in (2, 3) or state[0] is not _TEXT or state[2:] not in _ATTRIBUTES:
        raise Refused("it has an array of pandas without its state")
    return _labels(state[1])


def _index(arguments: tuple[Any, ...], state: Any) -> NDArray[Any]:
    """``_new_Index(Index, {"data": labels, "name": name})``."""
    no_state(state, "an index of pandas")
    if len(arguments) != 2 or arguments[0] not in _INDEX:
        raise Refused("it makes an index of pandas of something else than labels")
    given = members(arguments[1], "an index of pandas", _INDEX_MEMBERS)
    if given["name"] is not None and type(given["name"]) is not str:
        raise Refused("it has an index of pandas with an odd name")
    return _labels(given["data"])


def _labels(values: Any) -> NDArray[Any]:
    if type(values) is not np.ndarray or values.ndim != 1 or values.dtype.kind not in "iuO":
        raise Refused("it has an index of pandas whose labels are no row")
    if values.dtype == _TEXT and not all(type(label) is str or is_number(label) for label in values):
        raise Refused("it has an index of pandas with a label that is neither text nor a number")
    return values


CONSTRUCTORS = {
    ("pandas", "StringDtype"): _text_dtype,
    ("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked"): _strings,
    ("pandas.core.indexes.base", "_new_Index"): _index,
}
