"""Objects as the protocols 0 and 1 spell them: a call of ``copyreg._reconstructor``, which stands for the class that it names."""

from typing import Any

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.graph import Call, Global
from iris_api.inference.decoding.names import HOLDS_ITEMS


def reconstructed(arguments: tuple[Any, ...]) -> Call:
    """The object of ``_reconstructor(class, base, value)``, as if a later protocol had called the class with ``value``'s parts.

    Raises
    ------
    Refused
        If the base is none of ``object`` (without a value), ``dict`` and ``tuple`` (with one).
    """
    if len(arguments) != 3 or type(arguments[0]) is not Global or type(arguments[1]) is not Global:
        raise Refused("it makes an object of something else than two classes and a value")
    (kind, base, value), made = arguments, Call(arguments[0].name, ())
    if base.name == ("builtins", "object") and value is None:
        return made
    if base.name == ("builtins", "tuple") and type(value) is tuple:
        return Call(kind.name, value)
    if base.name == ("builtins", "dict") and type(value) is dict and kind.name in HOLDS_ITEMS:
        made.items = dict(value)
        return made
    raise Refused(f"it makes a {kind.name[1]} of another class or value")
