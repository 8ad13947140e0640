"""Regressors by a kernel: it has a name or belongs to a process; functions, rows of another width and many targets are refused."""

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_selection import chi2
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.kernel_regressors import CHECKS

ROWS = np.random.default_rng(56).uniform(size=(30, 3))
MODEL = KernelRidge(kernel="poly").fit(ROWS, ROWS[:, 0])
PROCESS = GaussianProcessRegressor(optimizer=None).fit(ROWS, ROWS[:, 0])
GENUINE = {
    "process": PROCESS,
    "process of noise": GaussianProcessRegressor(RBF() + WhiteKernel(), optimizer=None).fit(ROWS, ROWS[:, :2]),
    "process of two targets, not fitted": GaussianProcessRegressor(n_targets=2),
    "named": MODEL,
    "of a process": KernelRidge(kernel=RBF()).fit(ROWS, ROWS[:, 0]),
    "precomputed": KernelRidge(kernel="precomputed").fit(ROWS @ ROWS.T, ROWS[:, 0]),
    "of sparse rows": KernelRidge().fit(csr_matrix(ROWS), ROWS[:, 0]),
    "not fitted": KernelRidge(),
}


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_regressor_passes(model):
    check(model)


FORGED = {
    "a function": {"kernel": chi2},
    "a function of numpy": {"kernel": np.log1p, "kernel_params": {"out": ROWS}},
    "no kernel": {"kernel": None},
    "parameters": {"kernel_params": {"n_jobs": 10**6}},
    "wider rows": {"X_fit_": np.zeros((30, 4))},
    "rows of objects": {"X_fit_": ROWS.astype(object)},
    "no number of features": {"n_features_in_": None},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_does_not_fit_is_refused(change):
    forged = copy.copy(MODEL)
    vars(forged).update(change)
    with pytest.raises(Refused, match="KernelRidge"):
        check(forged)


PROCESSES = {
    "a function": {"kernel_": np.log1p},
    "a name": {"kernel": "rbf"},
    "many targets": {"n_targets": 10**9},
    "no targets": {"n_targets": 0},
    "a text of targets": {"n_targets": "2"},
}


@pytest.mark.parametrize("change", PROCESSES.values(), ids=PROCESSES)
def test_a_process_that_does_not_fit_is_refused(change):
    forged = copy.copy(PROCESS)
    vars(forged).update(change)
    with pytest.raises(Refused, match="GaussianProcessRegressor"):
        check(forged)
