"""The graph to objects: each once, what it holds first, nothing that contains itself."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.svm import SVC

from iris_api.inference.decoding.builder import MAX_DEPTH, Builder
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.graph import Call, Global
from iris_api.inference.decoding.opcodes import parse

DTYPE = ("numpy", "dtype")
BUNCH = ("sklearn.utils._bunch", "Bunch")


def float64():
    return Call(DTYPE, ("f8", False, True))


def scalar(value, dtype=None):
    return Call(("numpy._core.multiarray", "scalar"), (dtype or float64(), np.float64(value).tobytes()))


def test_what_is_shared_stays_shared():
    dtype, shared = float64(), [1, scalar(2)]
    built = Builder().build({"a": shared, "b": (shared, dtype), "c": [dtype, dtype]})
    assert built["a"] is built["b"][0]
    assert built["a"] == [1, 2.0]
    assert built["c"][0] is built["c"][1] is built["b"][1]


def test_objects_are_keys_and_members():
    built = Builder().build({scalar(1): {scalar(2), "a"}, (scalar(3), 4): frozenset({scalar(5)})})
    assert built == {1.0: {2.0, "a"}, (3.0, 4): frozenset({5.0})}


def test_a_bunch_gets_its_items():
    bunch = Call(BUNCH, ())
    bunch.items = {"a": scalar(1)}
    assert Builder().build([bunch]) == [{"a": 1.0}]


def test_the_instances_are_in_the_order_of_their_needs():
    inner, outer = Call(BUNCH, ()), Call(BUNCH, ())
    outer.items = {"inner": inner, "number": scalar(1)}
    builder = Builder()
    built = builder.build(outer)
    assert [name for name, _ in builder.instances] == [BUNCH, DTYPE, ("numpy._core.multiarray", "scalar"), BUNCH]
    assert builder.instances[0][1] is built["inner"]
    assert builder.instances[-1][1] is built


def cyclic_call():
    call = Call(BUNCH, ())
    call.items = {"itself": call}
    return call


def cyclic_list():
    items = [1]
    items.append((items,))
    return items


def cyclic_dict():
    members = {}
    members["itself"] = [members]
    return members


@pytest.mark.parametrize("make", [cyclic_call, cyclic_list, cyclic_dict])
def test_what_contains_itself_is_refused(make):
    with pytest.raises(Refused, match="contains itself"):
        Builder().build(make())


def test_the_depth_is_bounded():
    node = []
    for _ in range(MAX_DEPTH - 1):
        node = [node]
    assert Builder().build(node) == node
    with pytest.raises(Refused, match="nests more than"):
        Builder().build([[node]])


def test_many_references_cost_no_copies():
    node = ["x" * 100, scalar(1)]
    for _ in range(60):
        node = (node, node)
    assert Builder().build(node)[1][0] is not None


@pytest.mark.parametrize("node", [Global(("numpy", "ndarray")), [Global(("sklearn.svm._classes", "SVC"))], {"a": Global(DTYPE)}])
def test_a_class_stands_only_where_one_belongs(node):
    with pytest.raises(Refused, match="where no class or function belongs"):
        Builder().build(node)


def test_a_class_may_be_the_value_of_a_parameter():
    assert Builder().build([Global(("numpy", "float64"))]) == [np.float64]


def test_a_key_that_cannot_be_one_is_refused():
    array = Call(("numpy._core.numeric", "_frombuffer"), (bytes(8), float64(), (1,), "C"))
    for node in ({array: 1}, {array}):
        with pytest.raises(Refused, match="cannot be one"):
            Builder().build(node)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_estimator_is_built_as_it_was(protocol):
    model = SVC(C=2, class_weight={0: 1.5})
    built = Builder().build(parse(pickle.dumps(model, protocol))[0])
    assert type(built) is SVC
    assert vars(built) == vars(model)


MAPPER, TREE = ("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper"), ("sklearn.tree._tree", "Tree")
HOLDERS = {
    "list": lambda part: [part],
    "tuple": lambda part: ("a", part),
    "other attribute": lambda part: {"estimator": part},
    "attribute within": lambda part: {"tree_": [part], "_bin_mapper": (part,)},
}


@pytest.mark.parametrize("name", [MAPPER, TREE], ids=["bin mapper", "tree"])
@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_a_part_is_only_where_an_estimator_holds_it(name, hold):
    with pytest.raises(Refused, match=f"it has a {name[1]} outside the estimator"):
        Builder().build(hold(Call(name, ())))


def test_a_part_is_built_where_it_belongs():
    mapper = Call(MAPPER, ())
    mapper.state = {"_sklearn_version": sklearn.__version__}
    assert type(Builder().build({"_bin_mapper": mapper})["_bin_mapper"]) is _BinMapper
