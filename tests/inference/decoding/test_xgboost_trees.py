"""Trees of XGBoost: genuine ones pass; nodes, features, outputs and categories that do not fit are refused before XGBoost reads them."""

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.ubjson import read_ubjson
from iris_api.inference.decoding.xgboost_trees import check_trees
from tests.inference.decoding.ubjson_writer import ubjson
from tests.inference.decoding.xgboost_forgeries import forged, genuine, learner_of, parts_of


def booster_of(learner):
    return learner["gradient_booster"]["model"]


def trees_of(learner):
    return booster_of(learner)["trees"]


def split_of(tree):
    return int(np.flatnonzero(tree["left_children"] != -1)[-1])


def leaf_of(tree):
    return int(np.flatnonzero(tree["left_children"] == -1)[0])


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("multiclass", {}), ("binary", {}), ("regression", {}), ("multiclass", {"num_parallel_tree": 3}), ("regression", {"gamma": 1e9})],
    ids=["three classes", "two classes", "numbers", "a forest", "one leaf"],
)
def test_genuine_trees_pass(kind, parameters):
    learner = learner_of(parts_of(genuine(kind, **parameters)))
    groups = max(1, int(learner["learner_model_param"]["num_class"]))
    assert check_trees(booster_of(learner), 5, groups) == 12


def test_a_model_with_pruned_nodes_passes():
    import xgboost

    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    model = xgboost.XGBRegressor(n_estimators=3, tree_method="exact", gamma=0.5).fit(rows, abs(rows[:, 0]))
    trees = trees_of(learner_of(parts_of(model)))
    assert any(tree["tree_param"]["num_deleted"] != "0" for tree in trees)
    assert check_trees(booster_of(learner_of(parts_of(model))), 3, 1) == 3


def test_what_xgboost_wrote_is_written_again_byte_by_byte():
    content = bytes(genuine().get_booster().__getstate__()["handle"])
    assert ubjson(read_ubjson(content)[0]) == content


def at(name, place, value):
    """Sets one number of the first tree; ``place`` and ``value`` may ask it where."""

    def change(learner):
        tree = trees_of(learner)[0]
        tree[name][place(tree) if callable(place) else place] = value(tree) if callable(value) else value

    return change


def in_params(name, value):
    return lambda learner: trees_of(learner)[0]["tree_param"].update({name: value})


def shorter(name):
    return lambda learner: trees_of(learner)[0].update({name: trees_of(learner)[0][name][:-1]})


def as_type(name, dtype):
    return lambda learner: trees_of(learner)[0].update({name: trees_of(learner)[0][name].astype(dtype)})


def with_categories(change):
    """Changes the first tree that splits on categories."""
    return lambda learner: change(next(tree for tree in trees_of(learner) if len(tree["categories_nodes"])))


def set_categories(name, index, value):
    def change(tree):
        tree[name][index] = value

    return with_categories(change)


