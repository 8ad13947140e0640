"""Decision trees, whose nodes compiled code follows without a look: each is made from arrays that form one tree.

`Tree.apply` goes from node 0 to a leaf (``left_child`` -1) along ``left_child`` and ``right_child`` and reads ``X[:, feature]``; it
checks neither the numbers of nodes nor those of features. ``decision_path`` writes ``max_depth + 1`` numbers a row.
``Tree.__setstate__`` copies the arrays.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree._tree import NODE_DTYPE, Tree

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer, members

STRUCTURED_DTYPES = (NODE_DTYPE,)
_STATE = frozenset({"max_depth", "node_count", "nodes", "values"})
_LEAF = -1
_UNSEEN = -1


def _tree(arguments: tuple[Any, ...], state: Any) -> Tree:
    if len(arguments) != 3:
        raise Refused("the Tree has other arguments than its features, classes and outputs")
    features, outputs = integer(arguments[0], "the Tree's number of features", 1), integer(arguments[2], "the Tree's number of outputs", 1)
    classes = array(arguments[1], "the Tree's numbers of classes", np.intp, (outputs,))
    checked = members(state, "the Tree", _STATE)
    nodes = array(checked["nodes"], "the Tree's nodes", NODE_DTYPE, (None,))
    count = integer(checked["node_count"], "the Tree's number of nodes", 1)
    if len(nodes) != count or classes.min() < 1:
        raise Refused("the Tree has another number of nodes or classes than it says")
    values = array(checked["values"], "the Tree's values", np.float64, (count, outputs, int(classes.max())))
    if not np.isfinite(values).all():
        raise Refused("the Tree has values that are not finite")
    is_leaf = nodes["left_child"] == _LEAF
    depth = check_children(nodes["left_child"], nodes["right_child"], is_leaf, "the Tree")
    if integer(checked["max_depth"], "the Tree's depth", 0) < depth:
        raise Refused("the Tree is deeper than it says")
    _check_splits(nodes, is_leaf, features)
    made = Tree(features, np.ascontiguousarray(classes), outputs)
    made.__setstate__(checked | {"nodes": np.ascontiguousarray(nodes), "values": np.ascontiguousarray(values)})
    return made


def check_children(left: NDArray[Any], right: NDArray[Any], is_leaf: NDArray[np.bool_], what: str) -> int:
    """Refuse nodes that do not form one tree: each but the first is the child of exactly one node before it.

    Parameters
    ----------
    left, right
        For every node the numbers of its children.
    is_leaf
        For every node whether it has none.
    what
        What the nodes belong to, for the message.

    Returns
    -------
    The depth of the tree; 0 if the first node is a leaf.
    """
    depth = [_UNSEEN] * len(is_leaf)
    depth[0] = deepest = 0
    for node, (one, other, leaf) in enumerate(zip(left.tolist(), right.tolist(), is_leaf.tolist(), strict=True)):
        if depth[node] == _UNSEEN:
            raise Refused(f"{what} has a node that no node before it leads to")
        if leaf:
            continue
        if not (node < one < len(depth) and node < other < len(depth)):
            raise Refused(f"{what} has a node whose child is outside the tree or not after it")
        if one == other or depth[one] != _UNSEEN or depth[other] != _UNSEEN:
            raise Refused(f"{what} has a node that is the child of two")
        depth[one] = depth[other] = depth[node] + 1
        deepest = max(deepest, depth[one])
    return deepest


def _check_splits(nodes: NDArray[Any], is_leaf: NDArray[np.bool_], features: int) -> None:
    owner = nodes["feature"]
    if ((nodes["right_child"] != _LEAF) & is_leaf).any():
        raise Refused("the Tree has a leaf with a child")
    if ((owner < 0) != is_leaf).any() or owner.max() >= features:
        raise Refused("the Tree splits on a feature that it does not have")
    if np.isnan(nodes["threshold"]).any() or nodes["missing_go_to_left"].max() > 1:
        raise Refused("the Tree has a split without a threshold or a direction")


CONSTRUCTORS = {("sklearn.tree._tree", "Tree"): _tree}
