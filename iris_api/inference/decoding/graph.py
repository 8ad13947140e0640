"""What the opcodes of a pickle describe: plain data, in which `Global` stands for a name and `Call` for an object to be built.

Everything else in a graph is a plain Python value: None, bool, int, float, str, bytes, bytearray, list, tuple, dict, set or
frozenset, and arrays that are already complete.
"""

from typing import Any

from iris_api.inference.decoding.values import ABSENT


class Global:
    """A name on the allow-list; the pickle only mentions it."""

    __slots__ = ("name",)

    def __init__(self, name: tuple[str, str]) -> None:
        self.name = name


class Call:
    """An object that the pickle describes by a name, arguments and, later, a state and items.

    ``built`` holds the finished object as soon as it was built; from then on the description can no longer change.
    """

    __slots__ = ("arguments", "built", "items", "name", "state")

    def __init__(self, name: tuple[str, str], arguments: tuple[Any, ...]) -> None:
        self.name, self.arguments = name, arguments
        self.state: Any = ABSENT
        self.items: dict[Any, Any] = {}
        self.built: Any = ABSENT


PLAIN = frozenset({type(None), bool, int, float, str, bytes})
"""Types whose values are built already."""

MAX_KEY = 2**63


def is_plain_key(value: Any) -> bool:
    """Whether ``value`` may be the key of a dictionary as it is. Integers are bounded: of larger ones, any number can share a hash."""
    return -MAX_KEY <= value <= MAX_KEY if type(value) is int else type(value) in PLAIN
