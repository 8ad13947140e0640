"""The only names that a pickle may mention, and what for: scikit-learn's classifiers, its numeric transformers and their parts.

Names are compared exactly: no prefixes, no dotted names. A test fits and loads every classifier of the installed scikit-learn, so
that a release which moves one of these fails there first.
"""

import importlib
from typing import Any

from iris_api.inference.decoding.decode_errors import ForeignName, NotServed

Name = tuple[str, str]
"""A module and a name in it."""

MAX_QUOTED = 100
ARRAY_WRAPPER: Name = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def _pairs(names: dict[str, str]) -> frozenset[Name]:
    return frozenset((module, name) for module, listed in names.items() for name in listed.split())


PLAIN_CLASSES = _pairs(
    {
        "sklearn._loss.link": "HalfLogitLink Interval LogitLink MultinomialLogit",
        "sklearn._loss.loss": "ExponentialLoss HalfBinomialLoss HalfMultinomialLoss",
        "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
        "sklearn.decomposition._factor_analysis": "FactorAnalysis",
        "sklearn.decomposition._fastica": "FastICA",
        "sklearn.decomposition._incremental_pca": "IncrementalPCA",
        "sklearn.decomposition._kernel_pca": "KernelPCA",
        "sklearn.decomposition._nmf": "MiniBatchNMF NMF",
        "sklearn.decomposition._pca": "PCA",
        "sklearn.decomposition._truncated_svd": "TruncatedSVD",
        "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
        "sklearn.dummy": "DummyClassifier",
        "sklearn.ensemble._bagging": "BaggingClassifier",
        "sklearn.ensemble._forest": "ExtraTreesClassifier RandomForestClassifier",
        "sklearn.ensemble._gb": "GradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
        "sklearn.ensemble._stacking": "StackingClassifier",
        "sklearn.ensemble._voting": "VotingClassifier",
        "sklearn.ensemble._weight_boosting": "AdaBoostClassifier",
        "sklearn.feature_selection._from_model": "SelectFromModel",
        "sklearn.feature_selection._rfe": "RFE",
        "sklearn.feature_selection._univariate_selection": "SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile",
        "sklearn.feature_selection._variance_threshold": "VarianceThreshold",
        "sklearn.gaussian_process._gpc": "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels": "ConstantKernel DotProduct ExpSineSquared Exponentiation Matern Product RBF"
        " RationalQuadratic Sum WhiteKernel",
        "sklearn.impute._base": "SimpleImputer",
        "sklearn.kernel_approximation": "Nystroem RBFSampler",
        "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
        "sklearn.linear_model._passive_aggressive": "PassiveAggressiveClassifier",
        "sklearn.linear_model._perceptron": "Perceptron",
        "sklearn.linear_model._ridge": "RidgeClassifier RidgeClassifierCV",
        "sklearn.linear_model._stochastic_gradient": "SGDClassifier",
        "sklearn.model_selection._classification_threshold": "FixedThresholdClassifier",
        "sklearn.multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor",
        "sklearn.naive_bayes": "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB",
        "sklearn.neighbors._classification": "KNeighborsClassifier RadiusNeighborsClassifier",
        "sklearn.neighbors._nca": "NeighborhoodComponentsAnalysis",
        "sklearn.neighbors._nearest_centroid": "NearestCentroid",
        "sklearn.neural_network._multilayer_perceptron": "MLPClassifier",
        "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
        "sklearn.pipeline": "FeatureUnion Pipeline",
        "sklearn.preprocessing._data": "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer"
        " RobustScaler StandardScaler",
        "sklearn.preprocessing._discretization": "KBinsDiscretizer",
        "sklearn.preprocessing._encoders": "OneHotEncoder OrdinalEncoder",
        "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
        "sklearn.preprocessing._polynomial": "PolynomialFeatures",
        "sklearn.random_projection": "GaussianRandomProjection SparseRandomProjection",
        "sklearn.semi_supervised._label_propagation": "LabelPropagation LabelSpreading",
        "sklearn.semi_supervised._self_training": "SelfTrainingClassifier",
        "sklearn.svm._classes": "LinearSVC NuSVC SVC",
        "sklearn.tree._classes": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier",
        "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
    }
)
"""Classes written in Python, whose instances are their attributes."""

