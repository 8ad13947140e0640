"""Objects of the protocols 0 and 1: classes on the list, as a later protocol would have them."""

import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.graph import Global
from iris_api.inference.decoding.protocol0 import reconstructed

OBJECT, TUPLE, DICT = (Global(("builtins", name)) for name in ("object", "tuple", "dict"))
TREE, BUNCH = Global(("sklearn.tree._tree", "Tree")), Global(("sklearn.utils._bunch", "Bunch"))
VALUES = [
    None, True, False, 0, -1, 2**31, -(2**63), 10**100, 1.5, -0.0, 1e300, float("inf"), "",
    "text", "ü\n\\ \r\x1a€😀", b"", b"\x00\xff", (), (1,),
    (1, 2, 3, 4), [], [1, [2]], {}, {"a": 1, (1, "b"): None}, {1, 2}, frozenset("ab"), slice(1, "b"), np.arange(3), np.str_("ü"), np.True_,
]  # fmt: skip


@pytest.mark.parametrize("protocol", [0, 1])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_read_as_it_was_written(value, protocol):
    given = decode(pickle.dumps(value, protocol))
    assert type(given) is type(value)
    assert repr(given) == repr(value)


@pytest.mark.parametrize("protocol", [0, 1])
def test_a_model_answers_as_before(protocol):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0], [2.0]], ["a", "b", "b"])
    stream = io.BytesIO()
    joblib.dump(model, stream, protocol=protocol)
    for pickled in (pickle.dumps(model, protocol), pickle.dumps(model, protocol, fix_imports=False), stream.getvalue()):
        assert decode(pickled).predict_proba([[0.3]]).tobytes() == model.predict_proba([[0.3]]).tobytes()


def test_a_bunch_has_its_items():
    given = decode(pickle.dumps(Bunch(a=1, b=[2]), 0))
    assert (type(given), given) == (Bunch, {"a": 1, "b": [2]})
    assert reconstructed((BUNCH, DICT, {"a": 1})).items == {"a": 1}


FORGED = {
    "nothing": (),
    "no base": (BUNCH, None, None),
    "no class": ("Bunch", OBJECT, None),
    "an object with a value": (BUNCH, OBJECT, 1),
    "a tuple of a list": (BUNCH, TUPLE, [1]),
    "a dictionary for what has no items": (TREE, DICT, {"a": 1}),
    "a dictionary of a list": (BUNCH, DICT, [1]),
    "another base": (BUNCH, Global(("builtins", "list")), [1]),
    "the class for a base": (TREE, TREE, None),
    "one more": (BUNCH, OBJECT, None, None),
}


@pytest.mark.parametrize("arguments", FORGED.values(), ids=FORGED)
def test_another_call_is_refused(arguments):
    with pytest.raises(Refused, match="it makes a"):
        reconstructed(arguments)


RECONSTRUCTOR = b"ccopy_reg\n_reconstructor\n"
HOSTILE = {
    "a class that is not on the list": RECONSTRUCTOR + b"(cos\nsystem\nc__builtin__\nobject\nNtR.",
    "a base that is not on the list": RECONSTRUCTOR + b"(csklearn.utils._bunch\nBunch\nc__builtin__\nfile\nNtR.",
    "a function": RECONSTRUCTOR + b"(c_codecs\nencode\nc__builtin__\nobject\nNtR.",
    "itself": RECONSTRUCTOR + b"(" + RECONSTRUCTOR + b"c__builtin__\nobject\nNtR.",
    "a compiled tree": RECONSTRUCTOR + b"(csklearn.tree._tree\nTree\nc__builtin__\nobject\nNtR.",
    "a tuple for an estimator": RECONSTRUCTOR + b"(csklearn.svm._classes\nSVC\nc__builtin__\ntuple\n(I1\nttR.",
    "a value of its own": RECONSTRUCTOR + b".",
    "as a factory": b"ccollections\ndefaultdict\n(" + RECONSTRUCTOR + b"tR.",
}


@pytest.mark.parametrize("pickled", HOSTILE.values(), ids=HOSTILE)
def test_nothing_else_is_made(pickled):
    with pytest.raises(Refused):
        decode(pickled)


@pytest.mark.parametrize(
    "pickled", [b"I1x\n.", b"I" + b"9" * 500 + b"\n.", b"L5\n.", b"Fx\n.", b"V\\ud8\n.", b"Vab", b"g0\n.", b"gx\n.", b"I1"]
)
def test_an_operand_that_is_none_is_damaged(pickled):
    with pytest.raises(Damaged):
        decode(pickled)
