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
    "sklearn.decomposition._nmf": "rounds",
    "sklearn.dummy": "class_counts",
    "sklearn.ensemble._bagging": "class_counts",
    "sklearn.ensemble._forest": "tree_ensembles",
    "sklearn.ensemble._gb": "tree_ensembles",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": "histogram_trees",
    "sklearn.ensemble._hist_gradient_boosting.predictor": "histogram_trees",
    "sklearn.ensemble._stacking": "method_names",
    "sklearn.ensemble._weight_boosting": "class_counts",
    "sklearn.model_selection._classification_threshold": "method_names",
    "sklearn.neighbors._classification": "neighbors",
    "sklearn.preprocessing._encoders": "encoders",
    "sklearn.svm._classes": "support_vectors",
    "sklearn.tree._classes": "tree_ensembles",
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


@cache
def _check(name: Name) -> Check | None:
    module = _CHECKED_IN.get(name[0])
    table: dict[Name, Check] = {} if module is None else importlib.import_module(f"iris_api.inference.decoding.{module}").CHECKS
    return table.get(name)
