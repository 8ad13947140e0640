"""Estimators that call a function which they hold: one of NumPy's elementwise ones with nothing but the values, or one of the user's."""

from functools import partial
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_array

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.own_names import is_own
from iris_api.inference.decoding.values import array, integer

FUNCTIONS = (
    np.absolute, np.cbrt, np.ceil, np.cos, np.exp, np.exp2, np.expm1, np.floor, np.log, np.log10, np.log1p, np.log2, np.rint, np.sign,
    np.sin, np.sqrt, np.square, np.tanh,
)  # fmt: skip
"""Functions of one array that give one of its shape."""
_POOLING = (np.mean, np.median, np.max, np.min)
_INVERTED = (FunctionTransformer, MaxAbsScaler, MinMaxScaler, PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler)


def _partial(arguments: tuple[Any, ...], state: Any) -> partial[Any]:
    """The one partial call that scikit-learn holds: how a boosting by histograms checks its numeric columns."""
    options = {"dtype": [np.float64], "ensure_all_finite": False}
    if len(arguments) != 1 or arguments[0] is not check_array or type(state) is not tuple or len(state) != 4:
        raise Refused("it has a partial call of another function than check_array")
    function, positional, given, attributes = state
    if function is not check_array or positional != () or type(given) is not dict or attributes not in (None, {}):
        raise Refused("it has a partial call of another function than check_array")
    if given.keys() != options.keys() or given["dtype"] != options["dtype"] or given["ensure_all_finite"] is not False:
        raise Refused("it has a partial call with other arguments than those of a boosting")
    return partial(check_array, **options)


def is_served(function: Any) -> bool:
    """Whether ``function`` is none at all, one of `FUNCTIONS`, one of the user's own, or the partial call that this module makes."""
    return function is None or type(function) is partial or is_own(function) or any(function is known for known in FUNCTIONS)


def _check_function_transformer(transformer: Any) -> None:
    attributes = vars(transformer)
    if not is_served(attributes.get("func")) or not is_served(attributes.get("inverse_func")):
        raise Refused("a FunctionTransformer calls another function than one of NumPy's elementwise ones")
    for function, name in (("func", "kw_args"), ("inverse_func", "inv_kw_args")):
        given, is_free = attributes.get(name), is_own(attributes.get(function))
        if given is not None and given != {} and not (is_free and type(given) is dict):
            raise Refused("a FunctionTransformer calls its function with arguments of its own")
    names = attributes.get("feature_names_out")
    if names not in (None, "one-to-one") and not is_own(names):
        raise Refused("a FunctionTransformer names its output by a function")


def _check_target_regressor(regressor: Any) -> None:
    """It calls ``inverse_transform`` of the one that it holds with the predictions."""
    attributes, what = vars(regressor), "a TransformedTargetRegressor"
    if not is_served(attributes.get("func")) or not is_served(attributes.get("inverse_func")):
        raise Refused(f"{what} calls another function than one of NumPy's elementwise ones")
    if "transformer_" not in attributes:
        return
    transformer = attributes["transformer_"]
    steps = [transformer]
    if type(transformer) is Pipeline:
        steps = [step for _, step in vars(transformer)["steps"]]
    if not all(type(step) in _INVERTED or is_own(step) for step in steps):
        raise Refused(f"{what} has a transformer of the target that is not served there")


def _check_pooling(agglomeration: Any) -> None:
    attributes, what = vars(agglomeration), "a FeatureAgglomeration"
    if not any(attributes.get("pooling_func") is function for function in _POOLING):
        raise Refused(f"{what} pools by another function than NumPy's mean, median, maximum or minimum")
    if "labels_" in attributes:
        features = integer(attributes.get("n_features_in_"), f"the number of features of {what}", 1)
        labels = array(attributes["labels_"], f"the labels of {what}", np.intp, (features,))
        if labels.min() < 0 or labels.max() >= features:
            raise Refused(f"{what} has more labels than features")


CONSTRUCTORS = {("functools", "partial"): _partial}
CHECKS = {
    ("sklearn.cluster._agglomerative", "FeatureAgglomeration"): _check_pooling,
    ("sklearn.compose._target", "TransformedTargetRegressor"): _check_target_regressor,
    ("sklearn.preprocessing._function_transformer", "FunctionTransformer"): _check_function_transformer,
}
