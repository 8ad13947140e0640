"""Imputers: one value is missing, neighbours are found by one metric, and rounds are steps."""

import copy

import numpy as np
import pytest
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes IterativeImputer importable
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.impute._iterative import _ImputerTriplet
from sklearn.linear_model import BayesianRidge

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.imputers import CHECKS, CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT
from tests.inference.decoding.comparisons import fitted
from tests.inference.decoding.zoo import ABSENT_CITIES, GAPS

SIMPLE, NEAR, WHERE = SimpleImputer().fit(GAPS), KNNImputer().fit(GAPS), MissingIndicator().fit(GAPS)
ROUNDS = fitted(IterativeImputer(max_iter=2), GAPS)
TEXTS = SimpleImputer(strategy="most_frequent", missing_values=None).fit(ABSENT_CITIES)


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", [SIMPLE, NEAR, WHERE, ROUNDS, TEXTS, KNNImputer(), IterativeImputer(), SimpleImputer(missing_values=-1)])
def test_a_genuine_one_passes(model):
    check(model)


@pytest.mark.parametrize("value", [np.zeros((10, 1, 1)), [np.nan], (1,), {}], ids=repr)
@pytest.mark.parametrize("model", [SIMPLE, NEAR, WHERE, ROUNDS], ids=lambda model: type(model).__name__)
def test_what_is_missing_is_one_value(model, value):
    forged = copy.copy(model)
    forged.missing_values = value
    with pytest.raises(Refused, match=f"a {type(model).__name__} has something else than one value"):
        check(forged)


@pytest.mark.parametrize("dtype", ["U9", np.dtype("U1000000"), np.dtype("S9"), None, float], ids=repr)
@pytest.mark.parametrize("name", ["_fit_dtype", "_fill_dtype"])
def test_what_is_imputed_is_numbers_or_objects(name, dtype):
    forged = copy.copy(SIMPLE)
    vars(forged)[name] = dtype
    with pytest.raises(Refused, match="a SimpleImputer has a dtype"):
        check(forged)


FORGED = {
    "another metric": {"metric": "precomputed"},
    "a metric by a function": {"metric": np.sqrt},
    "weights by a function": {"weights": np.sqrt},
    "no neighbours": {"n_neighbors": 0},
    "neighbours of text": {"n_neighbors": "5"},
    "rows of objects": {"_fit_X": GAPS.astype(object)},
    "rows of a list": {"_fit_X": GAPS.tolist()},
    "rows of one dimension": {"_fit_X": GAPS[0]},
    "a mask of fewer rows": {"_mask_fit_X": np.isnan(GAPS)[1:]},
    "a mask of fewer columns": {"_valid_mask": np.ones(3, bool)},
    "no mask": {"_valid_mask": None},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_neighbours_are_found_by_one_metric(change):
    forged = copy.copy(NEAR)
    vars(forged).update(change)
    with pytest.raises(Refused, match="a KNNImputer"):
        check(forged)


@pytest.mark.parametrize("steps", [None, [1], tuple(ROUNDS.imputation_sequence_), [tuple(ROUNDS.imputation_sequence_[0])]])
def test_rounds_are_steps(steps):
    forged = copy.copy(ROUNDS)
    forged.imputation_sequence_ = steps
    with pytest.raises(Refused, match="no list of steps"):
        check(forged)


def test_a_step_is_made_of_a_feature_others_and_an_estimator():
    (make,) = CONSTRUCTORS.values()
    step = make((1, np.array([0, 2]), BayesianRidge()), ABSENT)
    assert type(step) is _ImputerTriplet
    for arguments in (
        (),
        (1, np.array([0])),
        ("1", np.array([0]), None),
        (1, [0], None),
        (1, np.array([0.5]), None),
        (-1, np.array([0]), None),
    ):
        with pytest.raises(Refused, match="a step of an IterativeImputer"):
            make(arguments, ABSENT)
    with pytest.raises(Refused, match="has a state"):
        make((1, np.array([0]), None), {})
