"""The only names that a pickle may mention, and what for: scikit-learn's estimators that answer for new rows, and their parts.

Names are compared exactly: no prefixes, no dotted names. A test fits and loads every classifier of the installed scikit-learn, so
that a release which moves one of these fails there first. Regressors, outlier detectors and clusterers are in `regressor_names`.
"""

import importlib
from typing import Any

from iris_api.inference.decoding.boosting_names import BOOSTERS, ONLY_CALLED_BACK
from iris_api.inference.decoding.decode_errors import ForeignName, NotServed
from iris_api.inference.decoding.regressor_names import ONLY_LEFT_OUT, PLAIN_REGRESSORS

Name = tuple[str, str]
"""A module and a name in it."""

MAX_QUOTED = 100
RECONSTRUCTOR: Name = ("copyreg", "_reconstructor")
ARRAY_WRAPPER: Name = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def _pairs(names: dict[str, str]) -> frozenset[Name]:
    return frozenset((module, name) for module, listed in names.items() for name in listed.split())


PYTHON2_NAMES: dict[Name, Name] = {
    ("__builtin__", "bool"): ("builtins", "bool"),
    ("__builtin__", "dict"): ("builtins", "dict"),
    ("__builtin__", "float"): ("builtins", "float"),
    ("__builtin__", "list"): ("builtins", "list"),
    ("__builtin__", "long"): ("builtins", "int"),
    ("__builtin__", "object"): ("builtins", "object"),
    ("__builtin__", "set"): ("builtins", "set"),
    ("__builtin__", "slice"): ("builtins", "slice"),
    ("__builtin__", "tuple"): ("builtins", "tuple"),
    ("__builtin__", "unicode"): ("builtins", "str"),
    ("copy_reg", "_reconstructor"): RECONSTRUCTOR,
}
"""Names that the protocols 0 to 2 spell as Python 2 does, each with the name of Python 3."""

