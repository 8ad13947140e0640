"""Nearest neighbours: the ball tree, the k-d tree and their metrics, and the classifiers, regressors and detectors that ask them.

A query goes down from node 0 to the children ``2i + 1`` and ``2i + 2`` of each node ``i`` until one ``is_leaf``, and reads the rows
``idx_array[idx_start:idx_end]`` of the data and row ``i`` of ``node_bounds``. Without a tree, the rows of ``_fit_X`` are compared
in compiled code that takes their width from the request, and counts votes at ``_y`` in an array of one place a class. SciPy's
distances read as much of the parameters of a metric as the rows are wide.
"""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics._dist_metrics import (
    BrayCurtisDistance64,
    CanberraDistance64,
    ChebyshevDistance64,
    EuclideanDistance64,
    HammingDistance64,
    ManhattanDistance64,
    MinkowskiDistance64,
    SEuclideanDistance64,
)
from sklearn.neighbors import BallTree, KDTree, KNeighborsClassifier, KNeighborsRegressor

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer, number

NODE_DTYPE = np.asarray(BallTree(np.zeros((1, 1))).get_arrays()[2]).dtype
STRUCTURED_DTYPES = (NODE_DTYPE,)
_FIXED = (
    BrayCurtisDistance64, CanberraDistance64, ChebyshevDistance64, EuclideanDistance64, HammingDistance64, ManhattanDistance64,
)  # fmt: skip
_OF_BALLS = (BrayCurtisDistance64, CanberraDistance64, HammingDistance64, SEuclideanDistance64)
_METRICS = (*_FIXED, MinkowskiDistance64, SEuclideanDistance64)
_MAX_LEVELS = 48


def _metric(arguments: tuple[Any, ...], state: Any) -> Any:
    """A metric with the state (p, weights, matrix): Minkowski's has the first two, the standardized one variances for weights."""
    if len(arguments) != 1 or arguments[0] not in _METRICS:
        raise Refused("it makes a metric of something else")
    if type(state) is not tuple or len(state) != 3:
        raise Refused("a metric has no state")
    if arguments[0] in _FIXED:
        return arguments[0]()
    power, weights = number(state[0], "the power of a metric"), array(state[1], "the weights of a metric", np.float64, (None,))
    if power <= 0 or not np.isfinite(weights).all() or (weights < 0).any():
        raise Refused("a metric has a power or weights that are not positive")
    if arguments[0] is SEuclideanDistance64:
        return SEuclideanDistance64(V=weights)
    return MinkowskiDistance64(power, w=weights if len(weights) else None)


def _tree(arguments: tuple[Any, ...], state: Any) -> Any:
    if arguments not in ((BallTree,), (KDTree,)) or type(state) is not tuple or len(state) != 13:
        raise Refused("it makes a tree of neighbours of something else")
    data, indices, nodes, bounds, leaf_size, levels, count, *counters, metric, weights = state
    data = array(data, "the rows of a tree of neighbours", np.float64, (None, None))
    rows, columns = data.shape
    count = integer(count, "the number of nodes of a tree of neighbours", 1)
    if 2 ** integer(levels, "the levels of a tree of neighbours", 1, _MAX_LEVELS) - 1 != count or not data.size:
        raise Refused("a tree of neighbours has another number of nodes than its levels")
    integer(leaf_size, "the leaf size of a tree of neighbours", 1)
    array(bounds, "the bounds of a tree of neighbours", np.float64, (2 if arguments[0] is KDTree else 1, count, columns))
    _check_rows(array(indices, "the order of a tree of neighbours", np.intp, (rows,)), rows)
    _check_nodes(array(nodes, "the nodes of a tree of neighbours", NODE_DTYPE, (count,)), rows)
    _check_metric(metric, columns)
    if arguments[0] is KDTree and type(metric) in _OF_BALLS:
        raise Refused("a k-d tree has the metric of a ball tree")
    if weights is not None or len(counters) != 4 or not all(type(counter) is int and 0 <= counter < 2**62 for counter in counters):
        raise Refused("a tree of neighbours has weights or odd counters")
    made = arguments[0].__new__(arguments[0])
    made.__setstate__((*map(np.ascontiguousarray, state[:4]), *state[4:]))
    return made


def _check_rows(indices: Any, rows: int) -> None:
    if indices.min() < 0 or indices.max() >= rows:
        raise Refused("a tree of neighbours has a row outside its data")


def _check_nodes(nodes: Any, rows: int) -> None:
    start, end, is_leaf = nodes["idx_start"], nodes["idx_end"], nodes["is_leaf"]
    if (start < 0).any() or (end < start).any() or (end > rows).any():
        raise Refused("a tree of neighbours has a node with rows outside its data")
    inner = len(nodes) // 2
    if not np.isin(is_leaf, (0, 1)).all() or not (is_leaf[inner:] == 1).all():
        raise Refused("a tree of neighbours has a node whose children are outside the tree")
    if np.isnan(nodes["radius"]).any():
        raise Refused("a tree of neighbours has a node without a radius")


