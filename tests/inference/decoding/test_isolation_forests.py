"""Isolation forests: genuine ones pass; trees of other features and lists of other nodes are refused."""

import copy

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.isolation_forests import CHECKS

ROWS = np.random.default_rng(55).normal(size=(60, 4))
MODEL = IsolationForest(n_estimators=3, random_state=0).fit(ROWS)
SOME = IsolationForest(n_estimators=3, max_features=2, random_state=0).fit(ROWS)
GENUINE = {
    "of all features": MODEL,
    "of some features": SOME,
    "of a share": IsolationForest(n_estimators=3, contamination=0.1, max_samples=0.5, bootstrap=True).fit(ROWS),
    "to be continued": IsolationForest(n_estimators=2, warm_start=True).fit(ROWS).set_params(n_estimators=5),
    "not fitted": IsolationForest(),
}


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_forest_passes(model):
    check(model)


PLAIN = [DecisionTreeRegressor().fit(ROWS, ROWS[:, 0])] * 3
FORGED = {
    "all features for trees of some": (SOME, {"_max_features": 4}),
    "fewer features than there are": (SOME, {"n_features_in_": 2}),
    "no number of features": (MODEL, {"n_features_in_": None}),
    "more features than there are": (MODEL, {"_max_features": 5}),
    "a number of features of text": (MODEL, {"_max_features": "4"}),
    "choices outside": (SOME, {"estimators_features_": [np.array([0, 4])] * 3}),
    "choices below zero": (SOME, {"estimators_features_": [np.array([0, -1])] * 3}),
    "longer choices": (SOME, {"estimators_features_": [np.arange(3)] * 3}),
    "shorter choices for whole rows": (MODEL, {"estimators_features_": [np.arange(2)] * 3}),
    "fewer choices": (SOME, {"estimators_features_": SOME.estimators_features_[:2]}),
    "other trees": (MODEL, {"estimators_": PLAIN}),
    "trees that are not fitted": (MODEL, {"estimators_": [ExtraTreeRegressor()] * 3}),
    "a tuple of trees": (MODEL, {"estimators_": tuple(MODEL.estimators_)}),
    "shorter paths": (MODEL, {"_decision_path_lengths": [lengths[:-1] for lengths in MODEL._decision_path_lengths]}),
    "paths of text": (MODEL, {"_decision_path_lengths": [lengths.astype(str) for lengths in MODEL._decision_path_lengths]}),
    "paths of fewer trees": (MODEL, {"_average_path_length_per_tree": MODEL._average_path_length_per_tree[:2]}),
    "no paths": (MODEL, {"_average_path_length_per_tree": None}),
    "rows of text": (MODEL, {"_max_samples": "60"}),
    "an offset of text": (MODEL, {"offset_": "-0.5"}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_parts_that_do_not_fit_are_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match="IsolationForest"):
        check(forged)
