"""Decision trees: genuine ones are made bit for bit, and arrays that form no tree are refused before anything walks them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._tree import NODE_DTYPE

from iris_api.inference.decoding.decision_trees import CONSTRUCTORS, check_children
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT
from tests.inference.decoding.trials import DONE, forked
from tests.inference.ensembles import rows_for

TREE = CONSTRUCTORS["sklearn.tree._tree", "Tree"]
random = np.random.default_rng(11)
ROWS = random.normal(size=(120, 3)).round(1)
LABELS = random.integers(3, size=120)
GAPS = np.where(random.random(ROWS.shape) < 0.2, np.nan, ROWS)
MODEL = DecisionTreeClassifier(random_state=0).fit(ROWS, LABELS)
GENUINE = {
    "a classifier": MODEL,
    "a regressor": DecisionTreeRegressor(max_depth=4).fit(ROWS, LABELS),
    "one leaf": DecisionTreeClassifier().fit(ROWS, np.zeros(120)),
    "missing values": DecisionTreeClassifier().fit(GAPS, LABELS),
    "pruned": DecisionTreeClassifier(ccp_alpha=0.01).fit(ROWS, LABELS),
    "best first": DecisionTreeClassifier(max_leaf_nodes=9).fit(ROWS, LABELS),
    "monotonic": DecisionTreeClassifier(monotonic_cst=[1, 0, -1]).fit(ROWS, LABELS > 0),
    "two outputs": DecisionTreeClassifier().fit(ROWS, np.c_[LABELS, LABELS > 1]),
    "extra": ExtraTreesClassifier(1).fit(ROWS, LABELS).estimators_[0],
}


def parts(model):
    _, arguments, state = model.tree_.__reduce__()
    return arguments, state


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_tree_is_made_as_it_was(model):
    made = TREE(*parts(model))
    rows = rows_for(model).astype(np.float32)
    assert made.apply(rows).tobytes() == model.tree_.apply(rows).tobytes()
    assert made.predict(rows).tobytes() == model.tree_.predict(rows).tobytes()
    assert made.__getstate__()["nodes"].tobytes() == model.tree_.__getstate__()["nodes"].tobytes()
    assert made.decision_path(rows).indices.tobytes() == model.tree_.decision_path(rows).indices.tobytes()


SPLIT = int(np.flatnonzero(MODEL.tree_.children_left > 0)[3])
LEAF = int(np.flatnonzero(MODEL.tree_.children_left < 0)[3])
COUNT = MODEL.tree_.node_count
FORGED = {
    "a child outside": ("left_child", SPLIT, COUNT),
    "a child far outside": ("right_child", SPLIT, 2**40),
    "a child before the first": ("right_child", SPLIT, -2),
    "a loop": ("left_child", SPLIT, SPLIT),
    "a loop to the root": ("left_child", SPLIT, 0),
    "a child shared": ("left_child", SPLIT, int(MODEL.tree_.children_right[SPLIT])),
    "half a leaf": ("left_child", SPLIT, -1),
    "a leaf with a child": ("right_child", LEAF, COUNT - 1),
    "a feature outside": ("feature", SPLIT, 3),
    "a feature below zero": ("feature", SPLIT, -1),
    "a leaf that splits": ("feature", LEAF, 0),
    "no threshold": ("threshold", SPLIT, np.nan),
    "an odd direction": ("missing_go_to_left", SPLIT, 2),
}


@pytest.mark.parametrize(("field", "node", "value"), FORGED.values(), ids=FORGED)
def test_nodes_that_form_no_tree_are_refused(field, node, value):
    arguments, state = parts(MODEL)
    nodes = state["nodes"].copy()
    nodes[field][node] = value
    with pytest.raises(Refused, match="the Tree"):
        TREE(arguments, state | {"nodes": nodes})


CHANGES = {
    "no nodes": {"node_count": 0, "nodes": np.empty(0, NODE_DTYPE), "values": np.empty((0, 1, 3))},
    "fewer nodes than it says": {"node_count": COUNT + 1},
    "more nodes than values": {"values": MODEL.tree_.value[:-1].copy()},
    "values of another width": {"values": np.zeros((COUNT, 1, 2))},
    "values of another type": {"values": MODEL.tree_.value.astype(np.float32)},
    "values that are not finite": {"values": np.full((COUNT, 1, 3), np.inf)},
    "plain nodes": {"nodes": np.zeros((COUNT, 8))},
    "a list of nodes": {"nodes": [0] * COUNT},
    "less depth than it has": {"max_depth": 1},
    "more depth than it has": {"max_depth": 10**9},
    "depth below zero": {"max_depth": -1},
    "depth of text": {"max_depth": "9"},
    "another member": {"more": 1},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_state_that_does_not_fit_is_refused(change):
    arguments, state = parts(MODEL)
    with pytest.raises(Refused, match="the Tree"):
        TREE(arguments, state | change)


ARGUMENTS = {
    "none": (),
    "no features": (0, np.array([3]), 1),
    "features of text": ("3", np.array([3]), 1),
    "classes of a list": (3, [3], 1),
    "classes of 32 bits": (3, np.array([3], np.int32), 1),
    "no classes": (3, np.array([0]), 1),
    "classes beyond the values": (3, np.array([2**40]), 1),
    "more outputs than classes": (3, np.array([3]), 2),
    "no outputs": (3, np.array([], np.intp), 0),
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(Refused, match="the Tree"):
        TREE(arguments, parts(MODEL)[1])


@pytest.mark.parametrize("state", [ABSENT, None, [], {}])
def test_a_tree_has_a_state(state):
    with pytest.raises(Refused, match="the Tree has other members"):
        TREE(parts(MODEL)[0], state)


CHANGED = st.tuples(st.sampled_from(NODE_DTYPE.names), st.integers(0, COUNT - 1), st.integers(-4, COUNT + 3))


@settings(max_examples=20, deadline=None)
@given(st.lists(CHANGED, min_size=30, max_size=30))
def test_one_changed_number_is_refused_or_answered(changes):
    outcome = forked(lambda: [refuse_or_answer(*change) for change in changes])
    assert (outcome.said, outcome.exit_code) == (DONE, 0)


def refuse_or_answer(field, node, value):
    arguments, state = parts(MODEL)
    nodes = state["nodes"].copy()
    nodes[field][node] = value % 256 if field == "missing_go_to_left" else value
    try:
        made = TREE(arguments, state | {"nodes": nodes})
    except Refused:
        return
    assert made.predict(GAPS.astype(np.float32)).shape == (120, 3)
    assert made.decision_path(GAPS.astype(np.float32)).shape == (120, COUNT)


def test_the_depth_is_that_of_the_deepest_leaf():
    left, right = np.array([1, 3, -1, -1, -1]), np.array([2, 4, -1, -1, -1])
    assert check_children(left, right, left < 0, "it") == 2
    with pytest.raises(Refused, match="it has a node that no node before it leads to"):
        check_children(np.append(left, -1), np.append(right, -1), np.append(left < 0, True), "it")


def grown(depth):
    """Children of a tree that is one long branch: every split has a leaf on its left."""
    count = 2 * depth + 1
    splits = np.arange(0, count - 1, 2)
    left, right = np.full(count, -1), np.full(count, -1)
    left[splits], right[splits] = splits + 1, splits + 2
    return left, right


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 7, 8, 1000, 100_000])
def test_a_branch_is_as_deep_as_it_is_long(depth):
    left, right = grown(depth)
    assert check_children(left, right, left < 0, "it") == depth


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ([1, -1, -1, -1], [2, -1, -1, -1], "no node before it leads to"),
        ([1, 3, 3, -1, -1], [2, 4, 4, -1, -1], "child of two"),
        ([1, 3, -1, -1], [1, 2, -1, -1], "child of two"),
        ([1, -1, -1], [3, -1, -1], "outside the tree"),
        ([1, 1, -1], [2, 2, -1], "not after it"),
    ],
)
def test_what_is_wrong_with_children_is_said(left, right, reason):
    left, right = np.array(left), np.array(right)
    with pytest.raises(Refused, match=reason):
        check_children(left, right, left < 0, "it")
