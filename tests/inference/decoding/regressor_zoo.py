"""A fitted regressor, outlier detector or clusterer of every family: for each name a model, its rows and its target."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import ClusterMixin, OutlierMixin, RegressorMixin
from sklearn.cluster import AgglomerativeClustering, Birch, BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.covariance import EllipticEnvelope
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    LassoCV,
    LinearRegression,
    LogisticRegression,
    OrthogonalMatchingPursuitCV,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeCV,
    SGDOneClassSVM,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit, TimeSeriesSplit
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.svm import SVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor
from sklearn.utils import all_estimators

Case = tuple[Any, Any, Any]

random = np.random.default_rng(47)
ROWS = np.round(random.uniform(0.1, 3, (60, 4)), 1)
TARGET = ROWS.sum(axis=1) + np.round(random.uniform(0, 1, 60), 2)
TWO_TARGETS = np.c_[TARGET, ROWS[:, 0] ** 2]
TWO_LABELS = np.c_[(TARGET > 6.5).astype(int), np.digitize(ROWS[:, 1], [1, 2])]
FLAGS = np.c_[TARGET > 6.5, ROWS[:, 1] > 1.5].astype(int)
CATEGORIES = np.c_[np.round(ROWS[:, 0]), ROWS[:, 1:]]

TREE, LINE = DecisionTreeRegressor(max_depth=3, random_state=0), Ridge()
MEMBERS = [("tree", TREE), ("line", LINE)]
GIVEN = {
    "ClassifierChain": ClassifierChain(LogisticRegression()),
    "LocalOutlierFactor": LocalOutlierFactor(novelty=True),
    "MultiOutputClassifier": MultiOutputClassifier(LogisticRegression()),
    "MultiOutputRegressor": MultiOutputRegressor(LINE),
    "RegressorChain": RegressorChain(LINE),
    "StackingRegressor": StackingRegressor(MEMBERS),
    "VotingRegressor": VotingRegressor(MEMBERS),
}
TWO = {"CCA", "MultiOutputRegressor", "PLSCanonical", "RegressorChain"}
KINDS = (ClusterMixin, OutlierMixin, RegressorMixin)
LABELLED = {"ClassifierChain": FLAGS, "MultiOutputClassifier": TWO_LABELS}
SMALL = {"max_iter": 50, "n_estimators": 3, "radius": 10.0, "random_state": 0, "max_trials": 20, "max_subpopulation": 50}


def _small(model: Any) -> Any:
    known = set(model.get_params(deep=False)) - ({"max_iter"} if isinstance(model, OrthogonalMatchingPursuitCV) else set())
    return model.set_params(**{name: value for name, value in SMALL.items() if name in known})


def _target(name: str) -> Any:
    return TWO_TARGETS if name in TWO or name.startswith("MultiTask") else LABELLED.get(name, TARGET)


def _every() -> Iterator[tuple[str, Case]]:
    for name, kind in all_estimators():
        if not issubclass(kind, KINDS) and name not in LABELLED:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # deprecated, and served as long as it is there
            model = GIVEN.get(name) or kind()
        if hasattr(kind, "predict"):
            yield name, (_small(model), ROWS[:, :1] if name == "IsotonicRegression" else ROWS, _target(name))


EVERY: dict[str, Case] = dict(_every())
BOOSTINGS: dict[str, Case] = {
    **{
        f"histogram boosting, {loss}": (
            HistGradientBoostingRegressor(loss=loss, max_iter=3, quantile=0.3 if loss == "quantile" else None),
            ROWS,
            TARGET,
        )
        for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile")
    },
    "histogram boosting of categories": (HistGradientBoostingRegressor(max_iter=3, categorical_features=[0]), CATEGORIES, TARGET),
    **{
        f"gradient boosting, {loss}": (GradientBoostingRegressor(loss=loss, n_estimators=3), ROWS, TARGET)
        for loss in ("squared_error", "absolute_error", "huber", "quantile")
    },
    "histogram boosting, stopped by its loss": (HistGradientBoostingRegressor(max_iter=5, early_stopping=True), ROWS, TARGET),
    "gradient boosting from zero": (GradientBoostingRegressor(n_estimators=3, init="zero"), ROWS, TARGET),
    "gradient boosting from a line": (GradientBoostingRegressor(n_estimators=3, init=LINE), ROWS, TARGET),
    **{f"boosted trees, {loss}": (AdaBoostRegressor(n_estimators=3, loss=loss), ROWS, TARGET) for loss in ("square", "exponential")},
    "boosted lines": (AdaBoostRegressor(LINE, n_estimators=3), ROWS, TARGET),
}
TREES: dict[str, Case] = {
    **{
        f"a tree, {criterion}": (DecisionTreeRegressor(criterion=criterion, max_depth=4), ROWS, TARGET)
        for criterion in ("squared_error", "absolute_error", "poisson")
    },
    "an extra tree of two targets": (ExtraTreeRegressor(random_state=0), ROWS, TWO_TARGETS),
    "a forest of two targets": (RandomForestRegressor(3, max_features=2, random_state=0), ROWS, TWO_TARGETS),
    "extra trees of two targets": (ExtraTreesRegressor(3, random_state=0), ROWS, TWO_TARGETS),
    "a forest of absolute errors": (RandomForestRegressor(3, criterion="absolute_error", random_state=0), ROWS, TARGET),
    "a tree of two labels": (DecisionTreeClassifier(max_depth=3), ROWS, TWO_LABELS),
    "a forest of two labels": (RandomForestClassifier(3), ROWS, TWO_LABELS),
    "isolation by some features": (IsolationForest(n_estimators=3, max_features=0.5, contamination=0.1, random_state=0), ROWS, None),
    "isolation by drawn features": (IsolationForest(n_estimators=3, max_features=2, bootstrap=True, random_state=0), ROWS, None),
    "bagged lines of some features": (BaggingRegressor(LINE, 3, max_features=2), ROWS, TARGET),
}
LINES: dict[str, Case] = {
    **{
        f"stochastic gradient, {loss}": (SGDRegressor(loss=loss, random_state=0), ROWS, TARGET)
        for loss in ("huber", "epsilon_insensitive", "squared_epsilon_insensitive")
    },
    "stochastic gradient of one class": (SGDOneClassSVM(average=True, random_state=0), ROWS, None),
    **{
        f"lasso by {type(splitter).__name__}": (LassoCV(cv=splitter), ROWS, TARGET)
        for splitter in (KFold(3), RepeatedKFold(n_splits=2, n_repeats=2, random_state=0), ShuffleSplit(3), TimeSeriesSplit(3))
    },
    "tweedie, logarithmic": (TweedieRegressor(power=1.5, link="log"), ROWS, TARGET),
    "tweedie, identity": (TweedieRegressor(power=1.5, link="identity"), ROWS, TARGET),
    "ridge of two targets": (Ridge(), ROWS, TWO_TARGETS),
    "ridge by a score": (RidgeCV(scoring="r2", cv=3), ROWS, TARGET),
    "ridge of flags": (RidgeClassifier(), ROWS, FLAGS),
    "ransac of a tree": (RANSACRegressor(TREE, min_samples=9, max_trials=5, random_state=0), ROWS, TARGET),
    "kernel ridge, rbf": (KernelRidge(kernel="rbf", gamma=0.3), ROWS, TWO_TARGETS),
    "kernel ridge, chi2": (KernelRidge(kernel="chi2", gamma=0.1), ROWS, TARGET),
    "kernel ridge of a process": (KernelRidge(kernel=kernels.RBF(2.0)), ROWS, TARGET),
    "process of noise, two targets": (GaussianProcessRegressor(kernels.RBF() + kernels.WhiteKernel(), normalize_y=True), ROWS, TWO_TARGETS),
    "layers of two targets": (MLPRegressor(hidden_layer_sizes=(5, 3), max_iter=20, activation="tanh", random_state=0), ROWS, TWO_TARGETS),
    "layers of flags": (MLPClassifier((5,), max_iter=20, random_state=0), ROWS, FLAGS),
    "a constant": (DummyRegressor(strategy="constant", constant=[1, 2]), ROWS, TWO_TARGETS),
}
VECTORS: dict[str, Case] = {
    **{f"support vectors, {kernel}": (SVR(kernel=kernel), ROWS, TARGET) for kernel in ("linear", "poly", "sigmoid")},
    "no support vectors": (SVR(epsilon=50.0), ROWS, TARGET),
    "support vectors of sparse rows": (make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVR()), ROWS, TARGET),
    "support vectors fitted on sparse rows": (OneClassSVM(), csr_matrix(ROWS), None),
    "support vectors of a kernel": (SVR(kernel="precomputed"), ROWS @ ROWS.T, TARGET),
}
NEIGHBORS: dict[str, Case] = {
    **{
        f"neighbours, {algorithm}": (KNeighborsRegressor(algorithm=algorithm, weights="distance"), ROWS, TWO_TARGETS)
        for algorithm in ("brute", "ball_tree", "kd_tree")
    },
    "neighbours, minkowski with weights": (KNeighborsRegressor(p=3, metric_params={"w": np.array([1.0, 2, 3, 0.5])}), ROWS, TARGET),
    **{
        f"neighbours, {algorithm}, a power of {power}": (KNeighborsRegressor(algorithm=algorithm, p=power), ROWS, TARGET)
        for algorithm in ("brute", "ball_tree", "kd_tree") for power in (1, 1.5, 3)
    },
    **{
        f"neighbours, {metric}": (KNeighborsRegressor(metric=metric, algorithm="ball_tree"), ROWS, TARGET)
        for metric in ("braycurtis", "canberra", "hamming")
    },
    "neighbours, standardized, in a tree": (KNeighborsRegressor(metric="seuclidean", metric_params={"V": np.ones(4)}), ROWS, TARGET),
    "neighbours, chebyshev": (KNeighborsRegressor(metric="chebyshev"), ROWS, TARGET),
    "neighbours, standardized": (
        KNeighborsRegressor(algorithm="brute", metric="seuclidean", metric_params={"V": np.arange(1.0, 5)}), ROWS, TARGET,
    ),
    "neighbours, mahalanobis": (
        KNeighborsRegressor(algorithm="brute", metric="mahalanobis", metric_params={"VI": np.eye(4)}), ROWS, TARGET,
    ),
    "neighbours, cosine": (KNeighborsRegressor(metric="cosine"), ROWS, TARGET),
    "neighbours of two labels": (KNeighborsClassifier(), ROWS, TWO_LABELS),
    "neighbours of two labels within a radius": (RadiusNeighborsClassifier(10.0), ROWS, TWO_LABELS),
    **{
        f"local outliers, {algorithm}": (LocalOutlierFactor(5, novelty=True, algorithm=algorithm), ROWS, None)
        for algorithm in ("brute", "kd_tree")
    },
}  # fmt: skip
CLUSTERS: dict[str, Case] = {
    "means, elkan": (KMeans(3, algorithm="elkan", n_init=1, random_state=np.random.RandomState(5)), ROWS, None),
    "means of 32 bits": (KMeans(3, n_init=1, random_state=0), ROWS.astype(np.float32), None),
    "means from given centres": (MiniBatchKMeans(3, init=ROWS[:3], n_init=1, random_state=0), ROWS, None),
    "bisecting means, elkan": (BisectingKMeans(5, algorithm="elkan", random_state=0), ROWS, None),
    "one bisecting mean": (BisectingKMeans(1, random_state=0), ROWS, None),
    "birch without clusters": (Birch(n_clusters=None), ROWS, None),
    "birch by agglomeration": (Birch(n_clusters=AgglomerativeClustering(3)), ROWS, None),
    "an envelope without its precision": (EllipticEnvelope(store_precision=False, random_state=0), ROWS, None),
}
AROUND: dict[str, Case] = {
    "a target on a logarithmic scale": (TransformedTargetRegressor(LINE, func=np.log1p, inverse_func=np.expm1), ROWS, TARGET),
    "a target of a tree by quantiles": (
        TransformedTargetRegressor(TREE, transformer=QuantileTransformer(n_quantiles=10)), ROWS, TARGET,
    ),
    "a chain in another order": (RegressorChain(LINE, order=[1, 0], cv=3), ROWS, TWO_TARGETS),
    "a chain of a random order": (RegressorChain(TREE, order="random", random_state=0), ROWS, TWO_TARGETS),
    "a chain of distances": (ClassifierChain(LogisticRegression(), chain_method="decision_function"), ROWS, FLAGS),
    "scaled, then many outputs": (make_pipeline(StandardScaler(), MultiOutputRegressor(TREE)), ROWS, TWO_TARGETS),
    "a stack with its rows": (StackingRegressor(MEMBERS, final_estimator=LinearRegression(), passthrough=True), ROWS, TARGET),
    "a weighted vote": (VotingRegressor(MEMBERS, weights=[1, 2]), ROWS, TARGET),
}  # fmt: skip
VARIANTS: dict[str, Case] = BOOSTINGS | TREES | LINES | VECTORS | NEIGHBORS | CLUSTERS | AROUND
