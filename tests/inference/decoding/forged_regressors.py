"""Regressors, detectors and clusterers whose parts lead compiled code outside an array; a vote is what holds them."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.cluster import Birch, BisectingKMeans, KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest, VotingClassifier
from sklearn.feature_selection import chi2
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import ClassifierChain
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVR

from tests.inference.decoding.forged_estimators import FAR, ROWS, TWO, many, voting


def clusters_without_end() -> VotingClassifier:
    """Every node of its tree has one child twice, so that going down takes twice as long with every level."""
    model = BisectingKMeans(2).fit(ROWS)
    leaf = model._bisecting_tree.left
    for _ in range(40):
        model._bisecting_tree = copy.copy(model._bisecting_tree)
        model._bisecting_tree.left = model._bisecting_tree.right = leaf
        leaf = model._bisecting_tree
    return voting(model)


def chain(method: str) -> VotingClassifier:
    """It calls a method that it names of each of its members."""
    model = ClassifierChain(LogisticRegression()).fit(ROWS, np.c_[TWO, TWO])
    model.chain_method_ = method
    return voting(model)


FORGED_REGRESSORS: dict[str, tuple[Callable[[], Any], str]] = {
    "a kernel that is a function": (lambda: voting(KernelRidge(kernel=chi2, kernel_params={"n_jobs": FAR})), "KernelRidge"),
    "an envelope of a smaller matrix": (lambda: many(EllipticEnvelope(), precision_=np.ones((1, 1))), "EllipticEnvelope"),
    "subclusters of fewer norms": (lambda: many(Birch(threshold=0.1), _subcluster_norms=np.zeros(1)), "Birch"),
    "narrower centres": (lambda: many(KMeans(3, n_init=1), cluster_centers_=np.zeros((3, 1))), "KMeans"),
    "clusters that take for ever": (clusters_without_end, "BisectingKMeans"),
    "isolation by a feature outside": (lambda: many(IsolationForest(max_features=1), estimators_features_=[np.array([9])] * 100), "Isol"),
    "neighbours of fewer norms": (
        lambda: many(KNeighborsRegressor(algorithm="brute"), effective_metric_params_={"Y_norm_squared": np.zeros(1)}),
        "KNeighborsRegressor",
    ),
    "neighbours by a smaller matrix": (
        lambda: many(KNeighborsClassifier(), effective_metric_="mahalanobis", effective_metric_params_={"VI": np.ones((1, 1))}),
        "KNeighborsClassifier",
    ),
    "support vectors of one sum that are fewer": (lambda: many(SVR(), support_=np.arange(60, dtype=np.int32)), "SVR"),
    "a chain of a private method": (lambda: chain("_validate_for_predict"), "ClassifierChain"),
}
