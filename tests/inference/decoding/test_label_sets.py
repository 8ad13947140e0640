"""Sets of labels: no label has a number outside the matrix."""

import copy

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectFromModel
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import LabelBinarizer, MultiLabelBinarizer

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.label_sets import CHECKS
from tests.inference.bundles import dumped
from tests.inference.decoding.zoo import SETS

(CHECK,) = CHECKS.values()
USED = MultiLabelBinarizer().fit(SETS)
USED.transform(SETS)


@pytest.mark.parametrize("model", [USED, MultiLabelBinarizer(), MultiLabelBinarizer().fit([[1, 2], [3]])], ids=["used", "new", "numbers"])
def test_a_genuine_one_passes(model):
    CHECK(model)


FORGED = {
    "a number outside": {"_cached_dict": {"alpha": 1}},
    "a number below zero": {"_cached_dict": {"alpha": -1}},
    "a number twice": {"_cached_dict": {"alpha": 0, "Beta": 0}},
    "no dictionary": {"_cached_dict": ["alpha"]},
    "a label twice": {"classes_": np.array(["a", "b", "a"], dtype=object)},
    "labels that are equal": {"classes_": np.array([1, 1.0, True], dtype=object)},
    "a list of labels": {"classes_": ["a", "b"]},
    "a table of labels": {"classes_": np.array([["a", "b"]])},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_forged_one_is_refused(change):
    model = copy.copy(USED)
    vars(model).update(change)
    with pytest.raises(Refused, match="a MultiLabelBinarizer"):
        CHECK(model)


def test_a_label_binarizer_would_number_a_text_among_numbers_outside():
    """Why none is taken as a step or a part, where rows of texts would reach it."""
    classes = np.array([5, 10, 11])
    assert np.searchsorted(classes, np.array(["5"])) == len(classes)
    binarizer = LabelBinarizer().fit(classes)
    assert decode(dumped(binarizer)).transform([5]).tolist() == [[1, 0, 0]]
    columns = ColumnTransformer([("label", "passthrough", [0])]).fit(np.zeros((3, 1)))
    columns.transformers_ = [("label", binarizer, 0)]
    for holder in (columns, Pipeline([("label", binarizer)]), FeatureUnion([("label", binarizer)]), SelectFromModel(binarizer)):
        with pytest.raises(Refused, match="a LabelBinarizer outside the estimator that it belongs to"):
            decode(dumped(holder))
