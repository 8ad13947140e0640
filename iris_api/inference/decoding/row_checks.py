"""Compares sizes where scikit-learn does not, so that compiled code reads and writes only what a row and its answer have."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_n_features, _num_samples


def _predict_proba_of_neighbors(kind: Any) -> dict[str, Any]:
    """``RadiusNeighborsClassifier`` hands rows of any width to compiled code, which takes those it was fitted on to be as wide."""

    def predict_proba(self: Any, X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        if self.metric != "precomputed":
            _check_n_features(self, X, reset=False)
        return kind.predict_proba(self, X)

    return {"predict_proba": predict_proba}


def _start_of_boosting(kind: Any) -> dict[str, Any]:
    """Gradient boosting adds to what its start gives, row by row and column by column, whatever shape that has."""

    def _raw_predict_init(self: Any, X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        start = kind._raw_predict_init(self, X)  # noqa: SLF001 - the method that is extended
        expected = X.shape[0], self.estimators_.shape[1]
        if start.shape != expected:
            raise ValueError(f"the init_ of {kind.__name__} gives an array of the shape {start.shape} where {expected} is needed")
        return start

    return {"_raw_predict_init": _raw_predict_init}


def _columns_of_boosting(kind: Any) -> dict[str, Any]:
    """Boosting by histograms hands what its preprocessor gives to compiled code, which takes it to have a column for each feature."""

    def _predict_iterations(self: Any, X: Any, *arguments: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        features = len(self._bin_mapper.is_categorical_)
        if X.ndim != 2 or X.shape[1] != features:
            raise ValueError(
                f"the preprocessor of {kind.__name__} gives an array of the shape {X.shape} where {features} columns are needed"
            )
        return kind._predict_iterations(self, X, *arguments)  # noqa: SLF001 - the method that is extended

    return {"_predict_iterations": _predict_iterations}


def _predict_of_one_vs_rest(kind: Any) -> dict[str, Any]:
    """``OneVsRestClassifier`` numbers the rows of a sparse matrix by the answers of its members, however many each gives."""
    from scipy.sparse import csc_array
    from sklearn.multiclass import _predict_binary, _threshold_for_binary_predict

    def predict(self: Any, X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        if self.label_binarizer_.y_type_ == "multiclass":
            return kind.predict(self, X)
        rows, threshold = _num_samples(X), _threshold_for_binary_predict(self.estimators_[0])
        answers = [np.asarray(_predict_binary(member, X) > threshold) for member in self.estimators_]
        if any(answer.shape != (rows,) for answer in answers):
            raise ValueError(f"a member of {kind.__name__} gives another number of answers than one for each of the {rows} rows")
        return self.label_binarizer_.inverse_transform(csc_array(np.column_stack(answers).astype(int)))

    return {"predict": predict}


_HISTOGRAMS = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
_CHECKED: dict[tuple[str, str], Callable[[Any], dict[str, Any]]] = {
    ("sklearn.ensemble._gb", "GradientBoostingClassifier"): _start_of_boosting,
    ("sklearn.ensemble._gb", "GradientBoostingRegressor"): _start_of_boosting,
    (_HISTOGRAMS, "HistGradientBoostingClassifier"): _columns_of_boosting,
    (_HISTOGRAMS, "HistGradientBoostingRegressor"): _columns_of_boosting,
    ("sklearn.multiclass", "OneVsRestClassifier"): _predict_of_one_vs_rest,
    ("sklearn.neighbors._classification", "RadiusNeighborsClassifier"): _predict_proba_of_neighbors,
}


def add_row_check(estimator: Any) -> None:
    """Give ``estimator`` the check that its class of scikit-learn 1.9 lacks; the answers stay as they are, and so does its pickle."""
    kind = type(estimator)
    validates_itself = kind.__module__ == _HISTOGRAMS and vars(estimator).get("_preprocessor") is None
    if (kind.__module__, kind.__name__) in _CHECKED and not validates_itself:
        estimator.__class__ = _checked(kind)


def _checked(kind: Any) -> Any:
    def reduce(self: Any, protocol: Any) -> Any:
        plain = object.__new__(kind)
        vars(plain).update(vars(self))
        return plain.__reduce_ex__(protocol)

    # pickle compares the class in what reduce gives with __class__
    pickled = {"__reduce_ex__": reduce, "__class__": property(lambda _self: kind)}
    methods = _CHECKED[kind.__module__, kind.__name__](kind)
    return type(kind.__name__, (kind,), {"__doc__": kind.__doc__, **pickled, **methods})
