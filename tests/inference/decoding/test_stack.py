"""The stack: a container is filled only by the opcode of its own type, and nothing is taken from below a mark."""

import pytest

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.graph import Call, Global
from iris_api.inference.decoding.stack import Stack

BUNCH = ("sklearn.utils._bunch", "Bunch")
TREE = Call(("sklearn.tree._tree", "Tree"), ())


def stack_of(*items, mark_after=None):
    stack = Stack()
    for index, item in enumerate(items):
        if index == mark_after:
            stack.mark()
        stack.push(item)
    return stack


@pytest.mark.parametrize("target", [(), {}, set(), "text", b"bytes", None, 1.5, TREE, Global(("numpy", "float64"))], ids=repr)
def test_only_a_list_is_appended_to(target):
    for fill in (stack_of(target, 1).append, stack_of(target, 1, mark_after=1).appends):
        with pytest.raises(Refused, match="which is not a list"):
            fill()


@pytest.mark.parametrize("target", [(), [], set(), "text", b"bytes", None, 1.5, TREE, Global(("numpy", "float64"))], ids=repr)
def test_items_are_set_only_in_a_dictionary(target):
    for fill in (stack_of(target, 1, 2).set_item, stack_of(target, 1, 2, mark_after=1).set_items):
        with pytest.raises(Refused, match="which is not a dictionary"):
            fill()


@pytest.mark.parametrize("target", [(), [], {}, frozenset(), "text", None, TREE], ids=repr)
def test_only_a_set_is_added_to(target):
    with pytest.raises(Refused, match="which is not a set"):
        stack_of(target, 1, mark_after=1).add_items()


@pytest.mark.parametrize("key", [[], {}, set(), ((1,),), ([],), Global(("numpy", "float64")), bytearray(b"a")], ids=repr)
def test_a_key_is_plain(key):
    fills = [stack_of({}, key, 1).set_item, stack_of(set(), key, mark_after=1).add_items, stack_of(key, mark_after=0).frozenset_above_mark]
    for fill in fills:
        with pytest.raises(Refused, match="for a key"):
            fill()


def test_containers_are_filled():
    stack = stack_of([1], 2, 3, mark_after=1)
    stack.appends()
    stack.push(4)
    stack.append()
    assert stack.objects == [[1, 2, 3, 4]]
    stack = stack_of({}, "a", 1, (1, "b"), 2, mark_after=1)
    stack.set_items()
    assert stack.objects == [{"a": 1, (1, "b"): 2}]
    stack = stack_of(set(), 1, 2, mark_after=1)
    stack.add_items()
    stack.tuple1()
    assert stack.objects == [({1, 2},)]


def test_the_items_of_a_bunch_are_kept_until_it_is_built():
    bunch = Call(BUNCH, ())
    stack_of(bunch, "a", 1).set_item()
    assert bunch.items == {"a": 1}
    bunch.built = {}
    with pytest.raises(Refused, match="which is not a dictionary"):
        stack_of(bunch, "a", 1).set_item()


def test_a_key_without_a_value_is_damaged():
    with pytest.raises(Damaged, match="without a value"):
        stack_of({}, "a", 1, "b", mark_after=1).set_items()


@pytest.mark.parametrize("opcode", ["pop", "tuple1", "tuple2", "tuple3", "append", "set_item"])
def test_nothing_is_taken_from_below_a_mark(opcode):
    stack = stack_of([], 1, 2, 3)
    stack.mark()
    with pytest.raises(Damaged, match="below a mark"):
        getattr(stack, opcode)()
