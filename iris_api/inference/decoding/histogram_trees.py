"""Histogram gradient boosting, whose compiled code follows nodes, features and bitsets without a look.

``_predict_from_raw_data`` goes from node 0 to one that ``is_leaf``, reads ``X[:, feature_idx]`` and, at a categorical split, rows
``bitset_idx`` of ``raw_left_cat_bitsets`` and of the bitsets of known categories, of which there is one a categorical feature.
"""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

from iris_api.inference.decoding.decision_trees import check_children
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer

STRUCTURED_DTYPES = (PREDICTOR_RECORD_DTYPE,)
_BITSET_WORDS = 8


def _check_predictor(predictor: Any) -> None:
    """One tree, by itself."""
    attributes = vars(predictor)
    nodes = array(attributes.get("nodes"), "the nodes of a histogram tree", PREDICTOR_RECORD_DTYPE, (None,))
    bitsets = array(attributes.get("raw_left_cat_bitsets"), "the bitsets of a histogram tree", np.uint32, (None, _BITSET_WORDS))
    if not len(nodes) or nodes["is_leaf"].max() > 1 or nodes["is_categorical"].max() > 1 or nodes["missing_go_to_left"].max() > 1:
        raise Refused("a histogram tree has no nodes, or one with an odd flag")
    check_children(nodes["left"], nodes["right"], nodes["is_leaf"] == 1, "a histogram tree")
    if not np.isfinite(nodes["value"]).all() or np.isnan(nodes["num_threshold"]).any():
        raise Refused("a histogram tree has values that are not numbers")
    categorical = nodes[nodes["is_categorical"] == 1]
    if len(categorical) and (categorical["bitset_idx"].max() >= len(bitsets) or not bitsets.flags.c_contiguous):
        raise Refused("a histogram tree has a split on categories without their bitset")


def _check_boosting(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "_predictors" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of a {name}", 1)
    mapper = attributes.get("_bin_mapper")
    if attributes.get("_in_fit", False) is not False:
        raise Refused(f"a {name} says that it is being fitted")
    preprocessor = attributes.get("_preprocessor", estimator)
    # what a preprocessor gives is compared with the features in answers, by `row_checks`
    if type(preprocessor) not in (type(None), ColumnTransformer) or type(mapper) is not _BinMapper:
        raise Refused(f"a {name} has an odd preprocessor or no bins")
    is_categorical = array(vars(mapper).get("is_categorical_"), "the flags of categorical features", np.uint8, (features,))
    columns = integer(attributes.get("n_trees_per_iteration_"), f"the trees an iteration of a {name}", 1)
    array(attributes.get("_baseline_prediction"), f"the baseline of a {name}", np.float64, (1, columns))
    if type(attributes["_predictors"]) is not list or not attributes["_predictors"]:
        raise Refused(f"a {name} has no list of trees")
    for stage in attributes["_predictors"]:
        if type(stage) is not list or len(stage) != columns:
            raise Refused(f"a {name} has an iteration of another number of trees")
        for predictor in stage:
            _check_features(predictor, is_categorical, name)


def _check_features(predictor: Any, is_categorical: Any, name: str) -> None:
    if type(predictor) is not TreePredictor:
        raise Refused(f"a {name} has something else among its trees")
    splits = predictor.nodes[predictor.nodes["is_leaf"] == 0]
    owners = splits["feature_idx"]
    if len(splits) and not (owners.min() >= 0 and owners.max() < len(is_categorical)):
        raise Refused(f"a {name} splits on a feature that it does not have")
    if not is_categorical[owners[splits["is_categorical"] == 1]].all():
        raise Refused(f"a {name} splits on categories of a feature without categories")


CHECKS = {
    ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"): _check_predictor,
    ("sklearn.ensemble._hist_gradient_boosting.gradient_boosting", "HistGradientBoostingClassifier"): _check_boosting,
    ("sklearn.ensemble._hist_gradient_boosting.gradient_boosting", "HistGradientBoostingRegressor"): _check_boosting,
}
