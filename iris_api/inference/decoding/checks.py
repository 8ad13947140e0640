"""Which finished objects are checked by whom, before compiled code walks their arrays."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from iris_api.inference.decoding.decode_errors import OddType, Refused
from iris_api.inference.decoding.names import Name

Check = Callable[[Any], None]
"""Gets a finished object, whose parts were checked before it; raises `Refused` if its parts do not agree with each other."""

_CHECKED_IN = {
    "lightgbm.sklearn": "lightgbm_models",
    "sklearn.cluster._affinity_propagation": "clusters",
    "sklearn.cluster._agglomerative": "function_calls",
    "sklearn.cluster._birch": "clusters",
    "sklearn.cluster._bisect_k_means": "clusters",
    "sklearn.cluster._kmeans": "clusters",
    "sklearn.cluster._mean_shift": "clusters",
    "sklearn.compose._column_transformer": "column_transformers",
    "sklearn.compose._target": "function_calls",
    "sklearn.covariance._elliptic_envelope": "covariances",
    "sklearn.decomposition._dict_learning": "rounds",
    "sklearn.decomposition._lda": "rounds",
    "sklearn.decomposition._nmf": "rounds",
    "sklearn.dummy": "class_counts",
    "sklearn.ensemble._bagging": "class_counts",
    "sklearn.ensemble._forest": "tree_ensembles",
    "sklearn.ensemble._gb": "tree_ensembles",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": "histogram_trees",
    "sklearn.ensemble._hist_gradient_boosting.predictor": "histogram_trees",
    "sklearn.ensemble._iforest": "isolation_forests",
    "sklearn.ensemble._stacking": "method_names",
    "sklearn.ensemble._weight_boosting": "class_counts",
    "sklearn.feature_extraction._dict_vectorizer": "vocabularies",
    "sklearn.feature_extraction._hash": "vocabularies",
    "sklearn.feature_extraction.text": "vocabularies",
    "sklearn.gaussian_process._gpr": "kernel_regressors",
    "sklearn.impute._base": "imputers",
    "sklearn.impute._iterative": "imputers",
    "sklearn.impute._knn": "imputers",
    "sklearn.kernel_approximation": "expansions",
    "sklearn.kernel_ridge": "kernel_regressors",
    "sklearn.manifold._isomap": "neighbor_graphs",
    "sklearn.manifold._locally_linear": "neighbor_graphs",
    "sklearn.model_selection._classification_threshold": "method_names",
    "sklearn.multioutput": "method_names",
    "sklearn.neighbors._classification": "neighbors",
    "sklearn.neighbors._graph": "neighbor_graphs",
    "sklearn.neighbors._lof": "neighbors",
    "sklearn.neighbors._regression": "neighbors",
    "sklearn.neighbors._unsupervised": "neighbor_graphs",
    "sklearn.preprocessing._encoders": "encoders",
    "sklearn.preprocessing._function_transformer": "function_calls",
    "sklearn.preprocessing._label": "label_sets",
    "sklearn.preprocessing._polynomial": "expansions",
    "sklearn.preprocessing._target_encoder": "encoders",
    "sklearn.svm._classes": "support_vectors",
    "sklearn.tree._classes": "tree_ensembles",
    "xgboost.sklearn": "xgboost_models",
}
"""For each module of a class, ours that has the table ``CHECKS``; it is imported only when it is needed."""


def check_structure(name: Name, instance: Any) -> None:
    """Check ``instance``, which was built as ``name``; classes whose answers do not come from compiled code need no check."""
    check = _check(name)
    if check is not None:
        try:
            check(instance)
        except (Refused, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - a value from the file can make any comparison raise anything
            raise OddType(name[1], error) from None


def is_checked(module: str) -> bool:
    """Whether instances of classes of ``module`` are checked here."""
    return module in _CHECKED_IN


@cache
def _check(name: Name) -> Check | None:
    module = _CHECKED_IN.get(name[0])
    table: dict[Name, Check] = {} if module is None else importlib.import_module(f"iris_api.inference.decoding.{module}").CHECKS
    return table.get(name)
