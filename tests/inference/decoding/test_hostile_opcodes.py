"""Every opcode that has operands, with operands of the wrong type: refused by name, in the trial and in the service."""

import numpy as np
import pytest

from tests.inference.decoding.assembler import (
    Code,
    add_items,
    append,
    build,
    call,
    dtype,
    estimator,
    get,
    name,
    new,
    pickled,
    push,
    put,
    reduce,
    set_item,
    wrapped,
)
from tests.inference.decoding.trials import assert_refused, in_the_child, in_the_master

SVC = "sklearn.svm._classes.SVC"
FLOAT, FLOATS, OBJECTS, MADE = dtype("f8"), push(np.zeros(2)), push(np.array([None])), new(SVC)

OPCODES: dict[str, tuple[bytes, str]] = {
    "SETITEM of an array": (set_item(FLOATS, 0, 1.5), "sets items of the object _reconstruct"),
    "SETITEM of a list": (set_item([1], 0, 2), "sets items of a value of the type list"),
    "SETITEM of an estimator": (set_item(MADE, "C", 2), "sets items of the object SVC"),
    "SETITEM of a class": (set_item(name(SVC), "C", 2), "sets items of a class"),
    "SETITEM with a list for a key": (set_item({}, [1], 2), "a value of the type list for a key"),
    "SETITEM with a dictionary in a key": (set_item({}, ({},), 2), "for a key"),
    "SETITEM with an estimator for a key": (set_item({}, MADE, 2), "the object SVC for a key"),
    "SETITEM with a number whose hash others share for a key": (set_item({}, 2**61 - 1 << 100, 2), "for a key"),
    "SETITEMS of an array": (Code(FLOATS + b"(K\x00K\x01u"), "sets items of the object _reconstruct"),
    "SETITEMS of a tuple": (Code(b")(K\x00K\x01u"), "sets items of a value of the type tuple"),
    "APPEND to an array of objects": (append(OBJECTS, 1), "appends to the object _reconstruct"),
    "APPEND to a set": (append({1}, 2), "appends to a value of the type set"),
    "APPENDS to a bytearray": (Code(b"\x96" + bytes(8) + b"(K\x01e"), "appends to a value of the type bytearray"),
    "APPENDS to an estimator": (Code(MADE + b"(K\x01e"), "appends to the object SVC"),
    "ADDITEMS to a list": (add_items([], 1), "adds to a value of the type list"),
    "ADDITEMS to a dictionary": (add_items({}, 1), "adds to a value of the type dict"),
    "ADDITEMS of a list": (add_items({1}, [1]), "a value of the type list for a key"),
    "ADDITEMS of an estimator": (add_items({1}, MADE), "the object SVC for a key"),
    "FROZENSET of a dictionary": (Code(b"(}\x91"), "a value of the type dict for a key"),
    "REDUCE with an array": (reduce(name("numpy.dtype"), FLOATS), "calls dtype with the object _reconstruct"),
    "REDUCE with a list": (reduce(name("numpy.dtype"), ["f8"]), "calls dtype with a value of the type list"),
    "REDUCE with text": (reduce(name("numpy.dtype"), "f8"), "calls dtype with a value of the type str"),
    "REDUCE of an estimator": (reduce(MADE, ()), "calls the object SVC"),
    "REDUCE of text": (reduce("eval", ("1",)), "calls a value of the type str"),
    "REDUCE of a value": (call("numpy.float64", 1.5), "calls float64"),
    "REDUCE of a function that is a value": (call("sklearn.feature_selection._univariate_selection.chi2", 1, 2), "calls chi2"),
    "NEWOBJ with a dictionary": (Code(name(SVC) + b"}\x81"), "calls SVC with a value of the type dict"),
    "NEWOBJ of an object": (Code(MADE + b")\x81"), "calls the object SVC"),
    "NEWOBJ of an array": (new("numpy.ndarray", 1), "calls ndarray"),
    "NEWOBJ_EX": (Code(name(SVC) + b")}\x92"), "the opcode NEWOBJ_EX"),
    "BUILD of a list": (build([], {}), "changes a value of the type list"),
    "BUILD of a dictionary": (build({}, {}), "changes a value of the type dict"),
    "BUILD of a class": (build(name(SVC), {"fit": 1}), "changes a class or a function"),
    "BUILD of an estimator for the second time": (build(estimator(SVC), {"C": 1}), "changes a finished SVC"),
    "BUILD of a dtype behind a wrapper": (
        Code(wrapped((1,), put(0, FLOAT), bytes(8)) + b"0" + build(get(0), (3, "<", None, None, None, -1, -1, 0))),
        "changes a finished dtype",
    ),
    "STACK_GLOBAL of bytes": (Code(push(b"numpy") + push("dtype") + b"\x93"), "by a value that is not text"),
    "STACK_GLOBAL of a number": (Code(push("numpy") + push(1) + b"\x93"), "by a value that is not text"),
    "PERSID": (b"Pname\n", "the opcode PERSID"),
    "BINPERSID": (Code(push("name") + b"Q"), "the opcode BINPERSID"),
    "EXT1": (b"\x82\x01", "the opcode EXT1"),
    "INST": (b"(inumpy\ndtype\n", "the opcode INST"),
    "OBJ": (Code(b"(" + name(SVC) + b"o"), "the opcode OBJ"),
    "NEXT_BUFFER": (b"\x97", "the opcode NEXT_BUFFER"),
    "READONLY_BUFFER": (Code(push(b"a") + b"\x98"), "the opcode READONLY_BUFFER"),
    "LONG4 of a hundred bytes": (b"\x8b\x64\x00\x00\x00" + b"\x01" * 100, "an integer of more than 64 bytes"),
    "PROTO of a later protocol": (b"\x80\x09N", "a protocol that this version does not read"),
    "a list that contains itself": (Code(put(0, []) + get(0) + b"a"), "an object that contains itself"),
    "an estimator that contains itself": (
        build(put(0, MADE), {"_sklearn_version": "1", "C": get(0)}),
        "an object that contains itself",
    ),
    "lists in lists without end": (b"]" * 5000 + b"a" * 4999, "nests more than 100 objects"),
}


@pytest.mark.parametrize(("code", "reason"), OPCODES.values(), ids=OPCODES)
def test_an_opcode_with_operands_of_the_wrong_type_is_refused_by_name(code, reason, folder):
    hostile = pickled(Code(code))
    assert_refused(in_the_master(hostile), reason)
    assert_refused(in_the_child(hostile, folder), reason)
