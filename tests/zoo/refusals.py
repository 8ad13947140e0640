"""What is not served, as ``docs/your-own-model.md`` lists it: for each name a model, its rows, its target, and what the refusal says."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.cluster import DBSCAN, HDBSCAN, OPTICS, AgglomerativeClustering, FeatureAgglomeration, SpectralClustering
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

from tests.inference.decoding import zoo
from tests.inference.decoding.regressor_zoo import FLAGS, ROWS, TWO_LABELS
from tests.zoo.estimators import Case
from tests.zoo.frames import FRAME, YES, pd

ANSWER, LINE = FLAGS[:, 0], LogisticRegression()
NA = SimpleImputer(missing_values=pd.NA, strategy="constant", fill_value="none")
LABELS_ONLY, NOT_LISTED = "which does not predict new rows", "which is no part of a scikit-learn classifier"


def own_distance(one: Any, other: Any) -> float:
    """A function that no server has."""
    return float(np.abs(one - other).sum())


def own_kernel(one: Any, other: Any) -> Any:
    """Another one."""
    return one @ other.T


def _beside(column: Any) -> Case:
    """A column that the model does not even look at."""
    frame = pd.DataFrame({"c": column, "age": FRAME["age"]})
    return make_pipeline(make_column_transformer(("drop", ["c"]), remainder="passthrough"), LINE), frame, YES


REFUSED: dict[str, tuple[Case, str]] = {
    "AgglomerativeClustering": ((AgglomerativeClustering(), ROWS, None), LABELS_ONLY),
    "DBSCAN": ((DBSCAN(), ROWS, None), LABELS_ONLY),
    "FeatureAgglomeration": ((FeatureAgglomeration(), ROWS, None), LABELS_ONLY),
    "HDBSCAN": ((HDBSCAN(copy=True), ROWS, None), LABELS_ONLY),
    "OPTICS": ((OPTICS(), ROWS, None), LABELS_ONLY),
    "SpectralClustering": ((SpectralClustering(2, n_neighbors=5, random_state=0), ROWS, None), LABELS_ONLY),
    "LocalOutlierFactor()": ((LocalOutlierFactor(), ROWS, None), LABELS_ONLY),
    "GaussianMixture": ((GaussianMixture(2, random_state=0), ROWS, None), NOT_LISTED),
    "BayesianGaussianMixture": ((BayesianGaussianMixture(n_components=2, random_state=0), ROWS, None), NOT_LISTED),
    "TunedThresholdClassifierCV": ((TunedThresholdClassifierCV(LINE), ROWS, ANSWER), NOT_LISTED),
    "several outputs of several classes": (
        (MultiOutputClassifier(LINE), ROWS, TWO_LABELS),
        "predicts more than one output of several classes each",
    ),
    "metrics": ((KNeighborsClassifier(metric=own_distance), ROWS, ANSWER), "which is not allowed; if it is your own"),
    "kernels": ((SVC(kernel=own_kernel), ROWS, ANSWER), "which is not allowed; if it is your own"),
    "scoring": ((HistGradientBoostingClassifier(max_iter=3, early_stopping=True, scoring="accuracy"), ROWS, ANSWER), "was refused"),
    "token_pattern": (
        (make_pipeline(CountVectorizer(token_pattern=r"(?u)(?:\w+-?)+"), LINE), zoo.TEXTS, zoo.LABELS),
        "was refused",
    ),
    "ngram_range": ((make_pipeline(CountVectorizer(analyzer="char", ngram_range=(31, 31)), LINE), zoo.TEXTS, zoo.LABELS), "was refused"),
    "DictVectorizer": ((make_pipeline(DictVectorizer(), LINE), zoo.DICTIONARIES, zoo.LABELS), "X must be a DataFrame, a list of texts"),
    "FeatureHasher": (
        (make_pipeline(FeatureHasher(16), LINE), zoo.DICTIONARIES, zoo.LABELS),
        "X must be a DataFrame, a list of texts",
    ),
    "sparse": ((LINE, csr_matrix(ROWS), ANSWER), "X is a sparse matrix"),
    "arrays of objects": ((make_pipeline(OneHotEncoder(), LINE), zoo.MIXED[:, 1:3], zoo.LABELS), "X is an array of object"),
    "pd.NA": ((make_pipeline(NA, OneHotEncoder(), LINE), FRAME[["as string"]], YES), "was refused"),
    "a time zone": ((make_pipeline(OneHotEncoder(), LINE), FRAME[["paid at"]], YES), "was refused"),
    "intervals": (_beside(pd.cut(FRAME["age"], 3)), "has categories of interval"),
    "periods": (_beside(FRAME["joined"].dt.to_period("M")), "holds values of period"),
    "time differences": (_beside(FRAME["joined"] - FRAME["joined"].min()), "holds values of timedelta"),
    "values of several types": (_beside(pd.Series([1, "a"] * 40, dtype=object)), "holds values of object"),
}