PLAIN_CLASSES = _pairs(
    {
        "sklearn._loss.link": "HalfLogitLink Interval LogitLink MultinomialLogit",
        "sklearn._loss.loss": "ExponentialLoss HalfBinomialLoss HalfMultinomialLoss",
        "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
        "sklearn.cluster._agglomerative": "FeatureAgglomeration",
        "sklearn.compose._column_transformer": "ColumnTransformer make_column_selector",
        "sklearn.compose._target": "TransformedTargetRegressor",
        "sklearn.cross_decomposition._pls": "CCA PLSCanonical PLSRegression PLSSVD",
        "sklearn.decomposition._dict_learning": "DictionaryLearning MiniBatchDictionaryLearning SparseCoder",
        "sklearn.decomposition._factor_analysis": "FactorAnalysis",
        "sklearn.decomposition._fastica": "FastICA",
        "sklearn.decomposition._incremental_pca": "IncrementalPCA",
        "sklearn.decomposition._kernel_pca": "KernelPCA",
        "sklearn.decomposition._lda": "LatentDirichletAllocation",
        "sklearn.decomposition._nmf": "MiniBatchNMF NMF",
        "sklearn.decomposition._pca": "PCA",
        "sklearn.decomposition._sparse_pca": "MiniBatchSparsePCA SparsePCA",
        "sklearn.decomposition._truncated_svd": "TruncatedSVD",
        "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
        "sklearn.dummy": "DummyClassifier",
        "sklearn.ensemble._bagging": "BaggingClassifier",
        "sklearn.ensemble._forest": "ExtraTreesClassifier RandomForestClassifier RandomTreesEmbedding",
        "sklearn.ensemble._gb": "GradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
        "sklearn.ensemble._stacking": "StackingClassifier",
        "sklearn.ensemble._voting": "VotingClassifier",
        "sklearn.ensemble._weight_boosting": "AdaBoostClassifier",
        "sklearn.feature_extraction._dict_vectorizer": "DictVectorizer",
        "sklearn.feature_extraction._hash": "FeatureHasher",
        "sklearn.feature_extraction.text": "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer",
        "sklearn.feature_selection._from_model": "SelectFromModel",
        "sklearn.feature_selection._rfe": "RFE RFECV",
        "sklearn.feature_selection._sequential": "SequentialFeatureSelector",
        "sklearn.feature_selection._univariate_selection": "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest"
        " SelectPercentile",
        "sklearn.feature_selection._variance_threshold": "VarianceThreshold",
        "sklearn.gaussian_process._gpc": "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels": "ConstantKernel DotProduct ExpSineSquared Exponentiation Matern Product RBF"
        " RationalQuadratic Sum WhiteKernel",
        "sklearn.impute._base": "MissingIndicator SimpleImputer",
        "sklearn.impute._iterative": "IterativeImputer",
        "sklearn.impute._knn": "KNNImputer",
        "sklearn.kernel_approximation": "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler",
        "sklearn.linear_model._base": "LinearRegression",
        "sklearn.linear_model._bayes": "BayesianRidge",
        "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
        "sklearn.linear_model._passive_aggressive": "PassiveAggressiveClassifier",
        "sklearn.linear_model._perceptron": "Perceptron",
        "sklearn.linear_model._ridge": "RidgeClassifier RidgeClassifierCV",
        "sklearn.linear_model._stochastic_gradient": "SGDClassifier",
        "sklearn.manifold._isomap": "Isomap",
        "sklearn.manifold._locally_linear": "LocallyLinearEmbedding",
        "sklearn.model_selection._classification_threshold": "FixedThresholdClassifier",
        "sklearn.multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor",
        "sklearn.naive_bayes": "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB",
        "sklearn.neighbors._classification": "KNeighborsClassifier RadiusNeighborsClassifier",
        "sklearn.neighbors._graph": "KNeighborsTransformer RadiusNeighborsTransformer",
        "sklearn.neighbors._nca": "NeighborhoodComponentsAnalysis",
        "sklearn.neighbors._nearest_centroid": "NearestCentroid",
        "sklearn.neighbors._unsupervised": "NearestNeighbors",
        "sklearn.neural_network._multilayer_perceptron": "MLPClassifier",
        "sklearn.neural_network._rbm": "BernoulliRBM",
        "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
        "sklearn.pipeline": "FeatureUnion Pipeline",
        "sklearn.preprocessing._data": "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer"
        " RobustScaler StandardScaler",
        "sklearn.preprocessing._discretization": "KBinsDiscretizer",
        "sklearn.preprocessing._encoders": "OneHotEncoder OrdinalEncoder",
        "sklearn.preprocessing._function_transformer": "FunctionTransformer",
        "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder MultiLabelBinarizer",
        "sklearn.preprocessing._polynomial": "PolynomialFeatures SplineTransformer",
        "sklearn.preprocessing._target_encoder": "TargetEncoder",
        "sklearn.random_projection": "GaussianRandomProjection SparseRandomProjection",
        "sklearn.semi_supervised._label_propagation": "LabelPropagation LabelSpreading",
        "sklearn.semi_supervised._self_training": "SelfTrainingClassifier",
        "sklearn.svm._classes": "LinearSVC NuSVC SVC",
        "sklearn.tree._classes": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
    }
) | _pairs(PLAIN_REGRESSORS)
"""Classes written in Python, whose instances are their attributes."""

CALLED = _pairs(
    {
        "__builtin__": "bytearray bytes frozenset set",
        "_codecs": "encode",
        "builtins": "bytearray frozenset set slice",
        "collections": "OrderedDict defaultdict",
        "functools": "partial",
        "joblib.numpy_pickle": "NumpyArrayWrapper",
        "numpy": "dtype",
        "numpy._core.multiarray": "_reconstruct scalar",
        "numpy._core.numeric": "_frombuffer",
        "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
        "numpy.random.bit_generator": "__pyx_unpickle_SeedSequence",
        "pandas": "StringDtype",
        "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
        "pandas.core.indexes.base": "_new_Index",
        "scipy.interpolate._bsplines": "BSpline",
        "scipy.sparse._csr": "csr_matrix",
        "sklearn._loss._loss": "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss __pyx_unpickle_CyHalfMultinomialLoss"
        " CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss",
        "sklearn.cluster._bisect_k_means": "BisectingKMeans",
        "sklearn.cluster._kmeans": "KMeans MiniBatchKMeans",
        "sklearn.impute._iterative": "_ImputerTriplet",
        "sklearn.isotonic": "IsotonicRegression",
        "sklearn.linear_model._sgd_fast": "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive SquaredHinge",
        "sklearn.metrics._dist_metrics": "newObj",
        "sklearn.neighbors._ball_tree": "newObj",
        "sklearn.neighbors._kd_tree": "newObj",
        "sklearn.tree._tree": "Tree",
        "sklearn.utils._bunch": "Bunch",
    }
    | BOOSTERS
)
"""Classes and functions that stand for a constructor of ours; `iris_api.inference.decoding.constructors` says which."""

