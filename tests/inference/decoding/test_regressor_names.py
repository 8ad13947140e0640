"""Every regressor, outlier detector and clusterer of the installed scikit-learn that predicts new rows decodes, and answers as before."""

import warnings

import pytest
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.cluster import Birch, BisectingKMeans
from sklearn.linear_model import Ridge
from sklearn.model_selection import RepeatedKFold
from sklearn.utils import all_estimators

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.names import ALLOWED, CALLED, PLAIN_CLASSES, VALUES, import_name
from iris_api.inference.decoding.regressor_names import LEFT_OUT, ONLY_LEFT_OUT, PLAIN_REGRESSORS
from iris_api.inference.decoding.row_checks import add_row_check
from tests.inference.bundles import dumped
from tests.inference.decoding.comparisons import WRITERS, assert_same, fitted
from tests.inference.decoding.regressor_zoo import EVERY, KINDS, ROWS, VARIANTS

METHODS = ("predict", "predict_proba", "decision_function", "score_samples")


def answers(model, rows):
    """What each method that the model has says of the rows, as a list of arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = [getattr(model, method)(rows.copy()) for method in METHODS if hasattr(model, method)]
    return [part for answer in given for part in (answer if isinstance(answer, list) else [answer])]


def near(rows):
    """Rows that the model was not fitted on."""
    dense = rows.toarray() if issparse(rows) else rows
    return dense + dense.dtype.type(0.07)


@pytest.mark.parametrize("name", [*EVERY, *VARIANTS])
def test_what_was_decoded_answers_bit_for_bit_as_before(name):
    model, rows, target = (EVERY | VARIANTS)[name]
    model = fitted(model, rows, target)
    wanted = answers(model, near(rows))
    for write in WRITERS.values():
        decoded = decode(write(model))
        assert type(decoded) is type(model)
        for given, before in zip(answers(decoded, near(rows)), wanted, strict=True):
            assert_same(given, before)
    add_row_check(decoded)
    for given, before in zip(answers(decoded, near(rows)), wanted, strict=True):
        assert_same(given, before)


def test_what_is_left_out_predicts_no_new_rows():
    every = {name for name, kind in all_estimators() if issubclass(kind, KINDS)}
    assert every - set(EVERY) == {
        "AgglomerativeClustering", "DBSCAN", "FeatureAgglomeration", "HDBSCAN", "OPTICS", "SpectralClustering",
    }  # fmt: skip


def test_every_name_is_a_plain_class():
    listed = {(module, name) for module, names in PLAIN_REGRESSORS.items() for name in names.split()}
    assert listed <= PLAIN_CLASSES
    assert {name for name in listed if not issubclass(import_name(name), BaseEstimator)} == {
        name for name in listed if "_loss" in name[0] or "_split" in name[0] or name[1] == "_BisectingTree"
    }


def test_what_is_left_out_of_an_instance_is_never_built():
    only = {(module, name) for module, names in ONLY_LEFT_OUT.items() for name in names.split()}
    assert only <= ALLOWED
    assert not only & (PLAIN_CLASSES | CALLED | VALUES)
    for model in (Birch().fit(ROWS), BisectingKMeans(3).fit(ROWS), RepeatedKFold()):
        left_out = LEFT_OUT[type(model).__module__, type(model).__name__]
        assert left_out <= set(vars(model))
        assert set(vars(decode(dumped(model)))) == set(vars(model)) - left_out


def test_what_is_left_out_is_refused_elsewhere():
    model = Ridge().fit(ROWS, ROWS[:, 0])
    model.other = Birch().fit(ROWS).root_
    with pytest.raises(Refused, match="it calls _CF"):
        decode(dumped(model))
    model.other = BisectingKMeans(3).fit(ROWS)._kmeans_single
    with pytest.raises(Refused, match="_kmeans_single_lloyd where no class or function belongs"):
        decode(dumped(model))
