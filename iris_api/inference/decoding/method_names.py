"""Estimators that call a method of another by a name they hold: only the methods that give answers may be called."""

from typing import Any

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


def _check_threshold(estimator: Any) -> None:
    method = vars(estimator).get("response_method")
    if type(method) is not str or method not in _ANSWERING | {"auto"}:
        raise Refused(f"a {type(estimator).__name__} calls a method that gives no answers")


CHECKS = {
    ("sklearn.ensemble._stacking", "StackingClassifier"): _check_stacking,
    ("sklearn.model_selection._classification_threshold", "FixedThresholdClassifier"): _check_threshold,
}
