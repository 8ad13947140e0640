"""Every constructor with arguments and states of the wrong type: refused by name, in the trial and in the service."""

from typing import Any

import numpy as np
import pytest
from numpy.random import MT19937, PCG64, RandomState, SeedSequence
from scipy.sparse import csr_matrix
from sklearn.metrics._dist_metrics import MinkowskiDistance64
from sklearn.neighbors import BallTree, KDTree
from sklearn.tree import DecisionTreeClassifier

from tests.inference.decoding.assembler import Code, array, buffer, build, call, dtype, estimator, name, new, pickled, push, wrapped
from tests.inference.decoding.trials import DONE, assert_refused, in_the_child, in_the_master

INT, FLOAT, OBJECT = dtype("i8"), dtype("f8"), dtype("O8")
SVC, TREE, CSR = "sklearn.svm._classes.SVC", "sklearn.tree._tree.Tree", "scipy.sparse._csr.csr_matrix"
NUMPY, RANDOM, LOSS = "numpy._core.multiarray.", "numpy.random._pickle.", "sklearn._loss._loss."
BALL, KD, METRIC = "sklearn.neighbors._ball_tree.", "sklearn.neighbors._kd_tree.", "sklearn.metrics._dist_metrics."
SEED = "numpy.random.bit_generator."


def reconstructed(*arguments: Any) -> Code:
    return build(call(f"{NUMPY}_reconstruct", *arguments), (1, (1,), FLOAT, False, bytes(8)))


NUMPYS: dict[str, tuple[Code, str]] = {
    "dtype of a number": (call("numpy.dtype", 8, False, True), "a dtype of something else than a code"),
    "dtype of a class": (call("numpy.dtype", name("numpy.float64"), False, True), "float64 where no class or function belongs"),
    "dtype of a list of fields": (call("numpy.dtype", [("a", "O")], False, True), "a dtype of something else than a code"),
    "dtype of a dtype": (call("numpy.dtype", FLOAT, False, True), "a dtype of something else than a code"),
    "dtype aligned": (call("numpy.dtype", "f8", True, True), "a dtype of something else than a code"),
    "dtype of fields in text": (call("numpy.dtype", "O8,f8", False, True), "makes the dtype O8,f8"),
    "dtype of raw bytes": (dtype("V8"), "a structured dtype that no class"),
    "dtype of text of any length": (dtype("U9999999"), "makes the dtype U9999999"),
    "dtype with a subarray": (dtype("f8", 3, "<", (FLOAT, (9,)), None, None, 72, 8, 0), "changes the dtype f8"),
    "dtype with flags of its own": (dtype("O8", 3, "|", None, None, None, -1, -1, 0), "changes the dtype O8"),
    "dtype with a list for a state": (build(FLOAT, [3, "<", None, None, None, -1, -1, 0]), "changes"),
    "dtype with a dictionary for a state": (build(FLOAT, {"itemsize": 80}), "changes the dtype f8"),
    "dtype of an unknown byte order": (dtype("f8", 3, "!", None, None, None, -1, -1, 0), "an unknown byte order"),
    "time with a number for a unit": (dtype("M8", 4, "<", None, None, None, -1, -1, 0, ({}, (1, 1, 1, 1))), "a time without a unit"),
    "_reconstruct of text": (reconstructed("ndarray", (0,), b"b"), "something else than ndarray"),
    "_reconstruct of an estimator's class": (reconstructed(name(SVC), (0,), b"b"), "SVC where no class or function belongs"),
    "_reconstruct of a list": (reconstructed(name("numpy.ndarray"), [0], b"b"), "something else than ndarray"),
    "array of a shape of fractions": (array((1.0,), FLOAT, bytes(8)), "something else than lengths"),
    "array of a negative shape": (array((-1,), FLOAT, bytes(8)), "something else than lengths"),
    "array of a list for its shape": (array([1], FLOAT, bytes(8)), "not a short tuple"),
    "array of a shape beyond its bytes": (array((2**35,), FLOAT, bytes(8)), "8 bytes for an array of"),
    "array of text for its dtype": (array((1,), "f8", bytes(8)), "whose dtype is none"),
    "array of an array for its bytes": (array((1,), FLOAT, np.zeros(1)), "type ndarray for the bytes"),
    "array of text for its bytes": (array((1,), FLOAT, "12345678"), "type str for the bytes"),
    "array of numbers for its objects": (array((1,), FLOAT, [1.5]), "objects for an array of something else"),
    "array of addresses": (array((1,), OBJECT, bytes(8)), "raw memory"),
    "array of a number for its order": (array((1,), FLOAT, bytes(8), 1), "without its state"),
    "_frombuffer of an array of objects": (buffer(np.array([None]), INT, (1,)), "type ndarray for the bytes"),
    "_frombuffer of text": (buffer("12345678", INT, (1,)), "type str for the bytes"),
    "_frombuffer of objects": (buffer(bytes(8), OBJECT, (1,)), "raw memory"),
    "_frombuffer of a number for its order": (buffer(bytes(8), INT, (1,), 7), "an unknown order"),
    "_frombuffer of a shape beyond its bytes": (buffer(bytes(8), INT, (2**35,)), "8 bytes for an array of"),
    "_frombuffer with a state": (build(buffer(bytes(8), INT, (1,)), {}), "an array of a buffer has a state"),
    "scalar of text": (call(f"{NUMPY}scalar", "f8", bytes(8)), "a dtype and bytes"),
    "scalar of an address": (call(f"{NUMPY}scalar", OBJECT, bytes(8)), "raw memory"),
    "scalar of an array": (call(f"{NUMPY}scalar", FLOAT, np.zeros(1)), "type ndarray for the bytes"),
    "scalar of too few bytes": (call(f"{NUMPY}scalar", FLOAT, bytes(4)), "4 bytes for an array of 8"),
    "wrapper of another class": (wrapped((1,), FLOAT, bytes(8), subclass=name(SVC)), "wraps something else"),
    "wrapper of text for its class": (wrapped((1,), FLOAT, bytes(8), subclass="ndarray"), "wraps something else"),
    "wrapper of text for its dtype": (wrapped((1,), "f8", bytes(8)), "wraps something else"),
    "wrapper of an array for its shape": (wrapped(np.zeros(1), FLOAT, bytes(8)), "not a short tuple"),
    "wrapper of an unknown order": (wrapped((1,), FLOAT, bytes(8), order="K"), "an unknown order"),
    "wrapper mapped from a file": (wrapped((1,), FLOAT, bytes(8), filename="/etc/passwd"), "wraps something else"),
    "wrapper with arguments": (Code(new("joblib.numpy_pickle.NumpyArrayWrapper", 1) + push({}) + b"b"), "wraps something else"),
}

