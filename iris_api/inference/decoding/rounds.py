"""Transformers that calculate in rounds when they transform: how many is a parameter, and a row can be made to take them all."""

from collections.abc import Callable
from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

MAX_ROUNDS = 100_000


def _check(*parameters: str) -> Callable[[Any], None]:
    def check(estimator: Any) -> None:
        attributes, name = vars(estimator), type(estimator).__name__
        for parameter in parameters:
            if attributes.get(parameter) is not None:
                integer(attributes[parameter], f"the number of rounds of {name}", 1, MAX_ROUNDS)

    return check


def _check_topics(estimator: Any) -> None:
    _rounds_of_topics(estimator)
    topics = vars(estimator).get("exp_dirichlet_component_")
    if topics is not None and (type(topics) is not np.ndarray or topics.ndim != 2 or topics.dtype.kind != "f" or not topics.size):
        raise Refused("a LatentDirichletAllocation has topics that are not a table of numbers")


_rounds_of_topics = _check("max_doc_update_iter")
_rounds_of_code = _check("transform_max_iter", "transform_n_nonzero_coefs")

CHECKS = {
    **{
        ("sklearn.decomposition._dict_learning", name): _rounds_of_code
        for name in ("DictionaryLearning", "MiniBatchDictionaryLearning", "SparseCoder")
    },
    ("sklearn.decomposition._lda", "LatentDirichletAllocation"): _check_topics,
    ("sklearn.decomposition._nmf", "MiniBatchNMF"): _check("max_iter", "transform_max_iter", "_transform_max_iter"),
    ("sklearn.decomposition._nmf", "NMF"): _check("max_iter"),
}
