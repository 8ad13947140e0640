"""The stack of a pickle's opcodes: what each opcode that makes or fills a container takes from it."""

from typing import Any

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.graph import Call, Global, is_plain_key
from iris_api.inference.decoding.names import HOLDS_ITEMS, KEYS
from iris_api.inference.decoding.values import ABSENT

_TEXT = frozenset({str})


class Stack:
    """The objects that were pushed and the marks among them; a container is only filled if it is exactly of its opcode's type."""

    __slots__ = ("marks", "objects")

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.marks: list[int] = []

    def push(self, item: Any) -> None:
        """Put ``item`` on top."""
        self.objects.append(item)

    def pop(self) -> Any:
        """Removes the topmost object above the last mark."""
        if self.marks and len(self.objects) <= self.marks[-1]:
            raise Damaged("it takes from below a mark")
        return self.objects.pop()

    def above_mark(self) -> list[Any]:
        """Removes what was pushed since the last mark, and the mark."""
        at = self.marks.pop()
        items = self.objects[at:]
        del self.objects[at:]
        return items

    def mark(self) -> None:
        """Marks the top."""
        self.marks.append(len(self.objects))

    def tuple1(self) -> None:
        """Makes a tuple of the topmost object."""
        self.objects.append((self.pop(),))

    def tuple2(self) -> None:
        """Makes a tuple of the two topmost objects."""
        second, first = self.pop(), self.pop()
        self.objects.append((first, second))

    def tuple3(self) -> None:
        """Makes a tuple of the three topmost objects."""
        third, second, first = self.pop(), self.pop(), self.pop()
        self.objects.append((first, second, third))

    def tuple_above_mark(self) -> None:
        """Makes a tuple of all objects above the last mark."""
        self.objects.append(tuple(self.above_mark()))

    def frozenset_above_mark(self) -> None:
        """Makes a frozenset of all objects above the last mark."""
        items = self.above_mark()
        _check_keys(items)
        self.objects.append(frozenset(items))

    def list_above_mark(self) -> None:
        """Makes a list of all objects above the last mark."""
        self.objects.append(self.above_mark())

    def dict_above_mark(self) -> None:
        """Makes a dictionary of all keys and values above the last mark."""
        items = self.above_mark()
        self.objects.append({})
        self.update(items)

    def append(self) -> None:
        """Appends the topmost object to the list below it."""
        self.extend([self.pop()])

    def appends(self) -> None:
        """Appends all objects above the last mark to the list below it."""
        self.extend(self.above_mark())

    def extend(self, items: list[Any]) -> None:
        """Adds ``items`` to the list on top."""
        target = self.objects[-1]
        if type(target) is not list:
            raise Refused(f"it appends to {kind_of(target)}, which is not a list")
        target.extend(items)

    def add_items(self) -> None:
        """Adds all objects above the last mark to the set below it."""
        items, target = self.above_mark(), self.objects[-1]
        if type(target) is not set:
            raise Refused(f"it adds to {kind_of(target)}, which is not a set")
        _check_keys(items)
        target.update(items)

    def set_item(self) -> None:
        """Sets a key and a value in the dictionary below them."""
        value, key = self.pop(), self.pop()
        self.update([key, value])

    def set_items(self) -> None:
        """Sets all keys and values above the last mark in the dictionary below it."""
        self.update(self.above_mark())

    def update(self, items: list[Any]) -> None:
        """Sets ``items``, keys and values in turn, in the dictionary on top."""
        target = self.objects[-1]
        if type(target) is Call and target.name in HOLDS_ITEMS and target.built is ABSENT:
            target = target.items
        if type(target) is not dict:
            raise Refused(f"it sets items of {kind_of(target)}, which is not a dictionary")
        if len(items) % 2:
            raise Damaged("it has a key without a value")
        keys = items[::2]
        _check_keys(keys)
        target.update(zip(keys, items[1::2], strict=True))


def kind_of(item: Any) -> str:
    """What ``item`` is, for a message."""
    if type(item) is Call:
        return f"the object {item.name[1]}"
    return "a class or a function" if type(item) is Global else f"a value of the type {type(item).__name__}"


def _check_keys(keys: list[Any]) -> None:
    """Refuse keys other than plain values, scalars, and flat tuples of these: a deep tuple can take for ever to hash."""
    if _TEXT.issuperset(map(type, keys)):
        return
    for key in keys:
        parts = key if type(key) is tuple else (key,)
        if not all(map(_is_key, parts)):
            raise Refused(f"it has {kind_of(key)} for a key")


def _is_key(part: Any) -> bool:
    return is_plain_key(part) or (type(part) is Call and part.name in KEYS)
