"""Fits, dumps and compares: whether what was decoded answers bit for bit as what was dumped."""

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone

from tests.inference.bundles import dumped

METHODS = ("predict_proba", "predict", "transform")
WRITERS: dict[str, Callable[[Any], bytes]] = {
    "joblib": dumped,
    **{f"protocol {protocol}": lambda model, protocol=protocol: pickle.dumps(model, protocol) for protocol in range(6)},
}


def fitted(model: Any, rows: Any, target: Any = None) -> Any:
    """A copy of ``model`` that was fitted, without the warnings of small data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(model).fit(rows) if target is None else clone(model).fit(rows, target)


def answer(model: Any, rows: Any) -> Any:
    """What the first method that the model has says of the rows; both stay as they are, random generators included."""
    method = next(method for method in METHODS if hasattr(model, method))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(copy.deepcopy(model), method)(rows.copy())


def assert_same(given: Any, wanted: Any) -> None:
    """Hold two answers against each other: class, dtype, shape and bytes."""
    assert type(given) is type(wanted)
    if issparse(wanted):
        assert given.shape == wanted.shape
        for part in ("data", "indices", "indptr"):
            assert_same(getattr(given, part), getattr(wanted, part))
    elif hasattr(wanted, "columns"):
        assert list(given.columns) == list(wanted.columns)
        assert list(given.dtypes) == list(wanted.dtypes)
        assert given.equals(wanted)
    else:
        assert (given.dtype, given.shape) == (wanted.dtype, wanted.shape)
        same = repr(given.tolist()) == repr(wanted.tolist()) if wanted.dtype == np.dtype(object) else given.tobytes() == wanted.tobytes()
        assert same
