"""The structure of an XGBoost model, checked on what its bytes say before XGBoost reads them.

XGBoost walks from node 0 to a node whose left child is -1, reads the feature ``split_indices`` of a row, and at a split on categories
the bits of the node. It adds a leaf's weight to the column ``tree_info`` of the answer. None of these numbers is compared with
anything when a model is loaded.
"""

import re
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

MAX_CATEGORIES = 2**24
MAX_BITSET_BYTES = 256 * 1024 * 1024
_NO_CHILD = -1
_ROOTS_PARENT = 2**31 - 1
_TREE = {
    "base_weights": "f", "categories": "i", "categories_nodes": "i", "categories_segments": "i", "categories_sizes": "i",
    "default_left": "u", "left_children": "i", "loss_changes": "f", "parents": "i", "right_children": "i", "split_conditions": "f",
    "split_indices": "i", "split_type": "u", "sum_hessian": "f",
}  # fmt: skip
_PER_NODE = tuple(name for name in _TREE if not name.startswith("categories"))
_COUNT = re.compile(r"[0-9]{1,10}")


def count_of(params: Any, name: str, what: str) -> int:
    """The whole number that ``params`` has as text under ``name``."""
    text = params.get(name) if type(params) is dict else None
    if type(text) is not str or not _COUNT.fullmatch(text):
        raise Refused(f"{what} has no number {name}")
    return int(text)


def check_trees(model: Any, features: int, groups: int) -> int:
    """Refuse the ``model`` of a tree booster over ``features`` and with ``groups`` numbers a row, unless all of its trees are sound.

    Returns
    -------
    How many rounds it has.
    """
    what, trees, info = "a model of XGBoost", _list(model, "trees"), _list(model, "tree_info")
    if not {"gbtree_model_param", "iteration_indptr", "tree_info", "trees"} <= model.keys() <= _MODEL:
        raise Refused(f"{what} has other members than this version reads")
    total = count_of(model["gbtree_model_param"], "num_trees", what)
    if len(trees) != total or len(info) != total or total < groups:
        raise Refused(f"{what} has another number of trees than it says")
    for group in info:
        integer(group, f"the output of a tree of {what}", 0, groups - 1)
    bits = sum(_check_tree(tree, number, features) for number, tree in enumerate(trees))
    if bits > MAX_BITSET_BYTES * 8:
        raise Refused(f"{what} has splits on too many categories")
    integer(count_of(model["gbtree_model_param"], "num_parallel_tree", what), "the trees of a round", 1, max(1, total))
    rounds = _list(model, "iteration_indptr")
    if not rounds or rounds[0] != 0 or rounds[-1] != total:
        raise Refused(f"{what} has rounds that are not those of its trees")
    for begin, end in pairwise(rounds):
        integer(end, f"the end of a round of {what}", begin + 1, total)
    return len(rounds) - 1


_MODEL = {"cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees"}


def _list(model: Any, name: str) -> list[Any]:
    items = model.get(name) if type(model) is dict else None
    if type(items) is not list:
        raise Refused(f"a model of XGBoost has no list of {name}")
    return items


def _check_tree(tree: Any, number: int, features: int) -> int:
    """Refuse a tree that leads outside itself or its row, or round in a circle; gives how many bits its splits on categories take."""
    what = "a tree of XGBoost"
    if type(tree) is not dict or tree.keys() - _TREE.keys() != {"id", "tree_param"} or len(tree) != len(_TREE) + 2:
        raise Refused(f"{what} has other members than this version reads")
    # XGBoost puts it in this place of its own list, and leaves the others empty
    integer(tree["id"], f"the number of {what}", number, number)
    arrays = {name: _row(tree[name], kind, what) for name, kind in _TREE.items()}
    params = tree["tree_param"]
    nodes = integer(count_of(params, "num_nodes", what), f"the nodes of {what}", 1)
    if count_of(params, "num_feature", what) != features or count_of(params, "size_leaf_vector", what) > 1:
        raise Refused(f"{what} takes another number of features than its model, or has more than one number in a leaf")
    if any(len(arrays[name]) != nodes for name in _PER_NODE):
        raise Refused(f"{what} has another number of nodes than it says")
    _check_nodes(arrays, features, what)
    return _check_categories(arrays, what)


def _row(values: Any, kind: str, what: str) -> NDArray[Any]:
    if type(values) is not np.ndarray or values.dtype.kind != kind:
        raise Refused(f"{what} has a member that is no row of numbers of its type")
    return values


def _check_nodes(arrays: dict[str, NDArray[Any]], features: int, what: str) -> None:
    left, right = arrays["left_children"], arrays["right_children"]
    numbers = np.arange(len(left))
    is_split = left != _NO_CHILD
    # pruned nodes stay in the arrays, and nothing leads to them
    for children in (left[is_split], right[is_split]):
        if ((children <= numbers[is_split]) | (children >= len(left))).any():
            raise Refused(f"{what} has a node whose child is outside the tree or not after it")
    if (right[~is_split] != _NO_CHILD).any():
        raise Refused(f"{what} has a leaf with a child")
    owners = arrays["split_indices"][is_split]
    if ((owners < 0) | (owners >= features)).any():
        raise Refused(f"{what} splits on a feature that it does not have")
    parents = arrays["parents"]
    if parents[0] != _ROOTS_PARENT or ((parents[1:] < 0) | (parents[1:] >= len(left))).any():
        raise Refused(f"{what} has a node whose parent is outside the tree")
    if arrays["default_left"].max() > 1 or arrays["split_type"].max() > 1:
        raise Refused(f"{what} has a node with an odd flag")


def _check_categories(arrays: dict[str, NDArray[Any]], what: str) -> int:
    owners, begins, sizes = (arrays[f"categories_{name}"] for name in ("nodes", "segments", "sizes"))
    categories = arrays["categories"]
    if not np.array_equal(owners, (arrays["split_type"] == 1).nonzero()[0]) or not len(owners) == len(begins) == len(sizes):
        raise Refused(f"{what} has a split on categories without them, or the reverse")
    if not len(owners):
        return 0
    if sizes.min() < 1 or sizes.max() > len(categories) or int(sizes.sum()) != len(categories):
        raise Refused(f"{what} has another number of categories than its splits")
    if not np.array_equal(begins, np.cumsum(sizes) - sizes):
        raise Refused(f"{what} has splits whose categories overlap")
    if categories.min() < 0 or categories.max() >= MAX_CATEGORIES:
        raise Refused(f"{what} splits on a category that is none")
    return int(np.maximum.reduceat(categories, begins.astype(np.intp)).astype(np.int64).sum())
