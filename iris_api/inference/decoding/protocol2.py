"""Bytes and sets as the protocols before 4 spell them, arrays of bytes before 5, and slices: as calls of Python's own."""

from typing import Any

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.graph import is_plain_key
from iris_api.inference.decoding.values import is_number, no_state


def _bytes(arguments: tuple[Any, ...], state: Any) -> bytes:
    """``_codecs.encode(text, "latin1")``."""
    no_state(state, "a string of bytes")
    if len(arguments) != 2 or type(arguments[0]) is not str or arguments[1] != "latin1":
        raise Refused("it has bytes that are not spelt as latin1")
    try:
        return arguments[0].encode("latin1")
    except UnicodeEncodeError:
        raise Refused("it has bytes that are not spelt as latin1") from None


def _empty(arguments: tuple[Any, ...], state: Any) -> bytes:
    """``bytes()``."""
    no_state(state, "a string of bytes")
    if arguments != ():
        raise Refused("it has bytes that are made of something else")
    return b""


def _bytearray(arguments: tuple[Any, ...], state: Any) -> bytearray:
    """``bytearray(bytes)``, ``bytearray(text, "latin-1")`` or ``bytearray()``."""
    no_state(state, "an array of bytes")
    if len(arguments) == 2 and arguments[1] == "latin-1":
        arguments = (_bytes((arguments[0], "latin1"), state),)
    if arguments != () and (len(arguments) != 1 or type(arguments[0]) is not bytes):
        raise Refused("it has an array of bytes that is made of something else")
    return bytearray(*arguments)


def _set(arguments: tuple[Any, ...], state: Any) -> set[Any]:
    """``set([…])``."""
    return set(_items(arguments, state))


def _frozenset(arguments: tuple[Any, ...], state: Any) -> frozenset[Any]:
    """``frozenset([…])``."""
    return frozenset(_items(arguments, state))


def _items(arguments: tuple[Any, ...], state: Any) -> list[Any]:
    no_state(state, "a set")
    if len(arguments) != 1 or type(arguments[0]) is not list:
        raise Refused("it makes a set of something else than a list")
    items: list[Any] = arguments[0]
    if not all(map(is_plain_key, items)):
        raise Refused("it has a set of more than plain values")
    return items


def _slice(arguments: tuple[Any, ...], state: Any) -> slice:
    """``slice(start, stop, step)``, whose parts are numbers or names of columns."""
    no_state(state, "a slice")
    if len(arguments) != 3 or not all(part is None or type(part) is str or is_number(part) for part in arguments):
        raise Refused("it makes a slice of something else than numbers and names")
    return slice(*arguments)


CONSTRUCTORS = {
    ("builtins", "bytearray"): _bytearray,
    ("builtins", "slice"): _slice,
    ("__builtin__", "bytearray"): _bytearray,
    ("_codecs", "encode"): _bytes,
    ("__builtin__", "bytes"): _empty,
    **{(module, "set"): _set for module in ("__builtin__", "builtins")},
    **{(module, "frozenset"): _frozenset for module in ("__builtin__", "builtins")},
}