TWISTER, PERMUTED = MT19937(0).state, PCG64(0).state
SEED_STATE = SeedSequence(1).__reduce__()[2]


def bit_generator(kind: Any, state: Any) -> Code:
    return build(call(f"{RANDOM}__bit_generator_ctor", kind), state)


def seeded(kind: Any, state: Any) -> Code:
    return build(call(f"{SEED}__pyx_unpickle_SeedSequence", kind, 1, None), state)


RANDOMS: dict[str, tuple[Code, str]] = {
    "__bit_generator_ctor of text": (bit_generator("MT19937", TWISTER), "a random generator of something else"),
    "__bit_generator_ctor of a seed's class": (bit_generator(SeedSequence, TWISTER), "a random generator of something else"),
    "MT19937 with the state of another": (bit_generator(MT19937, PERMUTED), "MT19937 has other members"),
    "MT19937 with text for a position": (
        bit_generator(MT19937, TWISTER | {"state": TWISTER["state"] | {"pos": "0"}}),
        "position of MT19937",
    ),
    "MT19937 at a position outside": (
        bit_generator(MT19937, TWISTER | {"state": TWISTER["state"] | {"pos": 2**31 - 1}}),
        "position of MT19937",
    ),
    "MT19937 with a short key": (
        bit_generator(MT19937, TWISTER | {"state": {"key": np.zeros(3, np.uint32), "pos": 0}}),
        "the key of MT19937 has the shape",
    ),
    "MT19937 with a list for a key": (bit_generator(MT19937, TWISTER | {"state": {"key": [1] * 624, "pos": 0}}), "the key of MT19937"),
    "PCG64 with fractions": (bit_generator(PCG64, PERMUTED | {"state": {"state": 1.5, "inc": 1}}), "the state of PCG64"),
    "PCG64 with text for a seed": (bit_generator(PCG64, (PERMUTED, "seed")), "another seed"),
    "__generator_ctor of text": (call(f"{RANDOM}__generator_ctor", "PCG64"), "a Generator of something else"),
    "__generator_ctor with a constructor": (
        call(f"{RANDOM}__generator_ctor", "1 + 1", name("numpy.float64")),
        "float64 where no class or function belongs",
    ),
    "__randomstate_ctor of text": (call(f"{RANDOM}__randomstate_ctor", "MT19937"), "a RandomState of something else"),
    "RandomState with text for a number": (
        build(call(f"{RANDOM}__randomstate_ctor", MT19937(0)), RandomState(0).get_state(legacy=False) | {"gauss": "0"}),
        "gauss is not a finite number",
    ),
    "SeedSequence of another class": (seeded(MT19937, SEED_STATE), "a SeedSequence of something else"),
    "SeedSequence of fractional entropy": (seeded(SeedSequence, (1.5, *SEED_STATE[1:])), "the entropy of a SeedSequence"),
    "SeedSequence with a list for a state": (seeded(SeedSequence, list(SEED_STATE)), "without its state"),
    "SeedSequence of a huge pool": (seeded(SeedSequence, (*SEED_STATE[:3], 2**30, ())), "the size of a SeedSequence"),
}

