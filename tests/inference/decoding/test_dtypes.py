"""Dtypes: plain ones, declared ones, and no other."""

import pickle

import numpy as np
import pytest
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.neighbors import BallTree
from sklearn.tree._tree import NODE_DTYPE

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.dtypes import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT

DTYPE = CONSTRUCTORS["numpy", "dtype"]
PLAIN = [
    "?",
    "i1",
    "u1",
    "<i2",
    "<u2",
    "<i4",
    "<u4",
    "<i8",
    "<u8",
    "<f2",
    "<f4",
    "<f8",
    "<c8",
    "<c16",
    ">f8",
    ">i4",
    ">U3",
    "S7",
    "<U9",
    "O",
]
PLAIN += ["<M8[ns]", "<m8[s]", "<M8[25us]", "<M8[D]"]
NODE_DATA = np.asarray(BallTree([[0.0], [1.0]]).get_arrays()[2]).dtype


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("dtype", [*map(np.dtype, PLAIN), NODE_DTYPE, PREDICTOR_RECORD_DTYPE, NODE_DATA], ids=str)
def test_what_numpy_writes_is_made(dtype, protocol):
    made = decode(pickle.dumps(dtype, protocol))
    assert made == dtype
    assert made.__reduce__()[2][1] == dtype.__reduce__()[2][1]
    assert (made.flags, made.isalignedstruct) == (dtype.flags, dtype.isalignedstruct)


CODES = [
    "V8",
    "U99999999",
    "O",
    "f16",
    "i3",
    "(2,)f8",
    "f8,O",
    "datetime64[ns]",
    "g",
    "",
    ["f8"],
    {"names": ["a"]},
    float,
    None,
]


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_no_other_code_is_taken(code):
    with pytest.raises(Refused):
        DTYPE((code, False, True), ABSENT)


@pytest.mark.parametrize(
    "arguments", [(), ("f8",), ("f8", True, True), ("f8", False, False), ("f8", 0, 1), ("f8", False, True, {})], ids=repr
)
def test_no_other_arguments_are_taken(arguments):
    with pytest.raises(Refused, match="something else than a code"):
        DTYPE(arguments, ABSENT)


def changed(dtype, place, value):
    state = list(dtype.__reduce__()[2])
    state[place] = value
    return tuple(state)


FORGED = {
    "the flags of objects without objects": ("f8", changed(np.dtype("f8"), 7, 63)),
    "objects without their flags": ("O8", changed(np.dtype("O"), 7, 0)),
    "another item size": ("U4", changed(np.dtype("U4"), 5, 4)),
    "a field": ("f8", (3, "<", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 63)),
    "a subarray": ("f8", (3, "<", (np.dtype("f8"), (2**40,)), None, None, 8, 1, 0)),
    "a byte order of text": ("f8", changed(np.dtype("f8"), 1, "?")),
    "a byte order of a number": ("f8", changed(np.dtype("f8"), 1, 1)),
    "metadata": ("f8", (4, "<", None, None, None, -1, -1, 0, {})),
    "no state of a dtype": ("f8", []),
    "too little": ("f8", (3,)),
    "a time without a unit": ("M8", (4, "<", None, None, None, -1, -1, 0)),
    "a time of an odd unit": ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, (b"fortnight", 1, 1, 1)))),
    "a time of no count": ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, (b"s", 0, 1, 1)))),
}


@pytest.mark.parametrize(("code", "state"), FORGED.values(), ids=FORGED)
def test_a_state_that_numpy_would_not_write_is_refused(code, state):
    with pytest.raises(Refused):
        DTYPE((code, False, True), state)


@pytest.mark.parametrize("declared", [NODE_DTYPE, PREDICTOR_RECORD_DTYPE, NODE_DATA], ids=["tree", "histogram", "neighbours"])
def test_a_structured_dtype_equals_a_declared_one_in_everything(declared):
    version, order, _, names, fields, size, alignment, flags = declared.__reduce__()[2]
    first = names[0]
    forgeries = [
        (version, order, None, names, fields | {first: (np.dtype("O"), 0)}, size, alignment, flags),
        (version, order, None, names, fields | {first: (fields[first][0], 2**30)}, size, alignment, flags),
        (version, order, None, names, fields | {first: (fields[first][0], True)}, size, alignment, flags),
        (version, order, None, names, fields | {first: (np.dtype((fields[first][0], 99)), 0)}, size, alignment, flags),
        (version, order, None, names[::-1], fields, size, alignment, flags),
        (version, order, None, names[1:], {name: fields[name] for name in names[1:]}, size, alignment, flags),
        (version, order, None, names, fields, size - 8, alignment, flags),
        (version, order, None, names, fields, size * 2, alignment, flags),
        (version, order, None, names, fields, size, alignment, 63),
        (version, order, None, names, dict.fromkeys(names), size, alignment, flags),
        None,
        ABSENT,
    ]
    for forged in forgeries:
        with pytest.raises(Refused, match="that no class of scikit-learn declares"):
            DTYPE((f"V{size}", False, True), forged)
