"""Python's dictionaries of other classes, which get their items from the decoder: ordered ones, and those with default values."""

from collections import OrderedDict, defaultdict
from typing import Any

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import no_state

_FACTORIES = (OrderedDict, dict, float, int, list, set)


def _ordered(arguments: tuple[Any, ...], state: Any) -> OrderedDict[Any, Any]:
    no_state(state, "an OrderedDict")
    if arguments != ():
        raise Refused("it makes an OrderedDict of more than its items")
    return OrderedDict()


def _default(arguments: tuple[Any, ...], state: Any) -> defaultdict[Any, Any]:
    no_state(state, "a defaultdict")
    if arguments not in ((), (None,)) and not (len(arguments) == 1 and any(arguments[0] is factory for factory in _FACTORIES)):
        raise Refused("it makes a defaultdict of more than a plain class")
    return defaultdict(*arguments)


CONSTRUCTORS = {
    ("collections", "OrderedDict"): _ordered,
    ("collections", "defaultdict"): _default,
}
