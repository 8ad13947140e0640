"""Transformers that calculate in rounds when they transform: how many is a parameter, and a row can be made to take them all."""

from collections.abc import Callable
from typing import Any

from iris_api.inference.decoding.values import integer

MAX_ROUNDS = 100_000


def _check(*parameters: str) -> Callable[[Any], None]:
    def check(estimator: Any) -> None:
        attributes, name = vars(estimator), type(estimator).__name__
        for parameter in parameters:
            if attributes.get(parameter) is not None:
                integer(attributes[parameter], f"the number of rounds of {name}", 1, MAX_ROUNDS)

    return check


CHECKS = {
    ("sklearn.decomposition._nmf", "MiniBatchNMF"): _check("max_iter", "transform_max_iter", "_transform_max_iter"),
    ("sklearn.decomposition._nmf", "NMF"): _check("max_iter"),
}
