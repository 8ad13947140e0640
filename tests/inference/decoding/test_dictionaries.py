"""Dictionaries of other classes: empty until the decoder fills them, and with defaults of plain classes alone."""

import pickle
from collections import OrderedDict, defaultdict

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.dictionaries import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT

ORDERED, DEFAULT = CONSTRUCTORS["collections", "OrderedDict"], CONSTRUCTORS["collections", "defaultdict"]
GENUINE = [
    OrderedDict(),
    OrderedDict(b=1, a=[2]),
    defaultdict(None, a=1),
    *(defaultdict(kind, a=kind()) for kind in (dict, float, int, list, set)),
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", GENUINE, ids=repr)
def test_it_is_read_as_it_was_written(value, protocol):
    given = decode(pickle.dumps(value, protocol))
    assert (type(given), list(given.items())) == (type(value), list(value.items()))
    assert getattr(given, "default_factory", None) is getattr(value, "default_factory", None)


@pytest.mark.parametrize("arguments", [(np.sqrt,), (1,), ("int",), (int, {}), (object,), (tuple,), ([],)], ids=repr)
def test_a_default_is_of_a_plain_class(arguments):
    with pytest.raises(Refused, match="a defaultdict of more than a plain class"):
        DEFAULT(arguments, ABSENT)


@pytest.mark.parametrize("arguments", [([("a", 1)],), ({},), (None,)], ids=repr)
def test_an_ordered_one_is_made_empty(arguments):
    with pytest.raises(Refused, match="an OrderedDict of more than its items"):
        ORDERED(arguments, ABSENT)


def test_neither_has_a_state():
    for make in (ORDERED, DEFAULT):
        with pytest.raises(Refused, match="has a state"):
            make((), {"a": 1})


@pytest.mark.parametrize("factory", ["cos\nsystem", "cbuiltins\neval", "cnumpy\nsqrt", "csklearn.svm._classes\nSVC"])
def test_no_other_factory_is_built(factory):
    with pytest.raises(Refused):
        decode(f"ccollections\ndefaultdict\n({factory}\ntR.".encode())
