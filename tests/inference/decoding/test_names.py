"""Every classifier of the installed scikit-learn is served, with every numeric transformer before it; every name is there."""

import importlib
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import NMF, PCA, FactorAnalysis, FastICA, IncrementalPCA, KernelPCA, MiniBatchNMF, TruncatedSVD
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.feature_selection import (
    RFE,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
)
from sklearn.gaussian_process import GaussianProcessClassifier, kernels
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.neighbors import KNeighborsClassifier, NeighborhoodComponentsAnalysis
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from iris_api.inference.decoding.names import ALLOWED, PLAIN_CLASSES, import_name
from iris_api.inference.scorers import EstimatorScorer
from iris_api.inference.unpickling import load_estimator
from tests.inference.bundles import classifier_signature, dumped, manifest_of

rng = np.random.default_rng(3)
ROWS = np.round(rng.uniform(0.1, 3, (90, 4)), 1)
LEVEL = np.digitize(ROWS.sum(axis=1), [5.3, 7])
NAMES = np.array(["low", "mid", "high"])[LEVEL]

TREE, LINE = DecisionTreeClassifier(max_depth=3, random_state=0), LogisticRegression()
PARTS = [("tree", TREE), ("line", LINE)]
NEEDS_AN_ESTIMATOR = {
    "ClassifierChain": None,  # more than one output
    "MultiOutputClassifier": None,
    "FixedThresholdClassifier": FixedThresholdClassifier(TREE, pos_label=True),
    "TunedThresholdClassifierCV": None,  # keeps a scorer, which holds a function by name
    "OneVsOneClassifier": OneVsOneClassifier(TREE),
    "OneVsRestClassifier": OneVsRestClassifier(TREE),
    "OutputCodeClassifier": OutputCodeClassifier(TREE, random_state=0),
    "StackingClassifier": StackingClassifier(PARTS),
    "VotingClassifier": VotingClassifier(PARTS, voting="soft"),
    "SelfTrainingClassifier": SelfTrainingClassifier(LINE),
}
LABELS_OF = {"FixedThresholdClassifier": LEVEL > 0, "SelfTrainingClassifier": LEVEL}
ZOO = {name: kind for name, kind in all_estimators(type_filter="classifier") if NEEDS_AN_ESTIMATOR.get(name, kind) is not None}
VARIANTS = {
    "gradient boosting, exponential": GradientBoostingClassifier(n_estimators=3, loss="exponential"),
    "calibrated, isotonic": CalibratedClassifierCV(TREE, method="isotonic"),
    "calibrated, temperature": CalibratedClassifierCV(TREE, method="temperature"),
    "calibrated, ensemble of one": CalibratedClassifierCV(SVC(), ensemble=False),
    "bagged lines": BaggingClassifier(LINE, 3),
    "boosted lines": AdaBoostClassifier(LINE, n_estimators=3),
    "voting, hard": VotingClassifier(PARTS),
    "stacking, passthrough": StackingClassifier(PARTS, passthrough=True),
    "neighbours, ball tree": KNeighborsClassifier(algorithm="ball_tree"),
    "neighbours, kd tree, manhattan": KNeighborsClassifier(algorithm="kd_tree", p=1),
    "neighbours, brute, by distance": KNeighborsClassifier(algorithm="brute", weights="distance"),
    "neighbours, chebyshev": KNeighborsClassifier(algorithm="ball_tree", metric="chebyshev"),
    "support vectors with probabilities": CalibratedClassifierCV(SVC(kernel="poly"), ensemble=False),
    "histogram boosting, weighted": HistGradientBoostingClassifier(max_iter=3, class_weight="balanced"),
    "one against the rest of forests": OneVsRestClassifier(RandomForestClassifier(3)),
    "a forest in a generator's hand": RandomForestClassifier(3, random_state=np.random.RandomState(5)),
    **{
        f"stochastic gradient, {loss}": SGDClassifier(loss=loss)
        for loss in ("log_loss", "modified_huber", "squared_hinge", "squared_error")
    },
    **{
        f"gaussian process, {type(kernel).__name__}": GaussianProcessClassifier(kernel, optimizer=None)
        for kernel in (
            kernels.ConstantKernel() * kernels.RBF() + kernels.WhiteKernel(),
            kernels.Matern(),
            kernels.RationalQuadratic(),
            kernels.DotProduct(),
            kernels.ConstantKernel(0.01) * kernels.ExpSineSquared(),
            kernels.RBF() ** 2,
        )
    },
}
TRANSFORMERS = [
    Binarizer(threshold=1), FactorAnalysis(2), FastICA(2, random_state=0), GaussianRandomProjection(2), IncrementalPCA(2),
    KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), KernelPCA(2, kernel="rbf"), MaxAbsScaler(), MinMaxScaler(),
    MiniBatchNMF(2, max_iter=50, random_state=0), NeighborhoodComponentsAnalysis(2, max_iter=5), NMF(2, max_iter=2000, random_state=0),
    Normalizer(), Nystroem(n_components=5), OneHotEncoder(handle_unknown="ignore"),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), PCA(2), PolynomialFeatures(), PowerTransformer(),
    QuantileTransformer(n_quantiles=10), RBFSampler(n_components=5), RFE(LINE), RobustScaler(), SelectFdr(alpha=0.9), SelectFpr(alpha=0.9),
    SelectFromModel(RandomForestClassifier(3, random_state=0)), SelectFwe(alpha=0.9), SelectKBest(chi2, k=2),
    SelectPercentile(percentile=50), SimpleImputer(), SparseRandomProjection(2, density=0.5),
    StandardScaler(), TruncatedSVD(2), VarianceThreshold(),
    FeatureUnion([("a", PCA(2)), ("b", make_pipeline(StandardScaler(), PCA(1)))], transformer_weights={"a": 2}),
]  # fmt: skip


