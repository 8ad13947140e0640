"""Regressors and detectors that ask neighbours, and the parameters of metrics, which compiled code reads by the size of the rows."""

import copy

import numpy as np
import pytest
from sklearn.neighbors import KDTree, KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, RadiusNeighborsRegressor

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.neighbors import CHECKS

random = np.random.default_rng(14)
ROWS = random.normal(size=(90, 3))
LABELS = random.integers(3, size=90)
CLASSIFIER = KNeighborsClassifier(algorithm="brute").fit(ROWS, LABELS)
REGRESSOR, DETECTOR = KNeighborsRegressor().fit(ROWS, LABELS), LocalOutlierFactor(5, novelty=True).fit(ROWS)
PARAMETERS = {"seuclidean": {"V": np.ones(3)}, "mahalanobis": {"VI": np.eye(3)}, "minkowski": {"w": np.ones(3)}}
MEASURING = {
    "numbers": REGRESSOR,
    "two numbers": KNeighborsRegressor(weights="distance").fit(ROWS, np.c_[LABELS, LABELS]),
    "numbers within a radius": RadiusNeighborsRegressor(2.0).fit(ROWS, LABELS),
    "outliers": DETECTOR,
    "outliers, not of new rows": LocalOutlierFactor(5).fit(ROWS),
    "not fitted": LocalOutlierFactor(),
    "numbers, not fitted": RadiusNeighborsRegressor(),
    **{
        metric: KNeighborsRegressor(algorithm="brute", metric=metric, metric_params=given).fit(ROWS, LABELS)
        for metric, given in PARAMETERS.items()
    },
    "a power": KNeighborsRegressor(p=3).fit(ROWS, LABELS),
    "a power without a tree": KNeighborsClassifier(algorithm="brute", p=1.5).fit(ROWS, LABELS),
    "cosine": KNeighborsRegressor(metric="cosine").fit(ROWS, LABELS),
}


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


@pytest.mark.parametrize("estimator", MEASURING.values(), ids=MEASURING)
def test_a_genuine_regressor_or_detector_passes(estimator):
    check(estimator)


MISTAKEN = {
    "fewer targets": (REGRESSOR, {"_y": LABELS[:-1]}),
    "targets of text": (REGRESSOR, {"_y": LABELS.astype(str)}),
    "targets of objects": (REGRESSOR, {"_y": LABELS.astype(object)}),
    "a list of targets": (REGRESSOR, {"_y": LABELS.tolist()}),
    "a block of targets": (REGRESSOR, {"_y": np.zeros((90, 1, 1))}),
    "wider rows of numbers": (REGRESSOR, {"_fit_X": np.zeros((90, 4))}),
    "more neighbours than numbers": (REGRESSOR, {"n_neighbors": 91}),
    "a tree of other rows than numbers": (REGRESSOR, {"_tree": KDTree(ROWS[:5])}),
    "targets within a radius, fewer": (MEASURING["numbers within a radius"], {"_y": LABELS[:-1]}),
    "fewer distances": (DETECTOR, {"_distances_fit_X_": DETECTOR._distances_fit_X_[:-1]}),
    "distances of fewer neighbours": (DETECTOR, {"_distances_fit_X_": DETECTOR._distances_fit_X_[:, :-1]}),
    "fewer densities": (DETECTOR, {"_lrd": DETECTOR._lrd[:-1]}),
    "densities of objects": (DETECTOR, {"_lrd": DETECTOR._lrd.astype(object)}),
    "more neighbours than rows": (DETECTOR, {"n_neighbors_": 91}),
    "no neighbours": (DETECTOR, {"n_neighbors_": 0}),
    "narrower rows of a detector": (DETECTOR, {"_fit_X": ROWS[:, :2].copy()}),
}


@pytest.mark.parametrize(("estimator", "change"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_regressor_or_detector_that_does_not_fit_is_refused(estimator, change):
    forged = copy.copy(estimator)
    vars(forged).update(change)
    with pytest.raises(Refused):
        check(forged)


ODD_METRICS = {
    "a smaller matrix": {"effective_metric_": "mahalanobis", "effective_metric_params_": {"VI": np.eye(2)}},
    "a matrix of whole numbers": {"effective_metric_": "mahalanobis", "effective_metric_params_": {"VI": np.eye(3, dtype=int)}},
    "fewer variances": {"effective_metric_": "seuclidean", "effective_metric_params_": {"V": np.ones(2)}},
    "more weights": {"effective_metric_": "minkowski", "effective_metric_params_": {"p": 3, "w": np.ones(4)}},
    "a power of text": {"effective_metric_": "minkowski", "effective_metric_params_": {"p": "3"}},
    "norms of fewer rows": {"effective_metric_params_": {"Y_norm_squared": np.zeros(1)}},
    "threads": {"effective_metric_params_": {"n_jobs": 10**6}},
    "no parameters": {"effective_metric_params_": None},
    "a function": {"effective_metric_": np.log1p},
    "no metric": {"effective_metric_": None},
}


@pytest.mark.parametrize("change", ODD_METRICS.values(), ids=ODD_METRICS)
@pytest.mark.parametrize("estimator", [CLASSIFIER, REGRESSOR, DETECTOR], ids=lambda estimator: type(estimator).__name__)
def test_a_metric_of_parameters_of_another_size_is_refused(estimator, change):
    forged = copy.copy(estimator)
    vars(forged).update(change)
    with pytest.raises(Refused, match="metric"):
        check(forged)
