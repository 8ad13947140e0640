"""Names of methods: only those that give answers are called."""

import copy

import numpy as np
import pytest
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multioutput import ClassifierChain, RegressorChain

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.method_names import CHECKS

ROWS, LABELS = [[0.0], [1.0], [2.0], [3.0]] * 5, [0, 0, 1, 1] * 5
STACK = StackingClassifier([("line", LogisticRegression())]).fit(ROWS, LABELS)
NUMBERS = StackingRegressor([("line", Ridge())]).fit(ROWS, LABELS)
PAIRS = np.c_[LABELS, LABELS[::-1]]
CHAIN, NUMBER_CHAIN = ClassifierChain(LogisticRegression()).fit(ROWS, PAIRS), RegressorChain(Ridge(), order=[1, 0]).fit(ROWS, PAIRS)
THRESHOLD = FixedThresholdClassifier(LogisticRegression()).fit(ROWS, LABELS)


def check(estimator, **attributes):
    changed = copy.copy(estimator)
    vars(changed).update(attributes)
    CHECKS[type(changed).__module__, type(changed).__name__](changed)


def test_genuine_estimators_pass():
    check(STACK)
    check(StackingClassifier([]))
    check(NUMBERS)
    check(CHAIN)
    check(ClassifierChain(LogisticRegression(), chain_method=["predict_proba", "predict"]).fit(ROWS, PAIRS))
    check(NUMBER_CHAIN)
    check(RegressorChain(Ridge(), order="random", random_state=0).fit(ROWS, PAIRS))
    check(RegressorChain(Ridge()))
    for method in ("auto", "predict_proba", "decision_function"):
        check(THRESHOLD, response_method=method)


@pytest.mark.parametrize("method", ["fit", "set_params", "_predict_proba_lr", "", None, ["predict"]], ids=repr)
def test_no_other_method_is_called(method):
    with pytest.raises(Refused, match="calls a method that gives no answers"):
        check(STACK, stack_method_=[method])
    with pytest.raises(Refused, match="calls a method that gives no answers"):
        check(NUMBERS, stack_method_=[method])
    with pytest.raises(Refused, match="calls a method that gives no answers"):
        check(THRESHOLD, response_method=method)


@pytest.mark.parametrize("members", [None, [[]], ("a",), [print]], ids=repr)
def test_only_estimators_are_stacked(members):
    with pytest.raises(Refused, match="something else than estimators"):
        check(STACK, estimators_=members)


@pytest.mark.parametrize("chain", [CHAIN, NUMBER_CHAIN], ids=lambda chain: type(chain).__name__)
def test_a_chain_calls_no_other_method_than_those_that_give_answers(chain):
    for method in ("fit", "set_params", "__init__", "", None, 1):
        with pytest.raises(Refused, match="calls a method that gives no answers"):
            check(chain, chain_method_=method)


ORDERS = [[0, 0], [0], [0, 2], [-1, 0], [0.0, 1.0], [True, False], (0, 1), np.array([0.0, 1.0]), np.array([[0, 1]]), "01", None]


@pytest.mark.parametrize("order", ORDERS, ids=repr)
def test_a_chain_has_one_place_for_each_of_its_estimators(order):
    for chain in (CHAIN, NUMBER_CHAIN):
        with pytest.raises(Refused, match="has not one place for each of its estimators"):
            check(chain, order_=order)


@pytest.mark.parametrize("members", [None, [[], []], (Ridge(), Ridge()), [print, print]], ids=repr)
def test_a_chain_is_made_of_estimators(members):
    with pytest.raises(Refused, match="something else than estimators"):
        check(NUMBER_CHAIN, estimators_=members)
