"""Names of methods: only those that give answers are called."""

import copy

import pytest
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.method_names import CHECKS

ROWS, LABELS = [[0.0], [1.0], [2.0], [3.0]] * 5, [0, 0, 1, 1] * 5
STACK = StackingClassifier([("line", LogisticRegression())]).fit(ROWS, LABELS)
THRESHOLD = FixedThresholdClassifier(LogisticRegression()).fit(ROWS, LABELS)


def check(estimator, **attributes):
    changed = copy.copy(estimator)
    vars(changed).update(attributes)
    CHECKS[type(changed).__module__, type(changed).__name__](changed)


def test_genuine_estimators_pass():
    check(STACK)
    check(StackingClassifier([]))
    for method in ("auto", "predict_proba", "decision_function"):
        check(THRESHOLD, response_method=method)


@pytest.mark.parametrize("method", ["fit", "set_params", "_predict_proba_lr", "", None, ["predict"]], ids=repr)
def test_no_other_method_is_called(method):
    with pytest.raises(Refused, match="calls a method that gives no answers"):
        check(STACK, stack_method_=[method])
    with pytest.raises(Refused, match="calls a method that gives no answers"):
        check(THRESHOLD, response_method=method)


@pytest.mark.parametrize("members", [None, [[]], ("a",), [print]], ids=repr)
def test_only_estimators_are_stacked(members):
    with pytest.raises(Refused, match="something else than estimators"):
        check(STACK, estimators_=members)
