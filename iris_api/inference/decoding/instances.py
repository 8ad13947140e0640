"""Instances of classes that are written in Python: made without their ``__init__``, given their attributes, and never asked to do more."""

from collections.abc import Callable
from typing import Any

import sklearn
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from iris_api.inference.decoding.decode_errors import MadeWithAnother, Refused
from iris_api.inference.decoding.values import ABSENT

_VERSION = "_sklearn_version"
_ALSO_OF_CLASS = frozenset({"positive"})
"""Parameters of ``LassoLars`` for which its class ``Lars`` has a value: neither is used after fitting."""


def make_instance(kind: Any) -> Callable[[tuple[Any, ...], Any], Any]:
    """A constructor of instances of ``kind`` from a dictionary of attributes, which may not hide a method or an attribute of the class.

    For an estimator of scikit-learn it does what ``BaseEstimator.__setstate__`` does: compare the version and set the attributes.
    """
    of_class = frozenset(dir(kind)) - _ALSO_OF_CLASS
    is_versioned = issubclass(kind, BaseEstimator) and kind.__module__.startswith("sklearn.")

    def construct(arguments: tuple[Any, ...], state: Any) -> Any:
        if arguments != ():
            raise Refused(f"it makes a {kind.__name__} with arguments")
        attributes = {} if state is ABSENT else attributes_of(kind, state, of_class)
        if is_versioned:
            _check_version(attributes.pop(_VERSION, None))
        instance: Any = object.__new__(kind)
        vars(instance).update(attributes)
        return instance

    return construct


def attributes_of(kind: type, state: Any, of_class: frozenset[str]) -> dict[str, Any]:
    """``state`` as the attributes of an instance of ``kind``, none of which has a name in ``of_class``; else raises `Refused`."""
    if type(state) is not dict:
        raise Refused(f"it has a {kind.__name__} whose state is not a dictionary")
    for name in state:
        if type(name) is not str or not name.isidentifier() or name.startswith("__"):
            raise Refused(f"it has a {kind.__name__} with an attribute that is not a plain name")
        if name in of_class:
            raise Refused(f"it has a {kind.__name__} whose attribute {name} hides that of its class")
    return dict(state)


def _check_version(version: Any) -> None:
    if type(version) is not str:
        raise Refused("it has an estimator that does not say which scikit-learn made it")
    if version != sklearn.__version__:
        raise MadeWithAnother(version)


def _bunch(arguments: tuple[Any, ...], state: Any) -> Any:
    """An empty Bunch, which gets its items from the decoder; its own ``__setstate__`` ignores the state too."""
    if arguments != () or (state is not ABSENT and type(state) is not dict):
        raise Refused("it makes a Bunch of more than its items")
    return Bunch()


CONSTRUCTORS = {("sklearn.utils._bunch", "Bunch"): _bunch}
