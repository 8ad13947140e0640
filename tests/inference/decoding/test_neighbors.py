"""Nearest neighbours: genuine trees, metrics and classifiers are taken; rows and nodes that do not fit are refused."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import DistanceMetric
from sklearn.metrics._dist_metrics import (
    CanberraDistance64,
    ChebyshevDistance64,
    EuclideanDistance64,
    MahalanobisDistance64,
    ManhattanDistance64,
    MinkowskiDistance64,
    SEuclideanDistance64,
)
from sklearn.neighbors import BallTree, KDTree, KNeighborsClassifier, RadiusNeighborsClassifier

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.neighbors import CHECKS, CONSTRUCTORS, NODE_DTYPE
from iris_api.inference.decoding.values import ABSENT

TREE = CONSTRUCTORS["sklearn.neighbors._ball_tree", "newObj"]
METRIC = CONSTRUCTORS["sklearn.metrics._dist_metrics", "newObj"]
random = np.random.default_rng(14)
ROWS = random.normal(size=(90, 3))
LABELS = random.integers(3, size=90)
BOTH_KINDS = (ChebyshevDistance64, EuclideanDistance64, ManhattanDistance64, MinkowskiDistance64)
METRICS = [
    DistanceMetric.get_metric("euclidean"), DistanceMetric.get_metric("manhattan"), DistanceMetric.get_metric("chebyshev"),
    DistanceMetric.get_metric("hamming"), DistanceMetric.get_metric("canberra"), DistanceMetric.get_metric("braycurtis"),
    DistanceMetric.get_metric("seuclidean", V=np.array([1.0, 2, 3])),
    DistanceMetric.get_metric("minkowski", p=3), DistanceMetric.get_metric("minkowski", p=1.5, w=np.array([1.0, 2, 0])),
]  # fmt: skip


# some metrics are those of ball trees alone
KINDS = [(BallTree, metric) for metric in METRICS] + [(KDTree, metric) for metric in METRICS if isinstance(metric, BOTH_KINDS)]


@pytest.mark.parametrize("leaf_size", [1, 5, 200])
@pytest.mark.parametrize(("kind", "metric"), KINDS)
def test_a_genuine_tree_answers_as_before(kind, leaf_size, metric):
    tree = kind(ROWS, leaf_size=leaf_size, metric=metric)
    state = list(tree.__getstate__())
    state[11] = METRIC((type(metric),), metric.__getstate__())
    made = TREE((kind,), tuple(state))
    for given_back, wanted in zip(made.query(ROWS[:20] + 0.1, 7), tree.query(ROWS[:20] + 0.1, 7), strict=True):
        assert given_back.tobytes() == wanted.tobytes()
    assert made.query_radius(ROWS[:5], 1.0, count_only=True).tolist() == tree.query_radius(ROWS[:5], 1.0, count_only=True).tolist()


STATE = BallTree(ROWS, leaf_size=5).__getstate__()
COUNT = STATE[6]


def with_node(node, **values):
    nodes = STATE[2].copy()
    for field, value in values.items():
        nodes[field][node] = value
    return with_state(2, nodes)


def with_state(place, value):
    return (*STATE[:place], value, *STATE[place + 1 :])


FORGED = {
    "a row outside": with_state(1, np.where(STATE[1] == 7, 90, STATE[1])),
    "a row below zero": with_state(1, np.where(STATE[1] == 7, -1, STATE[1])),
    "fewer rows": with_state(1, STATE[1][:-1].copy()),
    "rows of 32 bits": with_state(1, STATE[1].astype(np.int32)),
    "data of 32 bits": with_state(0, ROWS.astype(np.float32)),
    "no data": with_state(0, np.empty((90, 0))),
    "fewer data": with_state(0, ROWS[:50].copy()),
    "an end outside": with_node(3, idx_end=91),
    "a start below zero": with_node(3, idx_start=-1),
    "an end before its start": with_node(3, idx_start=9, idx_end=8),
    "a last node with children": with_node(COUNT - 1, is_leaf=0),
    "an odd leaf": with_node(0, is_leaf=2),
    "no radius": with_node(2, radius=np.nan),
    "fewer nodes": with_state(2, STATE[2][:-1].copy()),
    "plain nodes": with_state(2, np.zeros((COUNT, 4))),
    "other bounds": with_state(3, np.zeros((1, COUNT, 2))),
    "bounds of the other tree": with_state(3, np.zeros((2, COUNT, 3))),
    "no leaf size": with_state(4, 0),
    "more levels": with_state(5, STATE[5] + 1),
    "levels without end": with_state(5, 2**30),
    "more nodes": with_state(6, 2**40),
    "a counter of text": with_state(7, "0"),
    "a counter below zero": with_state(10, -1),
    "no metric": with_state(11, None),
    "a metric of more columns": with_state(11, MinkowskiDistance64(3, w=np.ones(4))),
    "a metric of more variances": with_state(11, SEuclideanDistance64(V=np.ones(4))),
    "a metric of one variance": with_state(11, SEuclideanDistance64(V=np.ones(1))),
    "a metric that is not served": with_state(11, MahalanobisDistance64(VI=np.eye(3))),
    "weights": with_state(12, np.ones(90)),
    "too little": STATE[:-1],
    "nothing": ABSENT,
    "a list": list(STATE),
}


@pytest.mark.parametrize("state", FORGED.values(), ids=FORGED)
def test_a_state_that_does_not_fit_is_refused(state):
    with pytest.raises(Refused):
        TREE((BallTree,), state)


@pytest.mark.parametrize("arguments", [(), (dict,), ("BallTree",), (BallTree, 1), (MinkowskiDistance64,)])
def test_nothing_else_is_made(arguments):
    with pytest.raises(Refused):
        TREE(arguments, STATE)
    with pytest.raises(Refused):
        METRIC((BallTree,), (2.0, np.zeros(1), np.zeros((1, 1))))


def test_a_kd_tree_has_no_metric_of_ball_trees():
    state = list(KDTree(ROWS).__getstate__())
    for metric in (CanberraDistance64(), SEuclideanDistance64(V=np.ones(3))):
        state[11] = metric
        with pytest.raises(Refused, match="a k-d tree has the metric of a ball tree"):
            TREE((KDTree,), tuple(state))


NONE = np.empty(0)
STATES = [ABSENT, (), (2.0, [1.0], None), (0.0, NONE, None), (np.inf, NONE, None), (3, np.array([-1.0]), None), ("3", NONE, None)]


@pytest.mark.parametrize("state", STATES, ids=repr)
def test_a_metric_that_does_not_fit_is_refused(state):
    with pytest.raises(Refused):
        METRIC((MinkowskiDistance64,), state)
    with pytest.raises(Refused):
        METRIC((MahalanobisDistance64,), (2.0, np.zeros(1), np.zeros((1, 1))))


@given(st.sampled_from(NODE_DTYPE.names), st.integers(0, COUNT - 1), st.integers(-2, 95))
def test_one_changed_number_is_refused_or_answered(field, node, value):
    try:
        made = TREE((BallTree,), with_node(node, **{field: value}))
    except Refused:
        return
    assert made.query(ROWS[:20], 3)[1].max() < 90


CLASSIFIERS = {
    **{name: KNeighborsClassifier(algorithm=name).fit(ROWS, LABELS) for name in ("brute", "ball_tree", "kd_tree")},
    "radius": RadiusNeighborsClassifier(2.0).fit(ROWS, LABELS),
    "radius, brute": RadiusNeighborsClassifier(2.0, algorithm="brute").fit(ROWS, LABELS),
    "of 32 bits": KNeighborsClassifier(algorithm="brute").fit(ROWS.astype(np.float32), LABELS),
    "not fitted": KNeighborsClassifier(),
    "two outputs": KNeighborsClassifier().fit(ROWS, np.c_[LABELS, LABELS > 1]),
    "two outputs within a radius": RadiusNeighborsClassifier(2.0).fit(ROWS, np.c_[LABELS, LABELS > 1]),
}


def check(classifier):
    CHECKS[type(classifier).__module__, type(classifier).__name__](classifier)


@pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_genuine_classifier_passes(classifier):
    check(classifier)


WRONG = {
    "a label of no class": {"_y": np.full(90, 3)},
    "a label below zero": {"_y": np.full(90, -1)},
    "fewer labels": {"_y": LABELS[:-1]},
    "labels of 32 bits": {"_y": LABELS.astype(np.int32)},
    "labels of a list": {"_y": LABELS.tolist()},
    "classes of text": {"classes_": "abc"},
    "two outputs": {"outputs_2d_": True},
    "an odd number of outputs": {"outputs_2d_": 0},
    "a table of classes": {"classes_": np.zeros((3, 1))},
    "wider rows": {"_fit_X": np.zeros((90, 4))},
    "narrower rows": {"_fit_X": np.zeros((90, 2))},
    "rows of text": {"_fit_X": np.full((90, 3), "a")},
    "rows of objects": {"_fit_X": np.full((90, 3), None)},
    "rows of a list": {"_fit_X": ROWS.tolist()},
    "rows in the other order": {"_fit_X": np.asfortranarray(ROWS)},
    "more rows than it has": {"n_samples_fit_": 91},
    "no number of features": {"n_features_in_": None},
    "more neighbours than rows": {"n_neighbors": 91},
    "no neighbours": {"n_neighbors": 0},
    "a tree of other rows": {"_tree": BallTree(ROWS[:5])},
    "a tree that is none": {"_tree": ROWS},
    "lengths of other rows": {"effective_metric_params_": {"X_norm_squared": np.zeros(5)}},
    "a memory of its own": {"effective_metric_params_": {"working_memory": 10**9}},
    "a matrix of other features": {"effective_metric_": "mahalanobis", "effective_metric_params_": {"VI": np.eye(1)}},
    "weights of other features": {"effective_metric_params_": {"w": np.ones(2)}},
    "parameters of a list": {"effective_metric_params_": []},
    "a metric that is a function": {"effective_metric_": len},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_classifier_that_does_not_fit_is_refused(change):
    classifier = copy.copy(CLASSIFIERS["ball_tree"])
    vars(classifier).update(change)
    with pytest.raises(Refused):
        check(classifier)


OUTPUTS = {
    "a label of no class": {"_y": np.full((90, 2), 2)},
    "a label below zero": {"_y": np.full((90, 2), -1)},
    "labels far outside": {"_y": np.full((90, 2), 10**12)},
    "labels of one": {"_y": LABELS},
    "labels of three": {"_y": np.zeros((90, 3), np.intp)},
    "fewer labels": {"_y": np.zeros((89, 2), np.intp)},
    "fewer classes": {"classes_": [np.arange(3)]},
    "classes of lists": {"classes_": [[0, 1, 2], [0, 1]]},
    "no classes": {"classes_": []},
    "one output": {"outputs_2d_": False},
}


@pytest.mark.parametrize("change", OUTPUTS.values(), ids=OUTPUTS)
@pytest.mark.parametrize("name", ["two outputs", "two outputs within a radius"])
def test_labels_of_several_outputs_that_do_not_fit_are_refused(name, change):
    classifier = copy.copy(CLASSIFIERS[name])
    vars(classifier).update(change)
    with pytest.raises(Refused):
        check(classifier)
