"""Clusterers, whose centres compiled code compares with rows: each has a column for every feature that the clusterer validates.

================================ ===========================================================================================
class                            what it hands to compiled code
================================ ===========================================================================================
``KMeans``, ``MiniBatchKMeans``  ``cluster_centers_``, which are taken to be as wide as the rows, and a number of threads
``BisectingKMeans``              the centres of every two children in its tree, and a number of threads
``Birch``                        ``subcluster_centers_`` and their norms, which are taken to be as many
``MeanShift``                    ``cluster_centers_``
``AffinityPropagation``          ``cluster_centers_``; there may be none
================================ ===========================================================================================

OpenMP ends the process if it cannot start as many threads as it is asked for. The labels are the same with one.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.cluster._bisect_k_means import _BisectingTree

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.instances import make_instance
from iris_api.inference.decoding.values import array, floats, integer


def _of_one_thread(kind: Any) -> Callable[[tuple[Any, ...], Any], Any]:
    make = make_instance(kind)

    def construct(arguments: tuple[Any, ...], state: Any) -> Any:
        made = make(arguments, state)
        if "_n_threads" in vars(made):
            made._n_threads = 1  # noqa: SLF001 - the attribute that fitting sets
        return made

    return construct


def check_centers(values: Any, columns: Any, name: str) -> NDArray[Any]:
    """``values`` as a table of finite fractions (centres, ``columns``)."""
    width = integer(columns, f"the number of features of a {name}", 1)
    centers = floats(values, f"the centres of a {name}", (None, width))
    if not np.isfinite(centers).all():
        raise Refused(f"a {name} has centres that are not finite")
    return centers


def _check_centers(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "cluster_centers_" not in attributes:
        return
    if not len(check_centers(attributes["cluster_centers_"], attributes.get("n_features_in_"), name)):
        raise Refused(f"a {name} has no centres")


def _check_points(estimator: Any) -> None:
    """The centres are rows that the clusterer was fitted on, or near these, and of their type; it may have found none."""
    attributes, name = vars(estimator), type(estimator).__name__
    if "cluster_centers_" not in attributes:
        return
    centers, features = attributes["cluster_centers_"], integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    is_table = type(centers) in (np.ndarray, csr_matrix) and centers.ndim == 2 and centers.dtype.kind in "biuf"
    if not is_table or centers.shape[1] != features:
        raise Refused(f"a {name} has centres of other features than its own")


def _check_birch(estimator: Any) -> None:
    attributes = vars(estimator)
    if "subcluster_centers_" not in attributes:
        return
    centers = check_centers(attributes["subcluster_centers_"], attributes.get("n_features_in_"), "Birch")
    norms, labels = attributes.get("_subcluster_norms"), attributes.get("subcluster_labels_")
    array(norms, "the norms of a Birch", centers.dtype, (len(centers),))
    if type(labels) is not np.ndarray or labels.dtype.kind != "i" or labels.shape != (len(centers),) or not len(centers):
        raise Refused("a Birch has not one label for each of its subclusters")


def _check_bisecting(estimator: Any) -> None:
    attributes, name = vars(estimator), "BisectingKMeans"
    if "_bisecting_tree" not in attributes:
        return
    _check_centers(estimator)
    columns = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    if "_X_mean" in attributes:
        floats(attributes["_X_mean"], f"the mean of a {name}", (columns,))
    nodes = list(_nodes(attributes["_bisecting_tree"]))
    labels = [integer(vars(node).get("label"), f"a label of a {name}") for node in nodes if node.left is None]
    if sorted(labels) != list(range(len(labels))) or len(labels) != len(attributes.get("cluster_centers_", ())):
        raise Refused(f"a {name} has not one centre for each of its labels")
    for node in nodes:
        floats(vars(node).get("center"), f"a centre of a {name}", (columns,))


def _nodes(root: Any) -> Iterator[Any]:
    """Every node of the tree; refused if one is reached twice, as going down would then take for ever."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if type(node) is not _BisectingTree or id(node) in seen:
            raise Refused("a BisectingKMeans has something else than a tree of nodes")
        seen.add(id(node))
        yield node
        left, right = vars(node).get("left", node), vars(node).get("right", node)
        if (left is None) != (right is None):
            raise Refused("a BisectingKMeans has a node with one child")
        waiting.extend([] if left is None else [left, right])


CONSTRUCTORS = {
    ("sklearn.cluster._bisect_k_means", "BisectingKMeans"): _of_one_thread(BisectingKMeans),
    ("sklearn.cluster._kmeans", "KMeans"): _of_one_thread(KMeans),
    ("sklearn.cluster._kmeans", "MiniBatchKMeans"): _of_one_thread(MiniBatchKMeans),
}
CHECKS = {
    ("sklearn.cluster._affinity_propagation", "AffinityPropagation"): _check_points,
    ("sklearn.cluster._birch", "Birch"): _check_birch,
    ("sklearn.cluster._bisect_k_means", "BisectingKMeans"): _check_bisecting,
    ("sklearn.cluster._kmeans", "KMeans"): _check_centers,
    ("sklearn.cluster._kmeans", "MiniBatchKMeans"): _check_centers,
    ("sklearn.cluster._mean_shift", "MeanShift"): _check_points,
}