CALLED = _pairs(
    {
        "__builtin__": "bytes frozenset set",
        "_codecs": "encode",
        "builtins": "frozenset set",
        "joblib.numpy_pickle": "NumpyArrayWrapper",
        "numpy": "dtype",
        "numpy._core.multiarray": "_reconstruct scalar",
        "numpy._core.numeric": "_frombuffer",
        "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
        "numpy.random.bit_generator": "__pyx_unpickle_SeedSequence",
        "scipy.sparse._csr": "csr_matrix",
        "sklearn._loss._loss": "CyExponentialLoss CyHalfBinomialLoss __pyx_unpickle_CyHalfMultinomialLoss CyHalfSquaredError CyHuberLoss",
        "sklearn.isotonic": "IsotonicRegression",
        "sklearn.linear_model._sgd_fast": "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive SquaredHinge",
        "sklearn.metrics._dist_metrics": "newObj",
        "sklearn.neighbors._ball_tree": "newObj",
        "sklearn.neighbors._kd_tree": "newObj",
        "sklearn.tree._tree": "Tree",
        "sklearn.utils._bunch": "Bunch",
    }
)
"""Classes and functions that stand for a constructor of ours; `iris_api.inference.decoding.constructors` says which."""

ARGUMENTS = _pairs(
    {
        "numpy": "ndarray",
        "numpy.random._mt19937": "MT19937",
        "numpy.random._pcg64": "PCG64",
        "numpy.random.bit_generator": "SeedSequence",
        "sklearn._loss._loss": "CyHalfMultinomialLoss",
        "sklearn.metrics._dist_metrics": "ChebyshevDistance64 EuclideanDistance64 ManhattanDistance64 MinkowskiDistance64",
        "sklearn.neighbors._ball_tree": "BallTree",
        "sklearn.neighbors._kd_tree": "KDTree",
    }
)
"""Classes that only tell a constructor what to make."""

VALUES = _pairs(
    {
        "numpy": "float64",
        "sklearn.feature_selection._univariate_selection": "chi2 f_classif",
    }
)
"""Classes and functions that an estimator may hold as the value of a parameter."""

ALLOWED = PLAIN_CLASSES | CALLED | ARGUMENTS | VALUES
"""Every name that may be mentioned at all."""

HOLDS_ITEMS = frozenset({("sklearn.utils._bunch", "Bunch")})
"""Classes whose instances are dictionaries and get their items one by one."""

KEYS = _pairs({"__builtin__": "bytes", "_codecs": "encode", "numpy._core.multiarray": "scalar"})
"""What may be called to make the key of a dictionary or the member of a set."""

TREE: Name = ("sklearn.tree._tree", "Tree")
TREE_ATTRIBUTE = "tree_"
"""Where an estimator keeps its compiled tree, which trusts that estimator to have checked the rows."""


def check_name(module: str, name: str) -> None:
    """Refuse a name that is not on the list; nothing is imported.

    Raises
    ------
    NotServed
        If it is a part of scikit-learn, NumPy or SciPy.
    ForeignName
        If it is anything else.
    """
    if (module, name) not in ALLOWED:
        kind = NotServed if module.partition(".")[0] in ("sklearn", "numpy", "scipy") else ForeignName
        raise kind(f"it mentions {f'{module}.{name}'[:MAX_QUOTED]}, which is no part of a scikit-learn classifier")


def import_name(name: Name) -> Any:
    """What ``name``, which is on the list, stands for."""
    return getattr(importlib.import_module(name[0]), name[1])
