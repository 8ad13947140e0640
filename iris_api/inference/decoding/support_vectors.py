"""Support vector machines, whose arrays libsvm reads by the number of classes, of support vectors and of features.

``set_model`` of libsvm takes ``l`` rows of support vectors, ``k - 1`` rows of ``l`` coefficients, ``k`` counts and ``k (k - 1) / 2``
intercepts, and as many of each of the two parameters of probabilities if it is asked for these. With the kernel ``precomputed``
it reads ``X[:, support_]``. It compares none of the sizes. Without classes ``k`` is 2, and the counts are not read; of
sparse rows they are whatever memory held.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import SVR, NuSVR, OneClassSVM

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer

_WITHOUT_CLASSES = (NuSVR, OneClassSVM, SVR)
_KERNELS = frozenset({"linear", "poly", "rbf", "sigmoid", "precomputed"})


def _check(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "support_vectors_" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    counts = array(attributes.get("_n_support"), f"the support counts of a {name}", np.int32, (None,))
    if attributes.get("kernel") not in _KERNELS:
        raise Refused(f"a {name} has no kernel")
    support = array(attributes.get("support_"), f"the support of a {name}", np.int32, (None,))
    vectors, pairs = len(support), len(counts) * (len(counts) - 1) // 2
    if not (len(counts) == 2 if type(estimator) in _WITHOUT_CLASSES else _are_counts(counts, vectors)):
        raise Refused(f"a {name} has support vectors of another number of classes, or another number of them")
    array(attributes.get("_intercept_"), f"the intercepts of a {name}", np.float64, (pairs,))
    for parameter in ("_probA", "_probB"):
        _check_probabilities(attributes, parameter, pairs, name)
    if attributes["kernel"] == "precomputed":
        _check_precomputed(attributes, support, features, name)
    elif attributes.get("_sparse") is True:
        _check_sparse(attributes, (vectors, features), len(counts), name)
        return
    else:
        array(attributes["support_vectors_"], f"the support vectors of a {name}", np.float64, (vectors, features))
    if attributes.get("_sparse") is not False:
        raise Refused(f"a {name} does not say whether it was fitted on sparse rows")
    array(attributes.get("_dual_coef_"), f"the coefficients of a {name}", np.float64, (len(counts) - 1, vectors))


def _are_counts(counts: NDArray[Any], vectors: int) -> bool:
    """Whether there are as many support vectors as ``counts`` says of each of two or more classes."""
    return len(counts) >= 2 and int(counts.min()) >= 0 and int(counts.sum(dtype=np.int64)) == vectors


def _check_probabilities(attributes: dict[str, Any], parameter: str, pairs: int, name: str) -> None:
    given = array(attributes.get(parameter), f"the probabilities of a {name}", np.float64, (None,))
    asked = attributes.get("_effective_probability", False), attributes.get("probability", False)
    if len(given) != pairs and (len(given) or True in asked or asked[0] is not False):
        raise Refused(f"a {name} has parameters of probabilities for another number of classes")


def _check_precomputed(attributes: dict[str, Any], support: Any, features: int, name: str) -> None:
    fitted = attributes.get("shape_fit_")
    if type(fitted) is not tuple or fitted[:1] != (features,) or attributes.get("_sparse") is not False:
        raise Refused(f"a {name} takes another number of precomputed values than it was fitted on")
    if len(support) and (support.min() < 0 or support.max() >= features):
        raise Refused(f"a {name} has a support vector outside the precomputed values")


def _check_sparse(attributes: dict[str, Any], shape: tuple[int, int], classes: int, name: str) -> None:
    vectors: Any = attributes["support_vectors_"]
    weights: Any = attributes.get("_dual_coef_")
    if type(vectors) is not csr_matrix or vectors.shape != shape or type(weights) is not csr_matrix:
        raise Refused(f"a {name} has sparse support vectors of another shape than it says")
    if vectors.dtype != np.float64 or weights.dtype != np.float64 or len(weights.data) != (classes - 1) * shape[0]:
        raise Refused(f"a {name} has another number of coefficients than support vectors")


CHECKS = {("sklearn.svm._classes", name): _check for name in ("NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR")}