SPARSE = vars(csr_matrix(np.eye(2))) | {"maxprint": 50}


def sparse(**members: Any) -> Code:
    return build(new(CSR), {member: SPARSE[member] for member in ("_shape", "indptr", "indices", "data")} | members)


TWO = np.array([2])
FITTED = DecisionTreeClassifier(max_depth=2).fit([[0.0], [1.0]], [0, 1]).tree_
NODES = FITTED.__getstate__()["nodes"]


def tree(features: Any = 1, classes: Any = TWO, outputs: Any = 1, **members: Any) -> Code:
    return build(call(TREE, features, classes, outputs), FITTED.__getstate__() | members)


def changed(nodes: Any, field: str, value: Any) -> Any:
    nodes = nodes.copy()
    nodes[field][0] = value
    return nodes


NEIGHBOURS = {BALL: BallTree(np.eye(3), leaf_size=1), KD: KDTree(np.eye(3), leaf_size=1)}


def neighbours(module: str, kind: Any = None, **members: Any) -> Code:
    state = list(NEIGHBOURS[module].__getstate__())
    for member, value in members.items():
        state[("data", "indices", "nodes", "bounds", "leaf_size", "levels", "count").index(member)] = value
    return build(call(f"{module}newObj", kind or type(NEIGHBOURS[module])), tuple(state))


def metric(kind: Any, state: Any) -> Code:
    return build(call(f"{METRIC}newObj", kind), state)


BALL_NODES, COMPILED_METRIC = NEIGHBOURS[BALL].__getstate__()[2], MinkowskiDistance64(3)
COMPILED: dict[str, tuple[Code, str]] = {
    "csr_matrix with arguments": (build(new(CSR, (3, 3)), {}), "a sparse matrix of something else"),
    "csr_matrix of a list": (sparse(indices=[0, 1]), "no row of indices"),
    "csr_matrix of objects": (sparse(data=np.array([None, None])), "of another type"),
    "csr_matrix of fractional columns": (sparse(indices=np.array([0.0, 1.0])), "of another type"),
    "csr_matrix with a column outside": (sparse(indices=np.array([0, 2**30], np.int32)), "a column outside its shape"),
    "csr_matrix with row pointers outside": (sparse(indptr=np.array([0, 2**30, 2], np.int32)), "row pointers"),
    "csr_matrix of a negative shape": (sparse(_shape=(-2, 2)), "a length of a sparse matrix"),
    "Tree without arguments": (build(call(TREE), FITTED.__getstate__()), "the Tree has other arguments"),
    "Tree of a fractional number of features": (tree(features=1.5), "the Tree's number of features"),
    "Tree of a list of classes": (tree(classes=[2]), "the Tree's numbers of classes"),
    "Tree with nodes of another dtype": (tree(nodes=np.zeros(len(NODES), [("left_child", "i8")])), "a structured dtype that no class"),
    "Tree with numbers for nodes": (tree(nodes=np.zeros(8 * len(NODES))), "the Tree's nodes is not an array"),
    "Tree with too few values": (tree(values=np.zeros((1, 1, 2))), "the Tree's values has the shape"),
    "Tree with objects for values": (tree(values=np.array([None])), "the Tree's values is not an array"),
    "Tree with a child outside": (tree(nodes=changed(NODES, "right_child", 2**40)), "outside the tree"),
    "Tree with a feature outside": (tree(nodes=changed(NODES, "feature", 2**40)), "a feature that it does not have"),
    "Tree without a state": (call(TREE, 1, np.array([2]), 1), "the Tree has other members"),
    "BallTree of another class": (neighbours(BALL, SeedSequence), "a tree of neighbours of something else"),
    "BallTree with a list for its rows": (neighbours(BALL, data=[[1.0]]), "the rows of a tree of neighbours"),
    "BallTree with a row outside": (neighbours(BALL, indices=np.array([0, 1, 2**40])), "a row outside its data"),
    "BallTree with a node outside": (neighbours(BALL, nodes=changed(BALL_NODES, "idx_end", 2**40)), "rows outside its data"),
    "BallTree with too many levels": (neighbours(BALL, levels=40), "another number of nodes than its levels"),
    "BallTree with text for its levels": (neighbours(BALL, levels="2"), "the levels of a tree of neighbours"),
    "KDTree with the bounds of a ball tree": (
        neighbours(KD, bounds=NEIGHBOURS[BALL].__getstate__()[3]),
        "the bounds of a tree of neighbours has the shape",
    ),
    "KDTree without a state": (call(f"{KD}newObj", KDTree), "a tree of neighbours of something else"),
    "DistanceMetric of another class": (metric(BallTree, COMPILED_METRIC.__getstate__()), "a metric of something else"),
    "DistanceMetric of text for its power": (
        metric(MinkowskiDistance64, ("3", *COMPILED_METRIC.__getstate__()[1:])),
        "the power of a metric",
    ),
    "DistanceMetric of a list of weights": (metric(MinkowskiDistance64, (3.0, [1.0], COMPILED_METRIC.__getstate__()[2])), "the weights"),
    "loss of text": (call(f"{LOSS}CyHuberLoss", "1.5"), "the argument of the loss CyHuberLoss"),
    "loss of too many numbers": (call(f"{LOSS}CyHalfBinomialLoss", 1.5), "the loss CyHalfBinomialLoss has other arguments"),
    "loss with a state": (build(call(f"{LOSS}CyHalfSquaredError"), {}), "has a state"),
    "multinomial loss of another class": (
        call(f"{LOSS}__pyx_unpickle_CyHalfMultinomialLoss", SeedSequence, 1, None),
        "the loss CyHalfMultinomialLoss has a state",
    ),
    "loss of a linear model of an array": (call("sklearn.linear_model._sgd_fast.Hinge", np.ones(1)), "the argument of the loss Hinge"),
}

