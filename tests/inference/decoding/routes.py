"""Hostile pickles made of allowed names only: routes to code, raw memory and too much memory that a list of names leaves open.

Those that forge an object use the address that ``eval`` has in this process; a forked child has it at the same address.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.inference.bundles import dumped
from tests.inference.decoding.assembler import (
    Code,
    after,
    array,
    buffer,
    build,
    call,
    dtype,
    get,
    in_an_estimator,
    in_an_object_array,
    name,
    pickled,
    put,
    reduce,
    set_item,
)

INT, FLOAT, OBJECT = dtype("i8"), dtype("f8"), dtype("O8")
HAS_OBJECTS = 0x01
FAR = 2**40
KEPT: dict[str, str] = {}


def address(item: Any) -> bytes:
    """The bytes of a pointer to ``item``."""
    return id(item).to_bytes(8, "little")


def record(fields: dict[str, Any], size: int, flags: int = 0) -> tuple[Any, ...]:
    """The state of a structured dtype: its fields with their offsets, its size and its flags."""
    return (3, "|", None, tuple(fields), fields, size, 1, flags)


def scalar(kind: Any, content: Any) -> Code:
    """A scalar of a dtype; of a structured one a record, whose values are its fields."""
    return call("numpy._core.multiarray.scalar", kind, content)


def script(canary: Path) -> str:
    """What leaves the canary if it is run; it stays where it is in memory."""
    return KEPT.setdefault(str(canary), f"open({str(canary)!r}, 'w').close()")


def run(arguments: Code) -> Code:
    """Calls ``arguments[1](arguments[0])``, if they may be an array or a record."""
    return reduce(name("numpy.random._pickle.__generator_ctor"), arguments)


def read(arguments: Code) -> Code:
    """Reads the one field of a record."""
    return reduce(name("numpy.float64"), arguments)


def writing_pointers(canary: Path) -> Code:
    """Numbers that view an array of objects let SETITEM put any address there; REDUCE takes the array for its arguments."""
    objects = put(0, array((2,), OBJECT, [script(canary), None]))
    return after(set_item(buffer(objects, INT, (2,)), 1, id(eval)), get(0))


def denying_flags(canary: Path) -> Code:
    """A record whose flags admit objects, but not that they are pickled one by one, is made of their addresses."""
    forged = dtype("V16", *record({"a": (OBJECT, 0), "b": (OBJECT, 8)}, 16, HAS_OBJECTS))
    return scalar(forged, address(script(canary)) + address(eval))


def fields_after_the_check(canary: Path) -> Code:
    """A dtype keeps the dictionary of its fields, into which SETITEM puts others after it was checked."""
    checked = put(1, dtype("V16", 3, "|", None, ("a", "b"), put(0, {"a": (INT, 0), "b": (INT, 8)}), 16, 1, 0))
    objects = set_item(set_item(get(0), "a", (OBJECT, 0)), "b", (OBJECT, 8))
    return after(checked, objects, scalar(get(1), address(script(canary)) + address(eval)))


def field_outside(_canary: Path) -> Code:
    """A field that begins far behind the item's end is read as one of the arguments."""
    forged = dtype("V8", *record({"a": (INT, FAR)}, 8))
    return scalar(forged, bytes(8))


def subarray_outside(_canary: Path) -> Code:
    """A field that is an array of more bytes than the item has."""
    many = dtype(f"V{2**31 - 8}", 3, "|", (FLOAT, (2**28 - 1,)), None, None, 2**31 - 8, 1, 0)
    forged = dtype("V8", *record({"a": (many, 0)}, 8))
    return scalar(forged, bytes(8))


def growing_dtype(_canary: Path) -> Code:
    """A dtype whose items become larger after an array was made of it."""
    kind = put(0, dtype("V8", *record({"a": (INT, 0)}, 8)))
    made = put(1, array((2,), kind, bytes(16)))
    grown = build(get(0), record({"a": (INT, FAR)}, FAR + 8))
    return after(made, grown, buffer(get(1), INT, (-1,)))


def too_few_objects(_canary: Path) -> Code:
    """An array of objects whose shape says more than were given."""
    return array((1000,), OBJECT, [None])


def numbers_for_objects(_canary: Path) -> Code:
    """Numbers that view an array of objects put an address there that is none."""
    objects = put(0, array((2,), OBJECT, [None, None]))
    return after(set_item(buffer(objects, INT, (2,)), 0, FAR), get(0))


def unbacked_array(_canary: Path) -> Code:
    """A shape without bytes, each element of which a copy makes eight bytes of."""
    empty = call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (2**27,), b"b")
    return call("numpy.float64", empty)


POINTERS, FLAGS, LATE, OUTSIDE, SUBARRAY, GROWING, TOO_FEW, NUMBERS, UNBACKED = ROUTES = (
    "pointers written through numbers, and eval",
    "a record whose flags deny its objects",
    "fields put into a checked dtype",
    "a field far outside its item",
    "a subarray larger than its item",
    "a dtype that grows after use",
    "fewer objects than the shape",
    "numbers that view objects",
    "an array that no bytes back",
)
FLAWS: dict[str, Callable[[Path], Code]] = {
    POINTERS: writing_pointers,
    FLAGS: denying_flags,
    LATE: fields_after_the_check,
    OUTSIDE: field_outside,
    SUBARRAY: subarray_outside,
    GROWING: growing_dtype,
    TOO_FEW: too_few_objects,
    NUMBERS: numbers_for_objects,
    UNBACKED: unbacked_array,
}
USES: dict[str, Callable[[Code], Code]] = {POINTERS: run, FLAGS: run, LATE: run, OUTSIDE: read, SUBARRAY: read}
WRAPPINGS: dict[str, Callable[[Code], bytes]] = {
    "bare": pickled,
    "in an estimator": in_an_estimator,
    "in an object array": in_an_object_array,
}


def assembled(route: str, canary: Path) -> Code:
    """The whole of a route: a flaw, and what uses it."""
    flaw = FLAWS[route](canary)
    return USES[route](flaw) if route in USES else flaw


def with_child(model: Any, child: int) -> Any:
    """A copy of a fitted tree whose first node leads to the node ``child``."""
    spoilt = copy.deepcopy(model)
    state = spoilt.tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes["left_child"][0] = nodes["right_child"][0] = child
    spoilt.tree_.__setstate__(state | {"nodes": nodes})
    return spoilt


def looping_tree(rows: Any, labels: Any) -> bytes:
    """A tree whose first node is its own child: no prediction ends."""
    return dumped(with_child(DecisionTreeClassifier(max_depth=3).fit(rows, labels), 0))


def boosting_with_a_child_outside(rows: Any, labels: Any) -> bytes:
    """A gradient boosting that answers every row but those that go to one node, whose child is outside the tree."""
    model = GradientBoostingClassifier(n_estimators=2, max_depth=2).fit(rows, labels)
    tree = model.estimators_[0, 0].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    # all rows but the extreme ones still go to the left
    nodes["threshold"][0], nodes["right_child"][0] = 1e30, FAR
    tree.__setstate__(state | {"nodes": nodes})
    return dumped(model)


LOOP, BOOSTED = "a tree that loops", "a boosted tree with a child outside its nodes"
FITTED: dict[str, Callable[[Any, Any], bytes]] = {LOOP: looping_tree, BOOSTED: boosting_with_a_child_outside}
