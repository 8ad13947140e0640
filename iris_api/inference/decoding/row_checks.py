"""Compares the number of features where scikit-learn does not, so that an estimator inside another never reads beyond a row."""

from typing import Any

_RADIUS = ("sklearn.neighbors._classification", "RadiusNeighborsClassifier")


def add_row_check(estimator: Any) -> None:
    """Give ``estimator`` the check that its class lacks; the answers stay as they are.

    ``RadiusNeighborsClassifier.predict_proba`` of scikit-learn 1.9 hands rows of any width to compiled code, which takes those it was
    fitted on to be as wide.
    """
    kind = type(estimator)
    if (kind.__module__, kind.__name__) == _RADIUS:
        estimator.__class__ = _checked(kind)


def _checked(kind: Any) -> Any:
    from sklearn.utils.validation import _check_n_features

    def predict_proba(self: Any, X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        if self.metric != "precomputed":
            _check_n_features(self, X, reset=False)
        return kind.predict_proba(self, X)

    return type(kind.__name__, (kind,), {"predict_proba": predict_proba, "__doc__": kind.__doc__})
