"""Estimators that call a method of another by a name they hold: only the methods that give answers may be called."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from iris_api.inference.decoding.decode_errors import Refused

_ANSWERING = frozenset({"predict", "predict_proba", "decision_function"})


def _check_stacking(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "stack_method_" not in attributes:
        return
    methods, members = attributes["stack_method_"], attributes.get("estimators_")
    if type(methods) is not list or not all(type(method) is str and method in _ANSWERING for method in methods):
        raise Refused(f"a {name} calls a method that gives no answers")
    if type(members) is not list or not all(isinstance(member, BaseEstimator) for member in members):
        raise Refused(f"a {name} has something else than estimators")


def _check_chain(estimator: Any) -> None:
    """Its members take turns in an order that NumPy inverts: numbers that occur twice would leave others unset."""
    attributes, name = vars(estimator), type(estimator).__name__
    members, order = attributes.get("estimators_"), attributes.get("order_")
    # scikit-learn asks a RegressorChain for this attribute too, which fitting never gives it
    if attributes.get("chain_method_", "predict") not in _ANSWERING | {"predict_log_proba"}:
        raise Refused(f"a {name} calls a method that gives no answers")
    if members is None and order is None:
        return
    if type(members) is not list or not all(isinstance(member, BaseEstimator) for member in members):
        raise Refused(f"a {name} has something else than estimators")
    numbers = order.tolist() if type(order) is np.ndarray and order.dtype.kind == "i" else order
    if type(numbers) is not list or not all(type(number) is int for number in numbers) or sorted(numbers) != list(range(len(members))):
        raise Refused(f"a {name} has not one place for each of its estimators")


def _check_threshold(estimator: Any) -> None:
    method = vars(estimator).get("response_method")
    if type(method) is not str or method not in _ANSWERING | {"auto"}:
        raise Refused(f"a {type(estimator).__name__} calls a method that gives no answers")


CHECKS = {
    ("sklearn.ensemble._stacking", "StackingClassifier"): _check_stacking,
    ("sklearn.ensemble._stacking", "StackingRegressor"): _check_stacking,
    ("sklearn.model_selection._classification_threshold", "FixedThresholdClassifier"): _check_threshold,
    ("sklearn.multioutput", "ClassifierChain"): _check_chain,
    ("sklearn.multioutput", "RegressorChain"): _check_chain,
}
