"""One-hot encoders: no category is encoded as a column outside the matrix."""

import copy

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.encoders import CHECKS

ROWS = np.random.default_rng(17).integers(0, 5, size=(60, 3)).astype(float)
ENCODER = OneHotEncoder().fit(ROWS)
TARGET = TargetEncoder().fit(ROWS, ROWS[:, 0] % 3)
GENUINE = {
    "plain": ENCODER,
    "first dropped": OneHotEncoder(drop="first").fit(ROWS),
    "binary dropped": OneHotEncoder(drop="if_binary").fit(np.c_[ROWS[:, 0] > 2, ROWS[:, 1]].astype(float)),
    "infrequent": OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist").fit(ROWS),
    "infrequent and dropped": OneHotEncoder(min_frequency=12, drop="first", handle_unknown="infrequent_if_exist").fit(ROWS),
    "unknown ignored": OneHotEncoder(handle_unknown="ignore").fit(ROWS),
    "missing values": OneHotEncoder().fit(np.where(ROWS == 2, np.nan, ROWS)),
    "text": OneHotEncoder().fit(ROWS.astype(str).astype(object)),
    "text of a fixed width": OneHotEncoder().fit(ROWS.astype(str)),
    "truth": OneHotEncoder().fit(ROWS > 2),
    "objects": OneHotEncoder().fit(np.where(ROWS == 2, None, ROWS.astype(object))),
    "objects with a missing number": OneHotEncoder().fit(np.where(ROWS == 2, np.nan, ROWS).astype(object)),
    "given texts in their own order": OneHotEncoder(categories=[["b", "a"]]).fit(np.array([["a"], ["b"]], dtype=object)),
    "given numbers as objects in their own order": OneHotEncoder(categories=[[2, 1]]).fit(np.array([[1], [2]], dtype=object)),
    "days with a missing one": OneHotEncoder().fit(np.array([["2026-01-01"], ["NaT"], ["2025-01-01"]], "M8[D]")),
    "days": OneHotEncoder().fit(np.datetime64("2026-01-01") + ROWS[:, :1].astype(int)),
    "ordinal": OrdinalEncoder(dtype=np.int32).fit(ROWS),
    "ordinal of objects": OrdinalEncoder().fit(ROWS.astype(str).astype(object)),
    "target": TargetEncoder().fit(ROWS, ROWS[:, 0]),
    "target of two": TargetEncoder().fit(ROWS, ROWS[:, 0] > 2),
    "target of three": TARGET,
    "target, not fitted": TargetEncoder(),
    "not fitted": OneHotEncoder(),
}


def check(encoder):
    CHECKS[type(encoder).__module__, type(encoder).__name__](encoder)


@pytest.mark.parametrize("encoder", GENUINE.values(), ids=GENUINE)
def test_a_genuine_encoder_passes(encoder):
    check(encoder)


INFREQUENT = {"_infrequent_enabled": True, "_infrequent_indices": [None] * 3, "_default_to_infrequent_mappings": [None] * 3}
FORGED = {
    "fewer columns": {"_n_features_outs": [5, 5, 4]},
    "no columns": {"_n_features_outs": [0, 0, 0]},
    "columns of text": {"_n_features_outs": ["5", 5, 5]},
    "columns of fewer features": {"_n_features_outs": [5, 5]},
    "no list of columns": {"_n_features_outs": None},
    "more categories": {"categories_": [np.arange(6.0)] * 3},
    "categories of lists": {"categories_": [[1, 2]] * 3},
    "no list of categories": {"categories_": 5},
    "a mapping beyond the columns": INFREQUENT | {"_default_to_infrequent_mappings": [np.array([0, 1, 2, 3, 9]), None, None]},
    "a mapping below zero": INFREQUENT | {"_default_to_infrequent_mappings": [np.arange(5) - 1, None, None]},
    "a mapping of fewer categories": INFREQUENT | {"_default_to_infrequent_mappings": [np.arange(4), None, None]},
    "a mapping of text": INFREQUENT | {"_default_to_infrequent_mappings": ["abcde", None, None]},
    "no mappings": INFREQUENT | {"_default_to_infrequent_mappings": None},
    "an infrequent category outside": INFREQUENT | {"_infrequent_indices": [np.array([5]), None, None]},
    "an infrequent category of text": INFREQUENT | {"_infrequent_indices": ["a", None, None]},
    "odd infrequence": {"_infrequent_enabled": 1},
    "a dropped category outside": {"_drop_idx_after_grouping": np.array([5, None, None], dtype=object)},
    "a dropped category below zero": {"_drop_idx_after_grouping": np.array([-1, None, None], dtype=object)},
    "dropped categories of a list": {"_drop_idx_after_grouping": [0, 0, 0]},
    "categories that do not ascend": {"categories_": [np.arange(5.0)[::-1].copy()] * 3},
    "days that do not ascend": {"categories_": [np.datetime64("2026-01-05") - np.arange(5)] * 3},
    "complex numbers": {"categories_": [np.arange(5) * 1j] * 3},
    "elements of text": {"dtype": np.dtype("U1000")},
    "no categories of a feature": {"categories_": [np.empty(0)] * 3},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_an_encoder_of_more_categories_than_columns_is_refused(change):
    encoder = copy.copy(ENCODER)
    vars(encoder).update(change)
    with pytest.raises(Refused, match="a OneHotEncoder"):
        check(encoder)


FORGED_TARGETS = {
    "fewer encodings": {"encodings_": TARGET.encodings_[:8]},
    "more encodings": {"encodings_": TARGET.encodings_ * 2},
    "a shorter encoding": {"encodings_": [np.zeros(4)] * 9},
    "an encoding of objects": {"encodings_": [np.zeros(5, dtype=object)] * 9},
    "no encodings": {"encodings_": None},
    "fewer classes": {"classes_": TARGET.classes_[:2]},
    "a list of classes": {"classes_": TARGET.classes_.tolist()},
    "fewer means": {"target_mean_": TARGET.target_mean_[:2]},
    "another type": {"target_type_": "continuous"},
    "no type": {"target_type_": None},
    "categories that do not ascend": {"categories_": [np.arange(5.0)[::-1].copy()] * 3},
}


@pytest.mark.parametrize("change", FORGED_TARGETS.values(), ids=FORGED_TARGETS)
def test_a_target_encoder_fills_every_column(change):
    encoder = copy.copy(TARGET)
    vars(encoder).update(change)
    with pytest.raises(Refused, match="a TargetEncoder"):
        check(encoder)


@pytest.mark.parametrize(
    "change", [{"dtype": "U1000"}, {"dtype": None}, {"categories_": None}, {"categories_": [np.arange(3.0)[::-1]]}], ids=repr
)
def test_an_ordinal_encoder_has_ascending_categories(change):
    encoder = copy.copy(GENUINE["ordinal"])
    vars(encoder).update(change)
    with pytest.raises(Refused, match="OrdinalEncoder"):
        check(encoder)


@pytest.mark.parametrize("values", [["9.0", "1.0"], np.array([9.0, 1.0], dtype=object)], ids=["texts", "objects"])
def test_scikit_learn_looks_no_number_up_among_texts_and_objects(values):
    """Why texts and objects need not ascend: the place of the largest number would be behind the last category."""
    encoder = OneHotEncoder().fit([[1.0], [9.0]])
    encoder.categories_ = [np.asarray(values)]
    check(encoder)
    with pytest.raises(TypeError, match="isnan"):
        encoder.transform(np.array([[9.0]]))
