"""Which constructor of ours stands for which name."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from iris_api.inference.decoding.decode_errors import LibraryMissing, OddType, Refused
from iris_api.inference.decoding.instances import make_instance
from iris_api.inference.decoding.names import PLAIN_CLASSES, Name, import_name

Constructor = Callable[[tuple[Any, ...], Any], Any]
"""Gets the arguments and the state (`ABSENT` if there is none), both built and not checked; returns the object or raises `Refused`."""

_MADE_IN = {
    "__builtin__": "protocol2",
    "_codecs": "protocol2",
    "builtins": "protocol2",
    "catboost.core": "catboost_models",
    "collections": "dictionaries",
    "functools": "function_calls",
    "lightgbm.basic": "lightgbm_models",
    "lightgbm.sklearn": "lightgbm_models",
    "numpy": "dtypes",
    "numpy._core.multiarray": "arrays",
    "numpy._core.numeric": "arrays",
    "numpy.random._pickle": "random_states",
    "numpy.random.bit_generator": "random_states",
    "pandas": "frame_labels",
    "pandas._libs.arrays": "frame_labels",
    "pandas.core.indexes.base": "frame_labels",
    "scipy.interpolate._bsplines": "splines",
    "scipy.sparse._csr": "sparse",
    "sklearn._loss._loss": "losses",
    "sklearn.cluster._bisect_k_means": "clusters",
    "sklearn.cluster._kmeans": "clusters",
    "sklearn.impute._iterative": "imputers",
    "sklearn.isotonic": "isotonic",
    "sklearn.linear_model._sgd_fast": "losses",
    "sklearn.metrics._dist_metrics": "neighbors",
    "sklearn.neighbors._ball_tree": "neighbors",
    "sklearn.neighbors._kd_tree": "neighbors",
    "sklearn.tree._tree": "decision_trees",
    "sklearn.utils._bunch": "instances",
    "xgboost.core": "xgboost_models",
    "xgboost.sklearn": "xgboost_models",
}
"""For each module that a pickle names, ours that has the table ``CONSTRUCTORS``; it is imported only when it is needed."""


def construct(name: Name, arguments: tuple[Any, ...], state: Any) -> Any:
    """The object of that name.

    Raises
    ------
    Refused
        If the arguments or the state are not those of such an object.
    """
    try:
        return _constructor(name)(arguments, state)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a value from the file can make any comparison raise anything
        raise OddType(name[1], error) from None


@cache
def _constructor(name: Name) -> Constructor:
    if name in PLAIN_CLASSES:
        return make_instance(import_name(name))
    module = _MADE_IN.get(name[0])
    table = {} if module is None else _table(module)
    if name not in table:
        raise Refused(f"it calls {name[1]}")
    return table[name]


def _table(module: str) -> dict[Name, Constructor]:
    try:
        table: dict[Name, Constructor] = importlib.import_module(f"iris_api.inference.decoding.{module}").CONSTRUCTORS
    except ModuleNotFoundError as error:
        raise LibraryMissing(str(error.name)) from None
    return table
