"""Instances of classes of the user's own: made without their ``__init__`` and ``__new__``, and given their attributes.

A class that has a ``__setstate__`` gets the state from it instead: its module is code that the operator lets run.
"""

import inspect
from functools import lru_cache
from typing import Any

from sklearn.base import BaseEstimator

from iris_api.inference.decoding.checks import is_checked
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.instances import attributes_of
from iris_api.inference.decoding.names import HELD_AS, PLAIN_CLASSES
from iris_api.inference.decoding.own_names import LIBRARIES
from iris_api.inference.decoding.values import ABSENT

MAX_CAUSE = 200
_PARTS = {module for module, _ in HELD_AS}
_MIXINS = {
    "sklearn.base",
    "sklearn.callback._callback_support",
    "sklearn.decomposition._base",
    "sklearn.ensemble._base",
    "sklearn.feature_selection._base",
}
_MAY_EXTEND = _MIXINS | {module for module, _ in PLAIN_CLASSES if module not in _PARTS and not is_checked(module)}
"""Modules of scikit-learn whose classes may be extended: no compiled code follows what their instances hold. Other libraries have none."""

_SHOWN = {"sklearn": "scikit-learn"}


def make_own(kind: Any, arguments: tuple[Any, ...], state: Any) -> Any:
    """An instance of ``kind``, a class of the user's own, from what a pickle says of it.

    Raises
    ------
    Refused
        If ``kind`` is a function, or a class that extends what it may not; or if the arguments or the state are not those of an
        instance whose state is its attributes.
    """
    if not isinstance(kind, type):
        raise Refused(f"it calls {kind.__name__}; a function of your own may only be held by an estimator")
    of_class = _names_of_class(kind)
    if arguments != ():
        raise Refused(f"it makes a {kind.__name__} with arguments; a class of your own is served if its instances are their attributes")
    try:
        instance: Any = object.__new__(kind)
    except TypeError as error:
        raise Refused(f"it has a {kind.__name__}, which cannot be made without arguments ({str(error)[:MAX_CAUSE]})") from None
    if state is not ABSENT:
        _give(instance, state, of_class)
    return instance


def _give(instance: Any, state: Any, of_class: frozenset[str]) -> None:
    kind = type(instance)
    if getattr(kind, "__setstate__", BaseEstimator.__setstate__) is BaseEstimator.__setstate__:
        vars(instance).update(attributes_of(kind, state, of_class))
        return
    try:
        instance.__setstate__(state)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - code of the user's own may raise anything
        cause = f"{type(error).__name__}: {error}"[:MAX_CAUSE]
        raise Refused(f"the __setstate__ of its {kind.__name__} raised an error ({cause})") from None


@lru_cache(maxsize=64)
def _names_of_class(kind: type) -> frozenset[str]:
    """Names that no attribute of an instance of ``kind`` may have: methods, and whatever scikit-learn's own classes define.

    Raises
    ------
    Refused
        If ``kind`` has slots, or extends a class whose instances are checked as they are decoded: it would not be.
    """
    names = {name for name in dir(kind) if _is_method(inspect.getattr_static(kind, name))}
    for base in kind.__mro__:
        library = base.__module__.partition(".")[0]
        if library == "sklearn":
            names |= vars(base).keys()
        if library in LIBRARIES and not _may_be_extended(base):
            raise Refused(
                f"its {kind.__name__} extends {base.__name__} of {_SHOWN.get(library, library)}, whose content is checked in that very"
                f" class alone; keep a {base.__name__} in an attribute instead"
            )
    if kind.__dictoffset__ == 0:
        raise Refused(f"its {kind.__name__} has __slots__; a class of your own is served if its instances are their attributes")
    return frozenset(names)


def _may_be_extended(base: type) -> bool:
    return base.__module__ in _MAY_EXTEND or base.__module__.startswith("sklearn.utils.")


def _is_method(value: Any) -> bool:
    """Whether a class's attribute is more than a default that instances may replace."""
    return callable(value) or hasattr(value, "__get__")
