"""Estimators that take memory for what a number says: genuine ones pass; a number that is not that of what they hold is refused."""

import copy

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, BaggingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.decoding.class_counts import CHECKS, check_classes
from iris_api.inference.decoding.decode_errors import Refused

random = np.random.default_rng(31)
ROWS = random.normal(size=(60, 4))
LABELS = random.integers(3, size=60)
BOTH = np.c_[LABELS, LABELS > 1]
BAG = BaggingClassifier(n_estimators=3, max_features=0.5, random_state=0).fit(ROWS, LABELS)
ADA = AdaBoostClassifier(n_estimators=3).fit(ROWS, LABELS)
DUMMY = DummyClassifier().fit(ROWS, LABELS)
REGRESSING_BAG = BaggingRegressor(n_estimators=3, max_features=0.5, random_state=0).fit(ROWS, LABELS)
REGRESSING_ADA = AdaBoostRegressor(n_estimators=3).fit(ROWS, LABELS)
MEAN = DummyRegressor().fit(ROWS, BOTH)
PAIR = DecisionTreeClassifier().fit(ROWS, BOTH)
LINES = make_pipeline(StandardScaler(), LogisticRegression())


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


def changed(estimator, **attributes):
    made = copy.copy(estimator)
    vars(made).update(attributes)
    return made


GENUINE = {
    "bag of features": BAG,
    "bag of drawn features": BaggingClassifier(n_estimators=3, bootstrap_features=True).fit(ROWS, LABELS),
    "bag of lines": BaggingClassifier(LINES, n_estimators=2, max_features=2).fit(ROWS, LABELS),
    "bag of neighbours": BaggingClassifier(KNeighborsClassifier(), n_estimators=2).fit(ROWS, LABELS.astype(str)),
    "bag of few rows": BaggingClassifier(SVC(), n_estimators=4, max_samples=5, random_state=1).fit(ROWS, LABELS),
    "bag to be continued": BaggingClassifier(n_estimators=2, warm_start=True).fit(ROWS, LABELS).set_params(n_estimators=5),
    "bag not fitted": BaggingClassifier(),
    "boost": ADA,
    "boost of two classes": AdaBoostClassifier(n_estimators=3).fit(ROWS, LABELS > 0),
    "boost that fits at once": AdaBoostClassifier(DecisionTreeClassifier(), n_estimators=9).fit(ROWS, LABELS),
    "boost of lines": AdaBoostClassifier(LogisticRegression(), n_estimators=3).fit(ROWS, LABELS),
    "boost not fitted": AdaBoostClassifier(),
    **{f"dummy {strategy}": DummyClassifier(strategy=strategy).fit(ROWS, LABELS) for strategy in ("prior", "stratified", "uniform")},
    "dummy of a constant": DummyClassifier(strategy="constant", constant=1).fit(ROWS, LABELS),
    "dummy of two outputs": DummyClassifier().fit(ROWS, BOTH),
    "dummy not fitted": DummyClassifier(),
    "bag of regressors": REGRESSING_BAG,
    "boost of regressors": REGRESSING_ADA,
    "mean of two outputs": MEAN,
    "a constant": DummyRegressor(strategy="constant", constant=3).fit(ROWS, LABELS),
    "mean not fitted": DummyRegressor(),
}


@pytest.mark.parametrize("estimator", GENUINE.values(), ids=GENUINE)
def test_a_genuine_estimator_passes(estimator):
    check(estimator)


FORGED = {
    "many classes": changed(DUMMY, n_classes_=10**9),
    "no classes": changed(DUMMY, n_classes_=0, classes_=np.empty(0)),
    "classes of text": changed(DUMMY, n_classes_="3"),
    "a list of classes": changed(DUMMY, classes_=[0, 1, 2]),
    "a table of classes": changed(DUMMY, classes_=np.zeros((3, 1))),
    "no outputs": changed(DUMMY, n_outputs_=0),
    "many outputs": changed(DUMMY, n_outputs_=10**9),
    "a bag of many classes": changed(BAG, n_classes_=10**9),
    "a bag of no features": changed(BAG, n_features_in_=None),
    "a bag of fewer features": changed(BAG, n_features_in_=1),
    "a bag of a table": changed(BAG, n_estimators=np.ones((1000, 1, 1))),
    "a bag of a tuple": changed(BAG, estimators_=tuple(BAG.estimators_)),
    "a bag of fewer choices": changed(BAG, estimators_features_=BAG.estimators_features_[:2]),
    "a bag of longer choices": changed(BAG, estimators_features_=[np.arange(3)] * 3),
    "a bag of shorter choices": changed(BAG, estimators_features_=[np.arange(1)] * 3),
    "a bag of choices below zero": changed(BAG, estimators_features_=[np.array([0, -1])] * 3),
    "a bag of choices outside": changed(BAG, estimators_features_=[np.array([0, 4])] * 3),
    "a bag of choices that are no numbers": changed(BAG, estimators_features_=[np.array([0.0, 1.0])] * 3),
    "a boost of many classes": changed(ADA, n_classes_=10**9),
    "a boost of no list": changed(ADA, estimators_=None),
    "a boost of a table of weights": changed(ADA, estimator_weights_=np.ones((3, 1000, 1))),
    "a boost of no weights": changed(ADA, estimator_weights_=None),
    "a bag of regressors of choices outside": changed(REGRESSING_BAG, estimators_features_=[np.array([0, 4])] * 3),
    "a bag of regressors of longer choices": changed(REGRESSING_BAG, estimators_features_=[np.arange(3)] * 3),
    "a bag of regressors of no number": changed(REGRESSING_BAG, n_estimators=np.ones((1000, 1))),
    "a boost of regressors of no list": changed(REGRESSING_ADA, estimators_={}),
    "a boost of regressors of a table of weights": changed(REGRESSING_ADA, estimator_weights_=np.ones((3, 1000))),
    "a mean of many outputs": changed(MEAN, n_outputs_=10**9),
    "a mean of no outputs": changed(MEAN, n_outputs_=0),
    "a mean of text": changed(MEAN, constant_=np.full((1, 2), "a" * 1000)),
    "a mean of a list": changed(MEAN, constant_=[[1.0, 2.0]]),
    "a mean of a table": changed(MEAN, constant_=np.zeros((1000, 2))),
}


@pytest.mark.parametrize("estimator", FORGED.values(), ids=FORGED)
def test_a_number_that_is_not_that_of_what_is_held_is_refused(estimator):
    with pytest.raises(Refused, match=type(estimator).__name__):
        check(estimator)


def test_the_classes_of_each_output_are_counted():
    assert check_classes(PAIR) == [3, 2]
    assert check_classes(changed(PAIR, n_classes_=[3, 2])) == [3, 2]
    assert check_classes(DUMMY) == check_classes(ADA) == [3]


CHANGES = {
    "fewer counts": {"n_classes_": [3]},
    "other counts": {"n_classes_": [3, 3]},
    "more outputs": {"n_outputs_": 3},
    "one output": {"n_outputs_": 1},
    "labels of one": {"classes_": LABELS},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_outputs_that_do_not_agree_are_refused(change):
    with pytest.raises(Refused, match="DecisionTreeClassifier"):
        check_classes(changed(PAIR, **change))
