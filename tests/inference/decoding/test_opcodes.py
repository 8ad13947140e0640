"""Opcodes to a graph: what Python writes is read, everything else is refused, and nothing is imported or called."""

import contextlib
import pickle
import pickletools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.decoding import opcodes
from iris_api.inference.decoding.decode_errors import Damaged, ForeignName, NotServed, Refused
from iris_api.inference.decoding.graph import Call
from iris_api.inference.decoding.opcodes import parse

KEYS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.text(max_size=5), st.binary(max_size=5))
PLAIN = st.recursive(
    st.one_of(KEYS, st.floats(allow_nan=False), st.frozensets(KEYS, max_size=3), st.sets(KEYS, max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)
READ = {opcode.code for opcode in pickletools.opcodes if opcode.code.encode("latin1") in opcodes._OPCODES} | {"."}


@given(PLAIN, st.integers(4, 5))
def test_plain_data_is_read_as_it_was_written(value, protocol):
    pickled = pickle.dumps(value, protocol)
    assert parse(b"before" + pickled + b"after", 6) == (value, 6 + len(pickled))


@given(PLAIN, st.integers(2, 5), st.data())
def test_what_is_cut_off_is_damaged(value, protocol, data):
    pickled = pickle.dumps(value, protocol)
    with pytest.raises(Damaged):
        parse(pickled[: data.draw(st.integers(0, len(pickled) - 1))])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_pickle_or_refused(content):
    with contextlib.suppress(Refused):
        assert parse(content)[1] <= len(content)


@pytest.mark.parametrize("code", sorted(set(map(chr, range(256))) - READ))
def test_an_opcode_that_no_estimator_has_is_refused(code):
    with pytest.raises(Refused, match="which no pickled estimator has"):
        parse(b"\x80\x04)" + code.encode("latin1") + b"\x00" * 20)


def test_what_refers_to_one_object_twice_still_does():
    shared = ["a"]
    root, _ = parse(pickle.dumps([shared, {"again": shared}], 4))
    assert root[0] is root[1]["again"]


def test_names_are_neither_imported_nor_called():
    root, _ = parse(b"\x80\x04csklearn.svm._classes\nSVC\n)\x81}b.")
    assert (type(root), root.name, root.arguments, root.state) == (Call, ("sklearn.svm._classes", "SVC"), (), {})


NAMES = {"os\nsystem": ForeignName, "builtins\neval": ForeignName, "sklearn.utils\nshuffle": NotServed, "numpy\nload": NotServed}


@pytest.mark.parametrize(("name", "kind"), NAMES.items(), ids=NAMES)
def test_a_name_that_is_not_on_the_list_is_refused(name, kind):
    with pytest.raises(Refused, match=f"it mentions {name.replace(chr(10), '.')}") as refusal:
        parse(f"c{name}\n.".encode())
    assert type(refusal.value) is kind


NEWOBJ = b"csklearn.svm._classes\nSVC\n)\x81"
REFUSED = {
    "a name that is not text": (b"K\x01K\x02\x93.", "not text"),
    "a call of a number": (b"K\x01)R.", "it calls a value of the type int"),
    "a call of an object": (NEWOBJ + b")R.", "it calls the object SVC"),
    "a new object of text": (b"\x8c\x01x)\x81.", "it calls a value of the type str"),
    "a list for arguments": (b"cnumpy\ndtype\n]R.", "it calls dtype with a value of the type list"),
    "an object for arguments": (b"csklearn.svm._classes\nSVC\n" + NEWOBJ + b"\x81.", "it calls SVC with the object SVC"),
    "a state of a list": (b"]}b.", "it changes a value of the type list"),
    "a state of a class": (b"cnumpy\nfloat64\n}b.", "it changes a class or a function"),
    "two states": (NEWOBJ + b"}b}b.", "it changes a finished SVC"),
    "a wrapper of another class": (b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}\x8c\x08subclassNsb.", "wraps something else"),
    "a protocol of the future": (b"\x80\x06N.", "a protocol that this version does not read"),
}


@pytest.mark.parametrize(("pickled", "reason"), REFUSED.values(), ids=REFUSED)
def test_operands_of_the_wrong_type_are_refused(pickled, reason):
    with pytest.raises(Refused, match=reason):
        parse(pickled)


DAMAGED = {
    "an empty stack": b"\x85.",
    "no mark": b"N1.",
    "two objects": b"NN.",
    "a mark too many": b"N(.",
    "no object": b".",
    "an object that was not put": b"h\x07.",
    "nothing to put": b"\x94.",
    "a frame beyond the end": b"\x95\xff\x00\x00\x00\x00\x00\x00\x00N.",
}


@pytest.mark.parametrize("pickled", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_pickle_is_damaged(pickled):
    with pytest.raises(Damaged):
        parse(pickled)


def text(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()


FLOAT64 = b"cnumpy\ndtype\n" + text("f8") + b"\x89\x88\x87R"
OBJECT = b"cnumpy\ndtype\n" + text("O8") + b"\x89\x88\x87R"


def wrapper(dtype):
    """Opcodes of joblib's wrapper around an array of one element, without padding; the dtype is put as number 0."""
    members = text("subclass") + b"cnumpy\nndarray\n" + text("shape") + b"K\x01\x85" + text("order") + text("C")
    members += text("dtype") + dtype + b"\x94" + text("allow_mmap") + b"\x89"
    return b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" + members + b"ub"


def test_the_bytes_behind_a_wrapper_are_its_array():
    root, end = parse(wrapper(FLOAT64) + np.array([1.5]).tobytes() + b".")
    assert (root.tolist(), root.dtype) == ([1.5], np.float64)
    assert end == len(wrapper(FLOAT64)) + 9


def test_a_dtype_that_an_array_was_made_of_cannot_change():
    state = b"(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb."
    with pytest.raises(Refused, match="it changes a finished dtype"):
        parse(wrapper(FLOAT64) + bytes(8) + b"0h\x00" + state)


@pytest.mark.parametrize("dtype", [b"N", text("f8"), b"csklearn.svm._classes\nSVC\n)\x81"])
def test_a_wrapper_has_a_dtype(dtype):
    with pytest.raises(Refused, match="wraps something else"):
        parse(wrapper(dtype) + bytes(8) + b".")


def test_the_stack_and_the_nesting_are_bounded():
    with pytest.raises(Refused, match="too many objects"):
        parse(b"N" * (opcodes.MAX_STACK + 20_000))
    with pytest.raises(Refused, match="nests too many pickles"):
        parse(wrapper(OBJECT) * (opcodes.MAX_NESTED_PICKLES + 2))