def _check_metric(metric: Any, columns: int) -> None:
    if type(metric) not in _METRICS:
        raise Refused("a tree of neighbours has no metric")
    count = columns if type(metric) in _FIXED else len(metric.__getstate__()[1])
    if count != columns and (count or type(metric) is SEuclideanDistance64):
        raise Refused("a tree of neighbours has a metric of another number of columns")


def check_neighbors(estimator: Any) -> int:
    """The number of rows that ``estimator`` compares with others; refused where its rows, its tree and its metric do not agree."""
    attributes, name = vars(estimator), type(estimator).__name__
    features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    rows, tree = attributes.get("_fit_X"), attributes.get("_tree")
    if type(rows) is not csr_matrix:
        rows = array(rows, f"the rows of a {name}", getattr(rows, "dtype", np.float64), (None, None))
        if rows.dtype.kind not in "biuf" or not rows.flags.c_contiguous:
            raise Refused(f"a {name} has rows that are not numbers")
    count = integer(attributes.get("n_samples_fit_"), f"the number of rows of a {name}", 1)
    if rows.shape != (count, features):
        raise Refused(f"a {name} has rows of another shape than it says")
    if tree is not None and (type(tree) not in (BallTree, KDTree) or tree.data.shape != (count, features)):
        raise Refused(f"a {name} has a tree of other rows than its own")
    if (attributes.get("metric") == "precomputed") != (attributes.get("effective_metric_") == "precomputed"):
        raise Refused(f"a {name} takes distances for rows, or rows for distances")
    _check_parameters(attributes, features, name)
    return count


def _check_parameters(attributes: dict[str, Any], features: int, name: str) -> None:
    """The metric without a tree is a name, with parameters of its own for each feature or each pair of features."""
    metric, given = attributes.get("effective_metric_"), attributes.get("effective_metric_params_")
    if type(metric) not in (str, *_METRICS) or type(given) is not dict:
        raise Refused(f"a {name} has a metric that is a function, or none")
    shapes: dict[str, Any] = {"w": [(features,)], "V": [(features,), (features, features)], "VI": [(features, features)]}
    for parameter, value in given.items():
        if parameter == "p":
            number(value, f"the power of the metric of a {name}")
        elif parameter == "w" and value is None:
            continue
        elif parameter not in shapes or type(value) is not np.ndarray or value.dtype.kind != "f" or value.shape not in shapes[parameter]:
            raise Refused(f"a {name} has a metric of other parameters than one for each feature")


def _check_classifier(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "_fit_X" not in attributes:
        return
    count = check_neighbors(estimator)
    if type(estimator) is KNeighborsClassifier:
        integer(attributes.get("n_neighbors"), f"the number of neighbours of a {name}", 1, count)
    _check_labels(attributes, count, name)


def _check_regressor(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "_fit_X" not in attributes:
        return
    count, targets = check_neighbors(estimator), attributes.get("_y")
    if type(estimator) is KNeighborsRegressor:
        integer(attributes.get("n_neighbors"), f"the number of neighbours of a {name}", 1, count)
    if type(targets) is not np.ndarray or targets.ndim not in (1, 2) or len(targets) != count or targets.dtype.kind not in "biuf":
        raise Refused(f"a {name} has not one target for each of its rows")


def _check_outliers(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "_fit_X" not in attributes:
        return
    count = check_neighbors(estimator)
    neighbors = integer(attributes.get("n_neighbors_"), f"the number of neighbours of a {name}", 1, count)
    for attribute, shape in (("_distances_fit_X_", (count, neighbors)), ("_lrd", (count,))):
        values = attributes.get(attribute)
        if type(values) is not np.ndarray or values.dtype.kind != "f" or values.shape != shape:
            raise Refused(f"a {name} has not one {attribute} for each of its rows")


def _check_labels(attributes: dict[str, Any], count: int, name: str) -> None:
    """One label for each row, or with several outputs one of each; NumPy counts these in as many places as the highest has."""
    classes, are_several = attributes.get("classes_"), attributes.get("outputs_2d_")
    if type(are_several) is not bool or type(classes) is not (list if are_several else np.ndarray):
        raise Refused(f"a {name} has classes of another number of outputs")
    shape = (count, len(classes)) if are_several else (count,)
    labels = array(attributes.get("_y"), f"the labels of a {name}", np.intp, shape).reshape(count, -1)
    for column, known in zip(labels.T, classes if are_several else [classes], strict=True):
        if type(known) is not np.ndarray or known.ndim != 1 or column.min() < 0 or column.max() >= len(known):
            raise Refused(f"a {name} has a label of no class")


CONSTRUCTORS = {
    ("sklearn.metrics._dist_metrics", "newObj"): _metric,
    ("sklearn.neighbors._ball_tree", "newObj"): _tree,
    ("sklearn.neighbors._kd_tree", "newObj"): _tree,
}
CHECKS = {
    ("sklearn.neighbors._lof", "LocalOutlierFactor"): _check_outliers,
    ("sklearn.neighbors._regression", "KNeighborsRegressor"): _check_regressor,
    ("sklearn.neighbors._regression", "RadiusNeighborsRegressor"): _check_regressor,
    ("sklearn.neighbors._classification", "KNeighborsClassifier"): _check_classifier,
    ("sklearn.neighbors._classification", "RadiusNeighborsClassifier"): _check_classifier,
}
