"""Transformers that find the neighbours of a row among those they were fitted on, and make a graph or an embedding of them.

A graph is a sparse matrix of a column for each row they were fitted on; SciPy does not compare the numbers of neighbours with its width.
Distances in place of rows could have any number of columns, and are not served.
"""

from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.neighbors import check_neighbors
from iris_api.inference.decoding.values import integer


def _check_search(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if attributes.get("metric") == "precomputed":
        raise Refused(f"a {name} takes distances for rows")
    if "_fit_X" in attributes:
        check_neighbors(estimator)


def _check_embedding(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "nbrs_" not in attributes:
        return
    embedding = attributes.get("embedding_")
    if type(attributes["nbrs_"]) is not NearestNeighbors:
        raise Refused(f"a {name} finds its neighbours by something else than NearestNeighbors")
    if type(embedding) is not np.ndarray or embedding.ndim != 2 or embedding.dtype.kind != "f":
        raise Refused(f"a {name} has no embedding")
    columns = embedding.shape[1]
    integer(attributes.get("n_components"), f"the number of components of a {name}", columns, columns)


CHECKS = {
    ("sklearn.manifold._isomap", "Isomap"): _check_embedding,
    ("sklearn.manifold._locally_linear", "LocallyLinearEmbedding"): _check_embedding,
    ("sklearn.neighbors._graph", "KNeighborsTransformer"): _check_search,
    ("sklearn.neighbors._graph", "RadiusNeighborsTransformer"): _check_search,
    ("sklearn.neighbors._unsupervised", "NearestNeighbors"): _check_search,
}
