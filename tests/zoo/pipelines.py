"""Pipelines over mixed columns, as people build them: for each name a model, its rows and its target."""

from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes IterativeImputer importable
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsRegressor, LocalOutlierFactor
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC

from tests.zoo.frames import FRAME, LABELS, SCORE, TWO_NUMBERS, WORD, YES, pd

Case = tuple[Any, Any, Any]

NUMERIC, NAMED = ["age", "income (EUR)", "visits"], ["Stadt/Größe", "is active", "plan"]
QUOTED = 'the "quoted" one\'s'
CHURN = FRAME[[*NUMERIC, *NAMED]]
TEXTS = FRAME["notes.text"]
SCALED = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
HOT = OneHotEncoder(handle_unknown="ignore")
UNKNOWN = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
MIXED = ColumnTransformer([("number", SCALED, NUMERIC), ("name", HOT, NAMED)])
LINE, SHALLOW = LogisticRegression(), {"max_iter": 4, "min_samples_leaf": 5}
KINDS = FRAME[["plan", "size", "stars", "vip", "visits", "age"]]

CLASSIFIERS: dict[str, Case] = {
    "churn: scaled numbers and one-hot names": (make_pipeline(MIXED, LINE), CHURN, YES),
    "one-hot that takes nothing unknown, a forest": (
        make_pipeline(
            make_column_transformer((OneHotEncoder(), NAMED), remainder=SimpleImputer()), RandomForestClassifier(5, random_state=0)
        ),
        CHURN,
        WORD,
    ),
    "ordinal names and absent ones, boosting": (
        make_pipeline(
            make_column_transformer((UNKNOWN, ["Stadt/Größe", "名前", "objects"]), remainder="passthrough"),
            HistGradientBoostingClassifier(**SHALLOW),
        ),
        FRAME[["Stadt/Größe", "名前", "objects", "visits", "age"]],
        WORD,
    ),
    "names encoded by the target": (
        make_pipeline(ColumnTransformer([("name", TargetEncoder(random_state=0), ["Stadt/Größe", "名前"])], remainder=SCALED), LINE),
        FRAME[["Stadt/Größe", "名前", *NUMERIC]],
        WORD,
    ),
    "tf-idf of a column beside numbers": (
        make_pipeline(ColumnTransformer([("text", TfidfVectorizer(ngram_range=(1, 2)), "notes.text"), ("n", SCALED, NUMERIC)]), LINE),
        FRAME[["notes.text", *NUMERIC]],
        WORD,
    ),
    "counts of characters of a column": (
        make_pipeline(
            ColumnTransformer([("text", CountVectorizer(analyzer="char_wb", ngram_range=(2, 3)), "notes.text")]), MultinomialNB()
        ),
        FRAME[["notes.text"]],
        YES,
    ),
    "a list of texts, without probabilities": (make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC()), TEXTS.tolist(), WORD),
    "a series of texts, hashed": (
        make_pipeline(HashingVectorizer(n_features=64), SGDClassifier(loss="log_loss", random_state=0)),
        TEXTS,
        YES,
    ),
    "texts in a few dimensions": (make_pipeline(TfidfVectorizer(), TruncatedSVD(4, random_state=0), LINE), TEXTS.to_numpy(), WORD),
    "boosting of categories of all types": (HistGradientBoostingClassifier(categorical_features="from_dtype", **SHALLOW), KINDS, WORD),
    "boosting of categories by name": (
        HistGradientBoostingClassifier(categorical_features=["tiny"], **SHALLOW),
        FRAME[["tiny", "age"]].assign(tiny=FRAME["tiny"] % 5),
        YES,
    ),
    "an ordered category": (
        make_pipeline(make_column_transformer((OrdinalEncoder(categories=[["S", "M", "L"]]), ["size"]), remainder="passthrough"), LINE),
        FRAME[["size", "age"]],
        YES,
    ),
    "a vote of pipelines": (
        VotingClassifier(
            [("line", make_pipeline(MIXED, LINE)), ("trees", make_pipeline(MIXED, RandomForestClassifier(3, random_state=0)))],
            voting="soft",
        ),
        CHURN,
        WORD,
    ),
    "calibrated": (CalibratedClassifierCV(make_pipeline(MIXED, LinearSVC()), cv=3), CHURN, WORD),
    "frames between the steps": (
        make_pipeline(
            ColumnTransformer([("n", SCALED, NUMERIC), ("c", OneHotEncoder(sparse_output=False), NAMED)]).set_output(transform="pandas"),
            SelectKBest(k=5).set_output(transform="pandas"),
            LINE,
        ).set_output(transform="pandas"),
        CHURN,
        WORD,
    ),
    "columns selected by type": (
        make_pipeline(
            make_column_transformer(
                (SCALED, make_column_selector(dtype_include="number")),
                (HOT, make_column_selector(dtype_include=["category", "bool"])),
            ),
            LINE,
        ),
        FRAME[["age", "visits", "plan", "vip", "is active"]],
        YES,
    ),
    "infrequent names": (
        make_pipeline(
            make_column_transformer((OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"), ["Stadt/Größe"])), LINE
        ),
        FRAME[["Stadt/Größe"]],
        YES,
    ),
    "absent names filled in": (
        make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), HOT), ["objects"]),
                (make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), HOT), ["told us"]),
            ),
            LINE,
        ),
        FRAME[["objects", "told us"]],
        WORD,
    ),
    "nullable columns of pandas": (
        make_pipeline(make_column_transformer((SCALED, ["children", "share"]), (SimpleImputer(), ["opted in"])), LINE),
        FRAME[["children", "share", "opted in"]],
        YES,
    ),
    "whole numbers and truth values with gaps": (
        make_pipeline(make_column_transformer((SCALED, ["visits"]), (UNKNOWN, ["told us"])), LINE),
        FRAME[["visits", "told us"]],
        YES,
    ),
    "pandas's own strings": (
        make_pipeline(make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["as string"])), LINE),
        FRAME[["as string"]].fillna("none"),
        YES,
    ),
    "days and times, one-hot": (
        make_pipeline(make_column_transformer((HOT, ["joined", "last seen"]), ("drop", ["paid at"]), remainder="passthrough"), LINE),
        FRAME[["joined", "last seen", "paid at", "age"]],
        YES,
    ),
    "whole numbers for names of columns": (
        make_pipeline(ColumnTransformer([("n", SCALED, [0, 1]), ("c", HOT, [2])]), LINE),
        CHURN[["age", "visits", "plan"]].set_axis([0, 1, 2], axis=1),
        YES,
    ),
    "categories of whole numbers with gaps, one-hot": (
        make_pipeline(make_column_transformer((HOT, ["stars"]), (UNKNOWN, ["vip"])), LINE),
        FRAME[["stars", "vip"]],
        YES,
    ),
    "several labels": (make_pipeline(MIXED, MultiOutputClassifier(LINE)), CHURN, LABELS),
    "several labels, one against the rest": (make_pipeline(MIXED, OneVsRestClassifier(LINE)), CHURN, LABELS),
    "several labels of a forest": (make_pipeline(MIXED, RandomForestClassifier(4, random_state=0)), CHURN, LABELS),
}
REGRESSORS: dict[str, Case] = {
    "a function of columns of two types": (make_pipeline(FunctionTransformer(np.log1p), Ridge()), FRAME[["age", "small"]], SCORE),
    "logarithms, splines and bins": (
        make_pipeline(
            make_column_transformer(
                (FunctionTransformer(np.log1p), ["age"]),
                (SplineTransformer(n_knots=4), [QUOTED]),
                (KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), ["tiny"]),
                (PolynomialFeatures(2), ["age", QUOTED]),
            ),
            Ridge(),
        ),
        FRAME[["age", QUOTED, "tiny"]],
        pd.Series(SCORE, name="score (points)"),
    ),
    "a target on a logarithmic scale": (
        TransformedTargetRegressor(make_pipeline(MIXED, Ridge()), func=np.log1p, inverse_func=np.expm1),
        CHURN,
        SCORE,
    ),
    "a scaled target of boosting": (
        TransformedTargetRegressor(HistGradientBoostingRegressor(**SHALLOW), transformer=QuantileTransformer(n_quantiles=9)),
        FRAME[["age", "income (EUR)", "visits"]],
        SCORE,
    ),
    "boosting of categories and gaps": (HistGradientBoostingRegressor(categorical_features="from_dtype", **SHALLOW), KINDS, SCORE),
    "names encoded by the numbers": (
        make_pipeline(ColumnTransformer([("c", TargetEncoder(random_state=0), NAMED), ("n", SCALED, NUMERIC)]), Ridge()),
        CHURN,
        SCORE,
    ),
    "two targets": (make_pipeline(MIXED, MultiOutputRegressor(Ridge())), CHURN, TWO_NUMBERS),
    "two targets of a forest": (make_pipeline(MIXED, RandomForestRegressor(4, random_state=0)), CHURN, TWO_NUMBERS.to_numpy()),
    "a stack": (
        StackingRegressor(
            [("line", make_pipeline(MIXED, Ridge())), ("near", make_pipeline(MIXED, KNeighborsRegressor()))], LinearRegression()
        ),
        CHURN,
        SCORE,
    ),
    "gaps filled by neighbours and in rounds": (
        make_pipeline(make_union(KNNImputer(add_indicator=True), IterativeImputer(max_iter=2, random_state=0)), RobustScaler(), Ridge()),
        FRAME[NUMERIC],
        SCORE,
    ),
    "a union of parts": (
        make_pipeline(MIXED, FeatureUnion([("all", "passthrough"), ("few", TruncatedSVD(2, random_state=0))]), Ridge()),
        CHURN,
        SCORE,
    ),
    "numbers of 32 bits": (make_pipeline(StandardScaler(), PCA(2), LinearRegression()), FRAME[["small", "tiny"]].astype("float32"), SCORE),
    "plain numbers of several types": (RandomForestRegressor(5, random_state=0), FRAME[["age", "small", "tiny", QUOTED]], SCORE),
    "days as numbers": (
        make_pipeline(make_column_transformer((UNKNOWN, ["joined"]), (MinMaxScaler(), ["age"])), Ridge()),
        FRAME[["joined", "age"]].assign(joined=FRAME["joined"].where(FRAME["age"] > 25)),
        SCORE,
    ),
}
UNLABELLED: dict[str, Case] = {
    "outliers of mixed columns": (make_pipeline(MIXED, IsolationForest(n_estimators=5, random_state=0)), CHURN, None),
    "outliers of plain numbers": (IsolationForest(n_estimators=5, random_state=0), FRAME[["age", "small"]], None),
    "local outliers": (make_pipeline(MIXED, LocalOutlierFactor(novelty=True)), CHURN, None),
    "clusters": (make_pipeline(MIXED, KMeans(3, n_init=1, random_state=0)), CHURN, None),
}
PIPELINES: dict[str, Case] = CLASSIFIERS | REGRESSORS | UNLABELLED
