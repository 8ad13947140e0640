"""Estimators made of decision trees: every tree takes as many features as the estimator's own validation lets through.

A tree's ``predict_proba`` validates its input unless a forest asks it, and ``predict_stages`` of gradient boosting writes
``out[row, k]`` for every column ``k`` of ``estimators_``; neither compares the sizes. What a gradient boosting starts from has the
shape of ``out`` only in answers; `iris_api.inference.decoding.row_checks` compares these.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from sklearn.tree._tree import Tree

from iris_api.inference.decoding.class_counts import check_classes
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

_REGRESSORS = (DecisionTreeRegressor, ExtraTreeRegressor, ExtraTreesRegressor, RandomForestRegressor)


def _check_tree(estimator: Any) -> None:
    """A single tree, fitted or not."""
    attributes, name = vars(estimator), type(estimator).__name__
    if "tree_" in attributes:
        features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
        if type(attributes["tree_"]) is not Tree or attributes["tree_"].n_features != features:
            raise Refused(f"a {name} takes another number of features than its tree")
        if _sizes(estimator, attributes["tree_"].n_outputs) != attributes["tree_"].n_classes.tolist():
            raise Refused(f"a {name} has another number of classes than its tree")


def _sizes(estimator: Any, outputs: int) -> list[int]:
    """How many values a tree of ``estimator`` has for each of its ``outputs``: one a class, or one number."""
    if type(estimator) not in _REGRESSORS:
        return check_classes(estimator)
    return [1] * integer(vars(estimator).get("n_outputs_"), f"the number of outputs of a {type(estimator).__name__}", 1, outputs)


def _check_forest(kind: type) -> Any:
    def check(estimator: Any) -> None:
        attributes, name = vars(estimator), type(estimator).__name__
        if "estimators_" in attributes:
            features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
            _check_members(attributes["estimators_"], kind, features, name)
            sizes = _sizes(estimator, attributes["estimators_"][0].tree_.n_outputs)
            if any(member.tree_.n_classes.tolist() != sizes for member in attributes["estimators_"]):
                raise Refused(f"a {name} has another number of classes than its trees")
            integer(attributes.get("n_estimators"), f"the number of estimators of a {name}", 1)

    return check


def _check_embedding(estimator: Any) -> None:
    """It numbers the leaves of its trees, which its one-hot encoder then looks up."""
    attributes, name = vars(estimator), type(estimator).__name__
    if "estimators_" in attributes:
        features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
        _check_members(attributes["estimators_"], ExtraTreeRegressor, features, name)
        if type(attributes.get("one_hot_encoder_")) is not OneHotEncoder:
            raise Refused(f"a {name} has no one-hot encoder")


def _check_members(members: Any, kind: type, features: int, name: str) -> None:
    if type(members) is not list or not members:
        raise Refused(f"a {name} has no list of trees")
    _check_features(members, kind, features, name)


def _check_features(members: Iterable[Any], kind: Any, features: int, name: str) -> None:
    for member in members:
        if type(member) is not kind or "tree_" not in vars(member):
            raise Refused(f"a {name} has something else than a fitted {kind.__name__} among its trees")
        if member.tree_.n_features != features:
            raise Refused(f"a {name} has a tree that takes another number of features")


def _check_gradient_boosting(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "estimators_" not in attributes:
        return
    stages = attributes["estimators_"]
    features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    if type(stages) is not np.ndarray or stages.dtype != object or stages.ndim != 2 or stages.size == 0:
        raise Refused(f"a {name} has no table of trees")
    _check_features(stages.flat, DecisionTreeRegressor, features, name)
    if any(member.tree_.value.shape[1:] != (1, 1) for member in stages.flat):
        raise Refused(f"a {name} has a tree of more than one output")
    columns = stages.shape[1]
    if _columns_of_start(attributes, columns) != columns or integer(attributes.get("n_trees_per_iteration_"), name, 1) != columns:
        raise Refused(f"a {name} starts from another number of columns than it has trees a stage")


def _columns_of_start(attributes: dict[str, Any], columns: int) -> int:
    """How many columns the first raw predictions of a gradient boosting have, before a stage adds to them."""
    start, loss = attributes.get("init_"), attributes.get("_loss")
    multiclass = getattr(loss, "is_multiclass", None)
    if type(start) is str and start == "zero":
        return columns
    if type(multiclass) is not bool:
        raise Refused("a gradient boosting has no loss")
    return _classes_of(start, columns) if multiclass else 1


def _classes_of(start: Any, columns: int) -> int:
    """How many columns ``predict_proba`` of ``start`` has where its attributes tell, else the ``columns`` that it must have."""
    if not isinstance(start, BaseEstimator):
        raise Refused("a gradient boosting starts from something else than an estimator")
    attributes = vars(start)
    if type(start) is DummyClassifier:
        prior = attributes.get("class_prior_")
        [count, *others] = check_classes(start)
        return count if not others and type(prior) is np.ndarray and prior.shape == (count,) else 0
    if type(start) is LogisticRegression:
        weights = attributes.get("coef_")
        return int(weights.shape[0]) if type(weights) is np.ndarray and weights.ndim == 2 else 0
    # of a tree and of a forest, their own checks have compared the number with the columns
    if type(start) in (RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, ExtraTreeClassifier):
        return integer(attributes.get("n_classes_"), "the number of classes of an init", 1)
    return columns


CHECKS = {
    ("sklearn.tree._classes", "DecisionTreeClassifier"): _check_tree,
    ("sklearn.tree._classes", "DecisionTreeRegressor"): _check_tree,
    ("sklearn.tree._classes", "ExtraTreeClassifier"): _check_tree,
    ("sklearn.tree._classes", "ExtraTreeRegressor"): _check_tree,
    ("sklearn.ensemble._forest", "RandomForestClassifier"): _check_forest(DecisionTreeClassifier),
    ("sklearn.ensemble._forest", "RandomForestRegressor"): _check_forest(DecisionTreeRegressor),
    ("sklearn.ensemble._forest", "ExtraTreesClassifier"): _check_forest(ExtraTreeClassifier),
    ("sklearn.ensemble._forest", "ExtraTreesRegressor"): _check_forest(ExtraTreeRegressor),
    ("sklearn.ensemble._forest", "RandomTreesEmbedding"): _check_embedding,
    ("sklearn.ensemble._gb", "GradientBoostingClassifier"): _check_gradient_boosting,
    ("sklearn.ensemble._gb", "GradientBoostingRegressor"): _check_gradient_boosting,
}
