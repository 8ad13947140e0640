"""Isotonic regression, whose interpolation is not pickled: its own class builds it again from two checked arrays."""

from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.instances import make_instance

_make = make_instance(IsotonicRegression)


def _isotonic_regression(arguments: tuple[Any, ...], state: Any) -> Any:
    made = _make(arguments, state)
    x, y = vars(made).get("X_thresholds_"), vars(made).get("y_thresholds_")
    if x is not None or y is not None:
        made._build_f(*_thresholds(x, y))  # noqa: SLF001 - what its __setstate__ does
    return made


def _thresholds(x: Any, y: Any) -> tuple[Any, Any]:
    for values in (x, y):
        if type(values) is not np.ndarray or values.ndim != 1 or values.dtype.kind != "f" or not np.isfinite(values).all():
            raise Refused("it has an IsotonicRegression whose thresholds are not a row of finite numbers")
    if len(x) != len(y) or len(x) == 0 or (np.diff(x) <= 0).any():
        raise Refused("it has an IsotonicRegression whose thresholds do not ascend")
    return x, y


CONSTRUCTORS = {("sklearn.isotonic", "IsotonicRegression"): _isotonic_regression}