FORGED = {
    "a left child outside the tree": (at("left_children", split_of, 10_000), "child is outside the tree or not after it"),
    "a right child outside the tree": (at("right_children", split_of, 10_000), "child is outside the tree or not after it"),
    "a negative child": (at("left_children", split_of, -2), "child is outside the tree or not after it"),
    "no right child": (at("right_children", split_of, -1), "child is outside the tree or not after it"),
    "a circle": (at("left_children", split_of, 0), "child is outside the tree or not after it"),
    "a node that is its own child": (at("left_children", split_of, split_of), "child is outside the tree or not after it"),
    "a leaf with a right child": (at("right_children", leaf_of, 1), "a leaf with a child"),
    "a feature outside the row": (at("split_indices", split_of, 5), "a feature that it does not have"),
    "a negative feature": (at("split_indices", split_of, -1), "a feature that it does not have"),
    "a parent outside the tree": (at("parents", 1, 10_000), "parent is outside the tree"),
    "a root with a parent": (at("parents", 0, 0), "parent is outside the tree"),
    "an odd direction": (at("default_left", split_of, 7), "an odd flag"),
    "an odd type of split": (at("split_type", split_of, 2), "an odd flag"),
    "a type of split that is not that of its categories": (
        at("split_type", leaf_of, 1), "a split on categories without them, or the reverse"),
    "the number of another tree": (lambda learner: trees_of(learner)[3].update(id=1), "the number of a tree"),
    "a number that no tree has": (lambda learner: trees_of(learner)[3].update(id=99), "the number of a tree"),
    "a negative number": (lambda learner: trees_of(learner)[0].update(id=-1), "the number of a tree"),
    "more nodes than it has": (in_params("num_nodes", "9999"), "another number of nodes"),
    "no nodes": (in_params("num_nodes", "0"), "is not a whole number from 1"),
    "nodes by a word": (in_params("num_nodes", "-1"), "has no number num_nodes"),
    "other features than its model": (in_params("num_feature", "4"), "another number of features than its model"),
    "vectors for leaves": (in_params("size_leaf_vector", "3"), "more than one number in a leaf"),
    "too few thresholds": (shorter("split_conditions"), "another number of nodes"),
    "too few weights": (shorter("base_weights"), "another number of nodes"),
    "children that are fractions": (as_type("left_children", "f4"), "no row of numbers of its type"),
    "an unknown member": (lambda learner: trees_of(learner)[0].update(leaf_weights=[]), "other members"),
    "a missing member": (lambda learner: trees_of(learner)[0].pop("parents"), "other members"),
    "a list for a row": (lambda learner: trees_of(learner)[0].update(parents=[]), "no row of numbers"),
    "an output that it does not have": (lambda learner: booster_of(learner)["tree_info"].__setitem__(0, 3), "the output of a tree"),
    "a negative output": (lambda learner: booster_of(learner)["tree_info"].__setitem__(0, -1), "the output of a tree"),
    "fewer trees than it says": (lambda learner: trees_of(learner).pop(), "another number of trees"),
    "fewer outputs than trees": (lambda learner: booster_of(learner)["tree_info"].pop(), "another number of trees"),
    "no parallel trees": (
        lambda learner: booster_of(learner)["gbtree_model_param"].update(num_parallel_tree="0"), "the trees of a round"),
    "rounds beyond its trees": (lambda learner: booster_of(learner)["iteration_indptr"].append(99), "rounds that are not those"),
    "rounds that go back": (lambda learner: booster_of(learner)["iteration_indptr"].__setitem__(1, 30), "the end of a round"),
    "no rounds": (lambda learner: booster_of(learner).update(iteration_indptr=[]), "rounds that are not those"),
    "more of the booster": (lambda learner: booster_of(learner).update(more=1), "other members"),
    "categories that begin elsewhere": (set_categories("categories_segments", 0, 1), "categories overlap"),
    "categories that overlap": (set_categories("categories_sizes", 0, 2**40), "another number of categories"),
    "no categories": (set_categories("categories_sizes", 0, 0), "another number of categories"),
    "categories of a node that has none": (set_categories("categories_nodes", 0, 10_000), "without them, or the reverse"),
    "a negative category": (set_categories("categories", 0, -1), "a category that is none"),
    "a category that takes a gigabyte of bits": (set_categories("categories", 0, 2**31 - 1), "a category that is none"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), FORGED.values(), ids=FORGED)
def test_a_forged_tree_is_refused_by_its_structure(change, reason):
    with pytest.raises(Refused, match=reason):
        decode(forged(genuine(), change))


def test_many_splits_on_high_categories_are_refused_together():
    def change(learner):
        tree = next(tree for tree in trees_of(learner) if len(tree["categories_nodes"]))
        tree["categories"][0] = 2**24 - 1
        trees_of(learner)[:] = [tree | {"id": number} for number in range(200)]
        booster_of(learner)["gbtree_model_param"]["num_trees"] = "200"
        booster_of(learner).update(tree_info=[0, 1, *[2] * 198], iteration_indptr=[0, 200])

    with pytest.raises(Refused, match="splits on too many categories"):
        decode(forged(genuine(), change))
