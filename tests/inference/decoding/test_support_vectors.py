"""Support vectors: genuine classifiers pass; sizes that do not agree are refused before libsvm reads by them."""

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import SVC, NuSVC

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.support_vectors import CHECKS

random = np.random.default_rng(15)
ROWS = random.normal(size=(60, 3))
LABELS = random.integers(3, size=60)
GRAM = ROWS @ ROWS.T
MODEL = SVC().fit(ROWS, LABELS)
SPARSE = SVC().fit(csr_matrix(ROWS), LABELS)
PRECOMPUTED = SVC(kernel="precomputed").fit(GRAM, LABELS)
GENUINE = {
    **{kernel: SVC(kernel=kernel).fit(ROWS, LABELS) for kernel in ("linear", "poly", "rbf", "sigmoid")},
    "two classes": SVC().fit(ROWS, LABELS > 0),
    "nu": NuSVC(nu=0.1).fit(ROWS, LABELS),
    "sparse": SPARSE,
    "precomputed": PRECOMPUTED,
    "not fitted": SVC(),
}


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_classifier_passes(model):
    check(model)


VECTORS = len(MODEL.support_)
FORGED = {
    "fewer vectors": (MODEL, {"support_vectors_": MODEL.support_vectors_[:-1].copy()}),
    "narrower vectors": (MODEL, {"support_vectors_": MODEL.support_vectors_[:, :2].copy()}),
    "vectors of 32 bits": (MODEL, {"support_vectors_": MODEL.support_vectors_.astype(np.float32)}),
    "fewer places": (MODEL, {"support_": MODEL.support_[:-1].copy()}),
    "more counts": (MODEL, {"_n_support": np.array([VECTORS, 0, 0, 0], np.int32)}),
    "counts of another sum": (MODEL, {"_n_support": np.array([VECTORS, 1, 0], np.int32)}),
    "counts below zero": (MODEL, {"_n_support": np.array([VECTORS + 1, -1, 0], np.int32)}),
    "counts that overflow": (MODEL, {"_n_support": np.array([2**31 - 1, 2**31 - 1, VECTORS + 2], np.int32)}),
    "one class": (MODEL, {"_n_support": np.array([VECTORS], np.int32)}),
    "fewer coefficients": (MODEL, {"_dual_coef_": MODEL._dual_coef_[:, :-1].copy()}),
    "a row of coefficients": (MODEL, {"_dual_coef_": MODEL._dual_coef_[:1].copy()}),
    "fewer intercepts": (MODEL, {"_intercept_": MODEL._intercept_[:2].copy()}),
    "odd probabilities": (MODEL, {"_probA": np.zeros(2)}),
    "no probabilities": (MODEL, {"probability": True, "_probA": np.zeros(0)}),
    "probabilities of text": (MODEL, {"_probB": "abc"}),
    "another kernel": (MODEL, {"kernel": "precomputed"}),
    "no kernel": (MODEL, {"kernel": None}),
    "sparse vectors that are none": (MODEL, {"_sparse": True}),
    "odd sparseness": (MODEL, {"_sparse": 1}),
    "no number of features": (MODEL, {"n_features_in_": None}),
    "more features": (MODEL, {"n_features_in_": 4}),
    "dense vectors": (SPARSE, {"_sparse": False}),
    "sparse vectors of more features": (SPARSE, {"n_features_in_": 4}),
    "fewer sparse coefficients": (SPARSE, {"_dual_coef_": csr_matrix(np.eye(3))}),
    "sparse coefficients of another type": (SPARSE, {"_dual_coef_": SPARSE._dual_coef_.astype(np.float32)}),
    "a place outside": (PRECOMPUTED, {"support_": PRECOMPUTED.support_ + 60}),
    "a place below zero": (PRECOMPUTED, {"support_": PRECOMPUTED.support_ - 60}),
    "another number of values": (PRECOMPUTED, {"shape_fit_": (61, 60)}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_sizes_that_do_not_agree_are_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused):
        check(forged)
