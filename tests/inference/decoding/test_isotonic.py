"""Isotonic regression: built again from thresholds that ascend."""

import numpy as np
import pytest
import sklearn
from sklearn.isotonic import IsotonicRegression

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.isotonic import CONSTRUCTORS
from tests.inference.bundles import dumped

CONSTRUCT = CONSTRUCTORS["sklearn.isotonic", "IsotonicRegression"]
X, Y = np.arange(9.0), np.array([0.0, 1, 0, 2, 3, 2, 5, 5, 6])
FITTED = {
    "clipped": IsotonicRegression(out_of_bounds="clip").fit(X, Y),
    "one threshold": IsotonicRegression(out_of_bounds="clip").fit([1.0, 1.0], [0.0, 1.0]),
    "of float32": IsotonicRegression(out_of_bounds="clip").fit(X.astype(np.float32), Y.astype(np.float32)),
}


@pytest.mark.parametrize("model", FITTED.values(), ids=FITTED)
def test_it_answers_as_before(model):
    rows = np.linspace(-1, 10, 50, dtype=np.float32)
    assert decode(dumped(model)).predict(rows).tobytes() == model.predict(rows).tobytes()


def test_one_that_is_not_fitted_stays_so():
    assert not hasattr(decode(dumped(IsotonicRegression())), "X_thresholds_")


FORGED = {
    "unequal lengths": (X, Y[1:]),
    "no thresholds": (X[:0], Y[:0]),
    "descending": (X[::-1].copy(), Y),
    "equal": (np.zeros(9), Y),
    "not finite": (X, np.full(9, np.nan)),
    "two dimensions": (X.reshape(3, 3), Y),
    "whole numbers": (X.astype(int), Y),
    "a list": (X.tolist(), Y),
    "one of them": (X, None),
}


@pytest.mark.parametrize(("x", "y"), FORGED.values(), ids=FORGED)
def test_thresholds_that_do_not_fit_are_refused(x, y):
    state = {"X_thresholds_": x, "y_thresholds_": y, "out_of_bounds": "clip", "_sklearn_version": sklearn.__version__}
    with pytest.raises(Refused, match="whose thresholds"):
        CONSTRUCT((), state)