ARGUMENTS = _pairs(
    {
        "builtins": "dict float int list object set tuple",
        "collections": "OrderedDict",
        "numpy": "ndarray",
        "numpy.random._mt19937": "MT19937",
        "numpy.random._pcg64": "PCG64",
        "numpy.random.bit_generator": "SeedSequence",
        "pandas": "Index",
        "pandas.arrays": "StringArray",
        "pandas.core.indexes.base": "Index",
        "sklearn._loss._loss": "CyHalfMultinomialLoss",
        "sklearn.metrics._dist_metrics": "BrayCurtisDistance64 CanberraDistance64 ChebyshevDistance64 EuclideanDistance64 HammingDistance64"
        " ManhattanDistance64 MinkowskiDistance64 SEuclideanDistance64",
        "sklearn.neighbors._ball_tree": "BallTree",
        "sklearn.neighbors._kd_tree": "KDTree",
        "sklearn.utils.validation": "check_array",
    }
)
"""Classes that only tell a constructor what to make."""

STAND_INS = frozenset({("pandas", "Index"), ("pandas.arrays", "StringArray"), ("pandas.core.indexes.base", "Index")})
"""Those of them that stay names: what they would make is made of something else, and their library need not be there."""

VALUES = _pairs(
    {
        "builtins": "bool float int object str",
        "numpy": "absolute bool cbrt ceil cos exp exp2 expm1 float32 float64 floating floor int16 int32 int64 int8 integer log log10 log1p"
        " log2 max mean median min number object_ rint sign sin sqrt square tanh uint16 uint32 uint64 uint8",
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
        "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression r_regression",
        "sklearn.utils.validation": "check_array",
    }
)
"""Classes and functions that an estimator may hold as the value of a parameter."""

ALLOWED = PLAIN_CLASSES | CALLED | ARGUMENTS | VALUES | _pairs(ONLY_LEFT_OUT | ONLY_CALLED_BACK) | {RECONSTRUCTOR}
"""Every name that may be mentioned at all."""

HOLDS_ITEMS = frozenset(
    {
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("sklearn.utils._bunch", "Bunch"),
    }
)
"""Classes whose instances are dictionaries and get their items one by one."""

KEYS = _pairs({"__builtin__": "bytes", "_codecs": "encode", "numpy._core.multiarray": "scalar"})
"""What may be called to make the key of a dictionary or the member of a set."""

_KNOWN_LIBRARIES = {"numpy", "scipy", "sklearn", *(module.partition(".")[0] for module in BOOSTERS)}

HELD_AS: dict[Name, str] = {
    ("lightgbm.basic", "Booster"): "_Booster",
    ("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper"): "_bin_mapper",
    ("sklearn.preprocessing._label", "LabelBinarizer"): "_label_binarizer label_binarizer_",
    ("sklearn.tree._tree", "Tree"): "tree_",
    ("xgboost.core", "Booster"): "_Booster",
}
"""Parts that trust the estimator around them to check rows, features and threads: the attributes that may hold each.

A label binarizer numbers the columns of a sparse matrix by `numpy.searchsorted` of its classes, which of texts among numbers can be
a place outside; the estimators that hold one only ask it to turn numbers back into labels."""


def check_name(module: str, name: str) -> None:
    """Refuse a name that is not on the list; nothing is imported.

    Raises
    ------
    NotServed
        If it is a part of scikit-learn, NumPy, SciPy or a boosting library.
    ForeignName
        If it is anything else.
    """
    if (module, name) not in ALLOWED:
        mentioned = f"it mentions {f'{module}.{name}'[:MAX_QUOTED]}, which is no part of a scikit-learn classifier"
        if module.partition(".")[0] in _KNOWN_LIBRARIES:
            raise NotServed(mentioned)
        raise ForeignName(f"{mentioned}, and functions and classes of other modules are not loaded")


def import_name(name: Name) -> Any:
    """What ``name``, which is on the list, stands for."""
    return getattr(importlib.import_module(name[0]), name[1])
