"""Decision trees, whose nodes compiled code follows without a look: each is made from arrays that form one tree.

`Tree.apply` goes from node 0 to a leaf (``left_child`` -1) along ``left_child`` and ``right_child`` and reads ``X[:, feature]``; it
checks neither the numbers of nodes nor those of features. ``decision_path`` takes memory for ``max_depth + 1`` numbers a row, and
writes one for each node it passes.
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
    if integer(checked["max_depth"], "the Tree's depth", 0) != depth:
        raise Refused("the Tree has another depth than it says")
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
    splits = (~is_leaf).nonzero()[0]
    parents = np.empty(len(is_leaf), np.intp)
    parents.fill(_UNSEEN)
    parents[0] = 0
    for children in (left[splits], right[splits]):
        # count_nonzero is several times quicker than any for the few nodes of most trees
        if np.count_nonzero((children <= splits) | (children >= len(parents))):
            raise Refused(f"{what} has a node whose child is outside the tree or not after it")
        parents[children] = splits
    if np.count_nonzero(parents == _UNSEEN):
        raise Refused(f"{what} has a node that no node before it leads to")
    if 2 * len(splits) != len(parents) - 1:
        raise Refused(f"{what} has a node that is the child of two")
    return _depth(parents)


def _depth(parents: NDArray[np.intp]) -> int:
    """How many steps the farthest node is from the root; each round doubles the steps that are counted."""
    ancestors, steps = parents, np.ones(len(parents), np.intp)
    steps[0] = 0
    while np.count_nonzero(ancestors):
        steps += steps[ancestors]
        ancestors = ancestors[ancestors]
    return int(steps.max())


def _check_splits(nodes: NDArray[Any], is_leaf: NDArray[np.bool_], features: int) -> None:
    owner = nodes["feature"]
    if np.count_nonzero((nodes["right_child"] != _LEAF) & is_leaf):
        raise Refused("the Tree has a leaf with a child")
    if np.count_nonzero(((owner < 0) != is_leaf) | (owner >= features)):
        raise Refused("the Tree splits on a feature that it does not have")
    if np.count_nonzero(np.isnan(nodes["threshold"]) | (nodes["missing_go_to_left"] > 1)):
        raise Refused("the Tree has a split without a threshold or a direction")


CONSTRUCTORS = {("sklearn.tree._tree", "Tree"): _tree}
