"""The names of regressors, outlier detectors, clusterers and their parts, for `iris_api.inference.decoding.names`.

A test fits and decodes every one of the installed scikit-learn that predicts new rows.
"""

from iris_api.inference.decoding.boosting_names import CALLED_BACK

PLAIN_REGRESSORS = {
    "sklearn._loss.link": "IdentityLink LogLink",
    "sklearn._loss.loss": "AbsoluteError HalfGammaLoss HalfPoissonLoss HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss"
    " PinballLoss",
    "sklearn.cluster._affinity_propagation": "AffinityPropagation",
    "sklearn.cluster._agglomerative": "AgglomerativeClustering",
    "sklearn.cluster._birch": "Birch",
    "sklearn.cluster._bisect_k_means": "_BisectingTree",
    "sklearn.cluster._mean_shift": "MeanShift",
    "sklearn.covariance._elliptic_envelope": "EllipticEnvelope",
    "sklearn.dummy": "DummyRegressor",
    "sklearn.ensemble._bagging": "BaggingRegressor",
    "sklearn.ensemble._forest": "ExtraTreesRegressor RandomForestRegressor",
    "sklearn.ensemble._gb": "GradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingRegressor",
    "sklearn.ensemble._iforest": "IsolationForest",
    "sklearn.ensemble._stacking": "StackingRegressor",
    "sklearn.ensemble._voting": "VotingRegressor",
    "sklearn.ensemble._weight_boosting": "AdaBoostRegressor",
    "sklearn.gaussian_process._gpr": "GaussianProcessRegressor",
    "sklearn.kernel_ridge": "KernelRidge",
    "sklearn.linear_model._bayes": "ARDRegression",
    "sklearn.linear_model._coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV MultiTaskElasticNet MultiTaskElasticNetCV"
    " MultiTaskLasso MultiTaskLassoCV",
    "sklearn.linear_model._glm.glm": "GammaRegressor PoissonRegressor TweedieRegressor",
    "sklearn.linear_model._huber": "HuberRegressor",
    "sklearn.linear_model._least_angle": "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    "sklearn.linear_model._omp": "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV",
    "sklearn.linear_model._passive_aggressive": "PassiveAggressiveRegressor",
    "sklearn.linear_model._quantile": "QuantileRegressor",
    "sklearn.linear_model._ransac": "RANSACRegressor",
    "sklearn.linear_model._ridge": "Ridge RidgeCV",
    "sklearn.linear_model._stochastic_gradient": "SGDOneClassSVM SGDRegressor",
    "sklearn.linear_model._theil_sen": "TheilSenRegressor",
    "sklearn.model_selection._split": "GroupKFold GroupShuffleSplit KFold LeaveOneOut RepeatedKFold RepeatedStratifiedKFold ShuffleSplit"
    " StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit",
    "sklearn.multioutput": "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain",
    "sklearn.neighbors._lof": "LocalOutlierFactor",
    "sklearn.neighbors._regression": "KNeighborsRegressor RadiusNeighborsRegressor",
    "sklearn.neural_network._multilayer_perceptron": "MLPRegressor",
    "sklearn.svm._classes": "LinearSVR NuSVR OneClassSVM SVR",
}
"""For each module, its classes written in Python, whose instances are their attributes."""

LEFT_OUT: dict[tuple[str, str], frozenset[str]] = {
    **CALLED_BACK,
    ("sklearn.cluster._birch", "Birch"): frozenset({"dummy_leaf_", "root_"}),
    ("sklearn.cluster._bisect_k_means", "BisectingKMeans"): frozenset({"_kmeans_single"}),
    ("sklearn.model_selection._split", "RepeatedKFold"): frozenset({"cv"}),
    ("sklearn.model_selection._split", "RepeatedStratifiedKFold"): frozenset({"cv"}),
}
"""Attributes that instances of a class are built without. They are needed only to fit further; Birch's lead back to themselves."""

ONLY_LEFT_OUT = {
    "sklearn.cluster._birch": "_CFNode _CFSubcluster",
    "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
}
"""Names that a pickle mentions in such attributes alone: they are never imported."""
