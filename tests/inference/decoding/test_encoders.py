"""One-hot encoders: no category is encoded as a column outside the matrix."""

import copy

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.encoders import CHECKS

ROWS = np.random.default_rng(17).integers(0, 5, size=(60, 3)).astype(float)
ENCODER = OneHotEncoder().fit(ROWS)
GENUINE = {
    "plain": ENCODER,
    "first dropped": OneHotEncoder(drop="first").fit(ROWS),
    "binary dropped": OneHotEncoder(drop="if_binary").fit(np.c_[ROWS[:, 0] > 2, ROWS[:, 1]].astype(float)),
    "infrequent": OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist").fit(ROWS),
    "infrequent and dropped": OneHotEncoder(min_frequency=12, drop="first", handle_unknown="infrequent_if_exist").fit(ROWS),
    "unknown ignored": OneHotEncoder(handle_unknown="ignore").fit(ROWS),
    "not fitted": OneHotEncoder(),
}


def check(encoder):
    CHECKS[type(encoder).__module__, type(encoder).__name__](encoder)


@pytest.mark.parametrize("encoder", GENUINE.values(), ids=GENUINE)
def test_a_genuine_encoder_passes(encoder):
    check(encoder)


FORGED = {
    "fewer columns": {"_n_features_outs": [5, 5, 4]},
    "no columns": {"_n_features_outs": [0, 0, 0]},
    "columns of text": {"_n_features_outs": ["5", 5, 5]},
    "columns of fewer features": {"_n_features_outs": [5, 5]},
    "no list of columns": {"_n_features_outs": None},
    "more categories": {"categories_": [np.arange(6.0)] * 3},
    "categories of lists": {"categories_": [[1, 2]] * 3},
    "no list of categories": {"categories_": 5},
    "a mapping beyond the columns": {"_default_to_infrequent_mappings": [np.array([0, 1, 2, 3, 9]), None, None]},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_an_encoder_of_more_categories_than_columns_is_refused(change):
    encoder = copy.copy(ENCODER)
    vars(encoder).update(change)
    with pytest.raises(Refused, match="a OneHotEncoder"):
        check(encoder)