def small_case(name):
    """The classifier of that name, not fitted, with rows and labels that it can be fitted on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # deprecated, and served as long as it is there
        model = NEEDS_AN_ESTIMATOR.get(name) or ZOO[name]()
    if "radius" in model.get_params():
        model.set_params(radius=10.0)
    if "max_iter" in model.get_params():
        model.set_params(max_iter=20)
    return model, np.round(ROWS) if name == "CategoricalNB" else ROWS, LABELS_OF.get(name, NAMES)


def served_as_fitted(model, rows, labels):
    """Fit ``model`` and hold what is loaded from its dump against it; returns what was loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, on purpose of small data
        model.fit(rows, labels)
        loaded = load_estimator(dumped(model), manifest_of(model, rows[:5]), "model")
    signature = classifier_signature(model)
    given = EstimatorScorer(loaded, signature).score_rows(rows.copy())
    wanted = EstimatorScorer(model, signature).score_rows(rows.copy())
    assert given == wanted
    assert list(map(type, given[0])) == list(map(type, wanted[0]))
    return loaded


@pytest.mark.parametrize("name", ZOO)
def test_every_classifier_of_scikit_learn_is_served(name):
    served_as_fitted(*small_case(name))


def test_what_is_left_out_is_left_out_on_purpose():
    every = {name for name, _ in all_estimators(type_filter="classifier")}
    assert every - set(ZOO) == {"ClassifierChain", "MultiOutputClassifier", "TunedThresholdClassifierCV"}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_served(name):
    binary = "exponential" in name or "weighted" in name
    served_as_fitted(VARIANTS[name], ROWS, (LEVEL > 0).astype(int) if binary else NAMES)


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda transformer: type(transformer).__name__)
def test_every_numeric_transformer_is_served_in_a_pipeline(transformer):
    served_as_fitted(make_pipeline(transformer, TREE), ROWS, NAMES)


LABELS = {
    "text": NAMES,
    "text as objects": NAMES.astype(object),
    "odd text": np.array(["", "ü 1", "<b>"], dtype=object)[LEVEL],
    "whole numbers": LEVEL * 10 - 10,
    "small whole numbers": LEVEL.astype(np.int8),
    "truth": LEVEL > 0,
    "fractions": LEVEL.astype(np.float64),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("model", [RandomForestClassifier(5, random_state=0), LINE], ids=["forest", "line"])
def test_labels_of_every_kind_are_served(model, labels):
    served_as_fitted(model, ROWS, labels)


def test_feature_names_seen_in_fitting_cause_no_warning_in_serving():
    model = VotingClassifier([("a", make_pipeline(StandardScaler(), RandomForestClassifier(3))), ("b", BaggingClassifier(TREE, 2))]).fit(
        ROWS, NAMES
    )
    names = np.array(["a", "b", "c", "d"], dtype=object)
    scaler = model.estimators_[0].steps[0][1]
    model.feature_names_in_ = scaler.feature_names_in_ = model.estimators_[1].feature_names_in_ = names
    with pytest.warns(UserWarning, match="feature names"):
        scaler.transform(ROWS[:1])
    loaded = load_estimator(dumped(model), manifest_of_unnamed(model), "model")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loaded.predict(ROWS[:9]).shape == (9,)


def manifest_of_unnamed(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return manifest_of(model, ROWS[:2])


# Python 2's name of builtins, which the protocols 0 to 2 write
@pytest.mark.parametrize(("module", "name"), sorted(name for name in ALLOWED if name[0] != "__builtin__"))
def test_every_name_on_the_list_is_there(module, name):
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("name", sorted(PLAIN_CLASSES))
def test_a_plain_class_is_made_by_nothing_of_its_own(name):
    assert type(object.__new__(import_name(name))) is import_name(name)
    own = getattr(import_name(name), "__setstate__", None)
    assert own in (None, BaseEstimator.__setstate__, TreePredictor.__setstate__)


DANGEROUS = {
    "load",
    "memmap",
    "system",
    "eval",
    "exec",
    "open",
    "getattr",
    "NDArrayWrapper",
    "make_scorer",
}


def test_no_name_on_the_list_reaches_out():
    assert {module.split(".")[0] for module, _ in ALLOWED} == {
        "__builtin__", "_codecs", "builtins", "catboost", "collections", "copyreg", "functools", "joblib", "lightgbm", "numpy", "pandas",
        "scipy", "sklearn", "xgboost",
    }  # fmt: skip
    assert not DANGEROUS & {name for _, name in ALLOWED}
    assert not [name for _, name in ALLOWED if "." in name]
