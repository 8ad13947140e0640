"""Support vectors: genuine machines pass; sizes that do not agree are refused before libsvm reads by them."""

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.support_vectors import CHECKS

random = np.random.default_rng(15)
ROWS = random.normal(size=(60, 3))
LABELS = random.integers(3, size=60)
GRAM = ROWS @ ROWS.T
MODEL = SVC().fit(ROWS, LABELS)
SPARSE = SVC().fit(csr_matrix(ROWS), LABELS)
PRECOMPUTED = SVC(kernel="precomputed").fit(GRAM, LABELS)
NUMBERS, SPARSE_NUMBERS = SVR().fit(ROWS, LABELS), SVR().fit(csr_matrix(ROWS), LABELS)
ONE_CLASS, PRECOMPUTED_NUMBERS = OneClassSVM().fit(ROWS), SVR(kernel="precomputed").fit(GRAM, LABELS)
GENUINE = {
    **{kernel: SVC(kernel=kernel).fit(ROWS, LABELS) for kernel in ("linear", "poly", "rbf", "sigmoid")},
    "two classes": SVC().fit(ROWS, LABELS > 0),
    "nu": NuSVC(nu=0.1).fit(ROWS, LABELS),
    "sparse": SPARSE,
    "precomputed": PRECOMPUTED,
    "not fitted": SVC(),
    "numbers": NUMBERS,
    "sparse numbers": SPARSE_NUMBERS,
    "precomputed numbers": PRECOMPUTED_NUMBERS,
    "nu of numbers": NuSVR(kernel="poly").fit(ROWS, LABELS),
    "no support vectors": SVR(epsilon=100).fit(ROWS, LABELS),
    "one class": ONE_CLASS,
    "sparse one class": OneClassSVM().fit(csr_matrix(ROWS)),
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
    "numbers of fewer vectors": (NUMBERS, {"support_vectors_": NUMBERS.support_vectors_[:-1].copy()}),
    "numbers of narrower vectors": (NUMBERS, {"support_vectors_": NUMBERS.support_vectors_[:, :2].copy()}),
    "numbers of more places": (NUMBERS, {"support_": np.arange(60, dtype=np.int32)}),
    "numbers of three classes": (NUMBERS, {"_n_support": np.array([1, 1, 1], np.int32)}),
    "numbers of one class": (NUMBERS, {"_n_support": np.array([1], np.int32)}),
    "numbers of fewer coefficients": (NUMBERS, {"_dual_coef_": NUMBERS._dual_coef_[:, :-1].copy()}),
    "numbers of no coefficients": (NUMBERS, {"_dual_coef_": NUMBERS._dual_coef_[:0].copy()}),
    "numbers of no intercept": (NUMBERS, {"_intercept_": np.empty(0)}),
    "numbers of dense vectors": (SPARSE_NUMBERS, {"_sparse": False}),
    "numbers of wider sparse vectors": (SPARSE_NUMBERS, {"n_features_in_": 4}),
    "numbers of fewer sparse coefficients": (SPARSE_NUMBERS, {"_dual_coef_": csr_matrix(np.eye(3))}),
    "numbers of a place outside": (PRECOMPUTED_NUMBERS, {"support_": PRECOMPUTED_NUMBERS.support_ + 60}),
    "numbers of other values": (PRECOMPUTED_NUMBERS, {"shape_fit_": (61, 60)}),
    "one class of fewer vectors": (ONE_CLASS, {"support_vectors_": ONE_CLASS.support_vectors_[:-1].copy()}),
    "one class of a kernel": (ONE_CLASS, {"kernel": "precomputed"}),
    "one class of no kernel": (ONE_CLASS, {"kernel": len}),
    "another number of values": (PRECOMPUTED, {"shape_fit_": (61, 60)}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_sizes_that_do_not_agree_are_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused):
        check(forged)
