"""Decoding as a whole."""

import pickle

import pytest
from sklearn.linear_model import LogisticRegression

from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.decoder import decode
from tests.inference.bundles import dumped

MODEL = LogisticRegression().fit([[0.0], [1.0], [2.0]], ["a", "b", "b"])


@pytest.mark.parametrize("pickled", [dumped(MODEL), *(pickle.dumps(MODEL, protocol) for protocol in range(6))], ids=["joblib", *"012345"])
def test_a_model_answers_as_before(pickled):
    loaded = decode(pickled)
    assert loaded.predict_proba([[0.3]]).tobytes() == MODEL.predict_proba([[0.3]]).tobytes()


def test_there_is_exactly_one_pickle():
    with pytest.raises(Damaged, match="bytes after its end"):
        decode(dumped(MODEL) + b".")


def test_an_object_that_is_not_used_is_not_built():
    unused = b"csklearn.svm._classes\nSVC\n(K\x01K\x02t\x81"
    assert decode(b"\x80\x04" + unused + b"0N.") is None
    with pytest.raises(Refused, match="with arguments"):
        decode(b"\x80\x04" + unused + b".")