LINE, REQUEST = "sklearn.linear_model._logistic.LogisticRegression", "sklearn.utils._metadata_requests.MetadataRequest"
BUNCH, ISOTONIC = "sklearn.utils._bunch.Bunch", "sklearn.isotonic.IsotonicRegression"
INSTANCES: dict[str, tuple[Code, str]] = {
    "estimator with arguments": (new(LINE, "l2"), "makes a LogisticRegression with arguments"),
    "estimator with a list for a state": (build(new(LINE), [1]), "whose state is not a dictionary"),
    "estimator with a pair for a state": (build(new(LINE), ({}, {"predict": 1})), "whose state is not a dictionary"),
    "estimator with another class": (estimator(LINE, __class__="SVC"), "an attribute that is not a plain name"),
    "estimator with its own reduction": (estimator(LINE, __reduce__=1), "an attribute that is not a plain name"),
    "estimator that hides a method": (estimator(LINE, predict=name("numpy.float64")), "attribute predict hides"),
    "estimator that hides a property": (estimator("sklearn.pipeline.Pipeline", classes_=np.zeros(2)), "attribute classes_ hides"),
    "estimator with a number for an attribute's name": (
        build(new(LINE), {"_sklearn_version": "1", 5: 1}),
        "an attribute that is not a plain name",
    ),
    "estimator with a class for an attribute": (estimator(LINE, C=name(SVC)), "SVC where no class or function belongs"),
    "estimator with a function for an attribute": (estimator(LINE, C=name(f"{NUMPY}_reconstruct")), "where no class or function belongs"),
    "estimator without a version": (build(new(LINE), {"C": 1.0}), "does not say which scikit-learn made it"),
    "MetadataRequest that hides a method": (build(new(REQUEST), {"_serialize": 1}), "attribute _serialize hides"),
    "MetadataRequest with a dunder": (build(new(REQUEST), {"__dict__": {}}), "an attribute that is not a plain name"),
    "Bunch with arguments": (new(BUNCH, {"a": 1}), "a Bunch of more than its items"),
    "Bunch with a list for a state": (build(new(BUNCH), [1]), "a Bunch of more than its items"),
    "IsotonicRegression of text": (estimator(ISOTONIC, X_thresholds_="01", y_thresholds_="01"), "not a row of finite numbers"),
    "set of text": (call("builtins.set", "abc"), "a set of something else than a list"),
    "frozenset of lists": (call("builtins.frozenset", [[1]]), "a set of more than plain values"),
    "bytes in another encoding": (call("_codecs.encode", "a", "rot13"), "not spelt as latin1"),
}
HOSTILE = NUMPYS | RANDOMS | COMPILED | INSTANCES


@pytest.mark.parametrize(("code", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_constructor_with_arguments_of_the_wrong_type_is_refused_by_name(code, reason, folder):
    hostile = pickled(code)
    assert_refused(in_the_master(hostile), reason)
    assert_refused(in_the_child(hostile, folder), reason)


GENUINE = {
    "csr_matrix": sparse(),
    "Tree": tree(),
    "BallTree": neighbours(BALL),
    "KDTree": neighbours(KD),
    "seed": seeded(SeedSequence, SEED_STATE),
}


@pytest.mark.parametrize("code", GENUINE.values(), ids=GENUINE)
def test_what_the_hostile_ones_were_made_from_is_decoded(code):
    assert in_the_master(pickled(code)).said == DONE
