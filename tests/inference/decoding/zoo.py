"""Transformers of scikit-learn, each with rows that it is fitted on: numbers, mixed columns, texts, dictionaries and sets of labels."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import FeatureAgglomeration
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.decomposition import (
    DictionaryLearning,
    LatentDirichletAllocation,
    MiniBatchDictionaryLearning,
    MiniBatchSparsePCA,
    SparseCoder,
    SparsePCA,
)
from sklearn.ensemble import RandomTreesEmbedding
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes IterativeImputer importable
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFECV, GenericUnivariateSelect, SequentialFeatureSelector, mutual_info_classif
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_approximation import AdditiveChi2Sampler, PolynomialCountSketch, SkewedChi2Sampler
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.manifold import Isomap, LocallyLinearEmbedding
from sklearn.neighbors import KNeighborsTransformer, RadiusNeighborsTransformer
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    KernelCenterer,
    LabelBinarizer,
    LabelEncoder,
    MinMaxScaler,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

rng = np.random.default_rng(29)
COUNT = 48
NUMBERS = np.round(rng.uniform(0.1, 3, (COUNT, 4)), 2)
LABELS = rng.integers(0, 2, COUNT)
THREE = np.array(["low", "mid", "high"])[rng.integers(0, 3, COUNT)]
GAPS = np.where(rng.uniform(size=NUMBERS.shape) < 0.15, np.nan, NUMBERS)
WORDS = ["alpha", "Beta", "gamma", "délta", "the", "and", "42"]
TEXTS = [" ".join(rng.choice(WORDS, 7)) for _ in range(COUNT)]
CITIES, FLAGS, SIZES = rng.choice(["Bonn", "Köln", "Ulm"], COUNT), rng.integers(0, 2, COUNT) > 0, rng.integers(0, 4, COUNT)
MIXED = np.empty((COUNT, 5), dtype=object)
MIXED[:, 0], MIXED[:, 1], MIXED[:, 2], MIXED[:, 3], MIXED[:, 4] = NUMBERS[:, 0], CITIES, FLAGS, SIZES, GAPS[:, 0]
ABSENT_CITIES = np.where(rng.uniform(size=COUNT) < 0.2, None, CITIES.astype(object))[:, None]
DICTIONARIES = [{"city": str(city), "size": int(size)} for city, size in zip(CITIES, SIZES, strict=True)]
SETS = [list(rng.choice(WORDS, 2)) for _ in range(COUNT)]
LINE = LogisticRegression()

Case = tuple[BaseEstimator, Any, Any]
"""An estimator that is not fitted, its rows, and its target."""


def _columns(*parts: Any, **options: Any) -> Case:
    return make_pipeline(ColumnTransformer(list(parts), **options), LINE), MIXED, THREE


COLUMNS: dict[str, Case] = {
    "columns by number, scaled and one-hot": _columns(
        ("scaled", make_pipeline(SimpleImputer(), StandardScaler()), [0, 4]),
        ("city", OneHotEncoder(handle_unknown="ignore"), [1]),
    ),
    "columns by a slice, the rest as it is": _columns(
        ("city", OneHotEncoder(), slice(1, 3)), ("gap", "drop", [4]), remainder="passthrough"
    ),
    "columns by a mask, the rest scaled": _columns(
        ("city", OneHotEncoder(), np.array([False, True, True, False, False])), ("gap", "drop", [-1]), remainder=MinMaxScaler()
    ),
    "one column of sparse output": _columns(("city", OneHotEncoder(), [1]), ("same", "passthrough", [3]), sparse_threshold=1.0),
    "weighted columns under plain names": _columns(
        ("city", OneHotEncoder(), [1]), ("size", "passthrough", [3]), transformer_weights={"size": 2}, verbose_feature_names_out=False
    ),
    "a text column": (
        make_pipeline(ColumnTransformer([("text", TfidfVectorizer(), 0)]), LINE),
        np.array([[text, 1] for text in TEXTS], dtype=object),
        THREE,
    ),
}
ENCODERS: dict[str, Case] = {
    "one-hot texts": (OneHotEncoder(), MIXED[:, 1:2], None),
    "one-hot strings of a fixed width": (OneHotEncoder(handle_unknown="ignore"), CITIES[:, None], None),
    "one-hot whole numbers": (OneHotEncoder(drop="first", dtype=np.float32), SIZES[:, None], None),
    "one-hot truth": (OneHotEncoder(drop="if_binary"), FLAGS[:, None], None),
    "one-hot with absent values": (OneHotEncoder(), ABSENT_CITIES, None),
    "one-hot infrequent": (OneHotEncoder(min_frequency=15, handle_unknown="infrequent_if_exist"), SIZES[:, None], None),
    "one-hot of given categories": (OneHotEncoder(categories=[["Ulm", "Bonn", "Köln", "Trier"]]), MIXED[:, 1:2], None),
    "one-hot days": (OneHotEncoder(), (np.datetime64("2026-01-01") + SIZES)[:, None], None),
    "ordinal texts": (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), MIXED[:, 1:3], None),
    "ordinal with absent values": (OrdinalEncoder(encoded_missing_value=-9, dtype="int32"), ABSENT_CITIES, None),
    "ordinal infrequent": (OrdinalEncoder(max_categories=2), SIZES[:, None], None),
    "target of three labels": (TargetEncoder(random_state=0), MIXED[:, 1:3].astype(str), THREE),
    "target of two labels": (TargetEncoder(random_state=0), MIXED[:, 1:3].astype(str).astype(object), LABELS),
    "target of numbers": (TargetEncoder(random_state=0), SIZES[:, None], NUMBERS[:, 1]),
    "labels": (LabelEncoder(), THREE.astype(object), None),
    "labels as columns": (LabelBinarizer(sparse_output=True), THREE, None),
    "sets of labels": (MultiLabelBinarizer(), SETS, None),
    "sets of labels, sparse": (MultiLabelBinarizer(sparse_output=True, classes=WORDS), SETS, None),
}
IMPUTERS: dict[str, Case] = {
    **{
        f"imputed by the {strategy}": (SimpleImputer(strategy=strategy, add_indicator=True), GAPS, None)
        for strategy in ("mean", "median", "most_frequent")
    },
    "imputed by a text": (
        make_pipeline(SimpleImputer(strategy="constant", fill_value="none", missing_values=None), OneHotEncoder()),
        ABSENT_CITIES,
        None,
    ),
    "imputed by the most frequent text": (SimpleImputer(strategy="most_frequent", missing_values=None), ABSENT_CITIES, None),
    "imputed by neighbours": (KNNImputer(n_neighbors=3, weights="distance"), GAPS, None),
    "imputed in rounds": (IterativeImputer(max_iter=3, random_state=0), GAPS, None),
    "imputed at random": (IterativeImputer(max_iter=2, sample_posterior=True, random_state=0), GAPS, None),
    "what is missing": (MissingIndicator(features="all"), GAPS, None),
    "what is missing, sparse": (MissingIndicator(sparse=True), GAPS, None),
}
FUNCTIONS: dict[str, Case] = {
    "a logarithm": (FunctionTransformer(np.log1p, np.expm1, feature_names_out="one-to-one"), NUMBERS, None),
    "no function": (FunctionTransformer(), NUMBERS, None),
    "a root before a line": (make_pipeline(FunctionTransformer(np.sqrt), LINE), NUMBERS, LABELS),
    "a target on a logarithmic scale": (
        TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1),
        NUMBERS,
        NUMBERS[:, 0] * 2,
    ),
    "a scaled target": (TransformedTargetRegressor(LinearRegression(), transformer=PowerTransformer()), NUMBERS, NUMBERS[:, 1]),
    "a target scaled twice": (
        TransformedTargetRegressor(LinearRegression(), transformer=make_pipeline(StandardScaler(), MinMaxScaler())),
        NUMBERS,
        NUMBERS[:, :2],
    ),
    "pooled features": (FeatureAgglomeration(2), NUMBERS, None),
    "pooled features by their median": (FeatureAgglomeration(2, pooling_func=np.median), NUMBERS, None),
    "a union of all and some": (FeatureUnion([("all", "passthrough"), ("scaled", StandardScaler())]), NUMBERS, None),
}
WRITTEN: dict[str, Case] = {
    "tf-idf before a line": (
        make_pipeline(TfidfVectorizer(ngram_range=(1, 2), stop_words="english", sublinear_tf=True), LINE),
        TEXTS,
        LABELS,
    ),
    "tf-idf without accents": (TfidfVectorizer(strip_accents="unicode", max_features=5), TEXTS, None),
    "counts of characters": (CountVectorizer(analyzer="char_wb", ngram_range=(2, 3), min_df=2), TEXTS, None),
    "counts of given words": (CountVectorizer(vocabulary=["alpha", "gamma"], token_pattern=r"\w+", dtype=np.int32), TEXTS, None),
    "counts without some words": (CountVectorizer(stop_words=["the", "and"], max_df=0.9, binary=True), TEXTS, None),
    "counts, then tf-idf": (make_pipeline(CountVectorizer(), TfidfTransformer(norm="l1"), LINE), TEXTS, THREE),
    "hashed words": (make_pipeline(HashingVectorizer(n_features=64), LINE), TEXTS, LABELS),
    "dictionaries": (make_pipeline(DictVectorizer(), LINE), DICTIONARIES, LABELS),
    "dictionaries as an array": (DictVectorizer(sparse=False, dtype=np.float32), DICTIONARIES, None),
    "hashed dictionaries": (FeatureHasher(n_features=16), DICTIONARIES, None),
    "topics of texts": (make_pipeline(CountVectorizer(), LatentDirichletAllocation(2, max_iter=2, random_state=0)), TEXTS, None),
}
NUMERIC: dict[str, Case] = {
    "additive chi2": (AdditiveChi2Sampler(), NUMBERS, None),
    "skewed chi2": (SkewedChi2Sampler(n_components=5, random_state=0), NUMBERS, None),
    "sketch of products": (PolynomialCountSketch(n_components=8, random_state=0), NUMBERS, None),
    "boltzmann machine": (BernoulliRBM(3, n_iter=2, random_state=0), NUMBERS / 3, None),
    "dictionary": (DictionaryLearning(3, max_iter=5, random_state=0), NUMBERS, None),
    "dictionary in small batches": (MiniBatchDictionaryLearning(3, max_iter=5, random_state=0), NUMBERS, None),
    "sparse code": (SparseCoder(np.eye(4)[:3], transform_algorithm="lasso_lars"), NUMBERS, None),
    "sparse components": (SparsePCA(2, max_iter=5, random_state=0), NUMBERS, None),
    "sparse components in small batches": (MiniBatchSparsePCA(2, max_iter=5, random_state=0), NUMBERS, None),
    "topics": (LatentDirichletAllocation(2, max_iter=2, random_state=0), np.round(NUMBERS), None),
    **{type(kind).__name__: (kind, NUMBERS[:, :3], NUMBERS[:, 2:]) for kind in (CCA(1), PLSCanonical(1), PLSRegression(2), PLSSVD(1))},
    "chosen by a score": (GenericUnivariateSelect(mutual_info_classif, mode="k_best", param=2), NUMBERS, LABELS),
    "chosen by elimination": (RFECV(LINE, cv=2), NUMBERS, LABELS),
    "chosen one by one": (SequentialFeatureSelector(LINE, n_features_to_select=2, cv=2), NUMBERS, LABELS),
    "splines": (SplineTransformer(), NUMBERS, None),
    "splines, linear outside": (SplineTransformer(degree=2, extrapolation="linear", include_bias=False), NUMBERS, None),
    "splines, periodic and sparse": (SplineTransformer(extrapolation="periodic", sparse_output=True), NUMBERS, None),
    "splines over gaps": (SplineTransformer(handle_missing="zeros", knots="quantile"), GAPS, None),
    "neighbours as a graph": (KNeighborsTransformer(n_neighbors=3), NUMBERS, None),
    "neighbours by votes of a graph": (KNeighborsTransformer(n_neighbors=3, mode="connectivity", algorithm="brute"), NUMBERS, None),
    "neighbours within a radius as a graph": (RadiusNeighborsTransformer(radius=1.5, algorithm="ball_tree"), NUMBERS, None),
    "an embedding by distances": (Isomap(n_neighbors=8), NUMBERS, None),
    "an embedding by distances within a radius": (Isomap(n_neighbors=None, radius=3.0), NUMBERS, None),
    "an embedding by lines": (LocallyLinearEmbedding(n_neighbors=8, random_state=0), NUMBERS, None),
    "an embedding by trees": (RandomTreesEmbedding(4, max_depth=2, random_state=0), NUMBERS, None),
    "isotonic": (IsotonicRegression(out_of_bounds="clip"), NUMBERS[:, 0], NUMBERS[:, 1]),
    "centred kernel": (KernelCenterer(), NUMBERS[:4] @ NUMBERS[:4].T, None),
    "products": (PolynomialFeatures((2, 3), interaction_only=True), NUMBERS, None),
    "products in columns": (PolynomialFeatures(3, include_bias=False, order="F"), NUMBERS, None),
    "bins, one-hot": (KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), NUMBERS, None),
    "quantiles": (QuantileTransformer(n_quantiles=9, output_distribution="normal"), NUMBERS, None),
    "powers": (PowerTransformer("box-cox"), NUMBERS, None),
}
ZOO: dict[str, Case] = COLUMNS | ENCODERS | IMPUTERS | FUNCTIONS | WRITTEN | NUMERIC
