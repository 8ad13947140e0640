"""Estimators that take memory for as many classes, outputs or trees as a number says: it must be that of what they hold.

=========================================== =============================================================================
function                                    what it takes for each row
=========================================== =============================================================================
``DummyClassifier.predict_proba``           ``n_classes_`` numbers; none at all where ``n_outputs_`` is 0
``ForestClassifier.predict_proba``          ``n_classes_`` numbers
``BaggingClassifier.predict_proba``         ``n_classes_`` numbers; columns ``estimators_features_``, on which its trees were fitted
``AdaBoostClassifier.decision_function``    as many numbers as ``estimator_weights_`` broadcasts to
``DecisionTreeClassifier.predict``          ``n_outputs_`` labels
``DummyRegressor.predict``                  ``n_outputs_`` numbers
=========================================== =============================================================================
"""

from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer


def check_classes(estimator: Any) -> list[int]:
    """The number of classes of each output; refused where ``classes_``, ``n_classes_`` and ``n_outputs_`` do not agree."""
    attributes, name = vars(estimator), type(estimator).__name__
    outputs = integer(attributes.get("n_outputs_", 1), f"the number of outputs of a {name}", 1)
    classes, counts = attributes.get("classes_"), attributes.get("n_classes_")
    if outputs == 1:
        classes, counts = [classes], [counts]
    elif type(counts) is np.ndarray:
        counts = counts.tolist()
    if type(classes) is not list or type(counts) is not list or not len(classes) == len(counts) == outputs:
        raise Refused(f"a {name} has another number of outputs than of classes")
    return [_length(labels, count, name) for labels, count in zip(classes, counts, strict=True)]


def _length(labels: Any, count: Any, name: str) -> int:
    if type(labels) is not np.ndarray or labels.ndim != 1 or not len(labels):
        raise Refused(f"a {name} has classes that are not a row of labels")
    if integer(count, f"the number of classes of a {name}", 1) != len(labels):
        raise Refused(f"a {name} has another number of classes than labels")
    return len(labels)


def _check_dummy(estimator: Any) -> None:
    if "classes_" in vars(estimator):
        check_classes(estimator)


def _check_dummy_regressor(estimator: Any) -> None:
    attributes = vars(estimator)
    if "constant_" in attributes:
        outputs, constant = integer(attributes.get("n_outputs_"), "the number of outputs of a DummyRegressor", 1), attributes["constant_"]
        if type(constant) is not np.ndarray or constant.shape != (1, outputs) or constant.dtype.kind not in "biuf":
            raise Refused("a DummyRegressor has another number of outputs than constants")


def _check_bagging(estimator: Any) -> None:
    if "estimators_" in vars(estimator):
        check_classes(estimator)
        check_choices(estimator)


def check_choices(estimator: Any) -> None:
    """Refuse an ensemble, fitted or not, whose members take other features than were chosen for them, or more than it has."""
    attributes, name = vars(estimator), type(estimator).__name__
    if "estimators_" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    integer(attributes.get("n_estimators"), f"the number of estimators of a {name}", 1)
    members, chosen = attributes["estimators_"], attributes.get("estimators_features_")
    if type(members) is not list or type(chosen) is not list or len(members) != len(chosen):
        raise Refused(f"a {name} has not one choice of features for each estimator")
    for member, columns in zip(members, chosen, strict=True):
        array(columns, f"the features that a {name} chooses", np.intp, (None,))
        if columns.min(initial=0) < 0 or columns.max(initial=0) >= features:
            raise Refused(f"a {name} chooses a feature that it does not have")
        if vars(member).get("n_features_in_", len(columns)) != len(columns):
            raise Refused(f"a {name} has an estimator that takes another number of features")


def _check_ada_boost(estimator: Any) -> None:
    if "estimators_" in vars(estimator):
        check_classes(estimator)
        _check_weights(estimator)


def _check_weights(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "estimators_" not in attributes:
        return
    if type(attributes["estimators_"]) is not list:
        raise Refused(f"an {name} has no list of estimators")
    array(attributes.get("estimator_weights_"), f"the weights of an {name}", np.float64, (None,))


CHECKS = {
    ("sklearn.dummy", "DummyClassifier"): _check_dummy,
    ("sklearn.dummy", "DummyRegressor"): _check_dummy_regressor,
    ("sklearn.ensemble._bagging", "BaggingClassifier"): _check_bagging,
    ("sklearn.ensemble._bagging", "BaggingRegressor"): check_choices,
    ("sklearn.ensemble._weight_boosting", "AdaBoostClassifier"): _check_ada_boost,
    ("sklearn.ensemble._weight_boosting", "AdaBoostRegressor"): _check_weights,
}
