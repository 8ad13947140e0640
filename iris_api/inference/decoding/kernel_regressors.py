"""Regressors that compare rows by a kernel which they hold: the name of one or one of a process, never a function.

A process that was not fitted takes memory for as many targets as it says.
"""

from typing import Any

import numpy as np
from sklearn.gaussian_process.kernels import Kernel

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

MAX_TARGETS = 1000


def _check_ridge(estimator: Any) -> None:
    attributes, name = vars(estimator), "KernelRidge"
    if not isinstance(attributes.get("kernel"), str | Kernel) or attributes.get("kernel_params") not in (None, {}):
        raise Refused(f"a {name} has a function for its kernel, or parameters for one")
    if "X_fit_" in attributes:
        features, rows = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1), attributes["X_fit_"]
        if type(rows) is np.ndarray and (rows.dtype.kind not in "biuf" or rows.ndim != 2 or rows.shape[1] != features):
            raise Refused(f"a {name} has rows of another number of features")


def _check_process(estimator: Any) -> None:
    targets, kernels = vars(estimator).get("n_targets"), [vars(estimator).get(name) for name in ("kernel", "kernel_")]
    if not all(kernel is None or isinstance(kernel, Kernel) for kernel in kernels):
        raise Refused("a GaussianProcessRegressor has something else than a kernel")
    if targets is not None:
        integer(targets, "the number of targets of a GaussianProcessRegressor", 1, MAX_TARGETS)


CHECKS = {
    ("sklearn.gaussian_process._gpr", "GaussianProcessRegressor"): _check_process,
    ("sklearn.kernel_ridge", "KernelRidge"): _check_ridge,
}
