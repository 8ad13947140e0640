"""CatBoost's estimators, however they were fitted and pickled, answer as before; what is none of their pickles is refused."""

import pickle

import catboost
import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.unpickling import check_estimator, unpickle
from tests.inference.bundles import dumped
from tests.inference.decoding.assembler import build, new, pickled
from tests.inference.decoding.comparisons import WRITERS
from tests.inference.families.models import case

random = np.random.default_rng(5)
ROWS = np.where(random.random((150, 4)) < 0.1, np.nan, random.normal(size=(150, 4)))
NUMBERS = np.abs(np.nan_to_num(ROWS[:, 0])) + 0.1
CODES = (NUMBERS > 0.5).astype(int) + (NUMBERS > 1)
LABELS = np.array(["low", "fair", "high"])[CODES]
SMALL = {"iterations": 6, "depth": 3, "verbose": False, "allow_writing_files": False}
MODELS = {
    "rounds stopped early": catboost.CatBoostClassifier(early_stopping_rounds=2, **SMALL).fit(ROWS, LABELS, eval_set=(ROWS, LABELS)),
    "two classes": catboost.CatBoostClassifier(**SMALL).fit(ROWS, CODES > 0),
    "trees of any form": catboost.CatBoostRegressor(grow_policy="Lossguide", **SMALL).fit(ROWS, NUMBERS),
    "quantiles": catboost.CatBoostRegressor(loss_function="Quantile:alpha=0.9", **SMALL).fit(ROWS, NUMBERS),
    "counts": catboost.CatBoostRegressor(loss_function="Poisson", **SMALL).fit(ROWS, NUMBERS),
    "several targets": catboost.CatBoostRegressor(loss_function="MultiRMSE", **SMALL).fit(ROWS, np.c_[NUMBERS, -NUMBERS]),
    "a column that nothing depends on": catboost.CatBoostRegressor(**SMALL).fit(np.c_[ROWS, np.zeros(150)], NUMBERS),
}


def assert_answers_as(made, model, rows):
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            given, wanted = getattr(made, method)(rows), getattr(model, method)(rows)
            assert np.ravel(given).tolist() == np.ravel(wanted).tolist()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_it_answers_as_it_was_dumped(model):
    made = unpickle(dumped(model), "model")
    check_estimator(made, "model")
    rows = ROWS if model.n_features_in_ == 4 else np.c_[ROWS, np.zeros(150)]
    assert_answers_as(made, model, rows)
    assert made.n_features_in_ == rows.shape[1]


@pytest.mark.parametrize("writer", WRITERS)
def test_every_protocol_is_read(writer):
    given = case("catboost", "multiclass")
    assert_answers_as(decode(WRITERS[writer](given.model)), given.model, given.data)


def test_an_estimator_that_is_not_fitted_decodes_and_is_refused():
    made = decode(dumped(catboost.CatBoostClassifier()))
    with pytest.raises(ArtifactError, match="holds a CatBoostClassifier that is not fitted"):
        check_estimator(made, "model")


class OwnLoss:
    """A loss function of the user's own."""


@pytest.mark.parametrize(
    ("model", "named"),
    [(catboost.CatBoostRanker(), r"catboost\.core\.CatBoostRanker"), (catboost.CatBoostRegressor(loss_function=OwnLoss()), "OwnLoss")],
    ids=["a ranker", "a loss of the user's own"],
)
def test_what_is_not_served_is_refused_by_name(model, named):
    with pytest.raises(ArtifactError, match=f"(mentions|holds) .*{named}"):
        unpickle(pickle.dumps(model), "model")


CONTENT = MODELS["quantiles"]._serialize_model()
FORGED = {
    "no bytes": ({"__model": "CBM1"}, "not made of its bytes"),
    "no mark": ({"__model": b"CBM2" + CONTENT[4:]}, "not made of its bytes"),
    "a description that is longer than the bytes": ({"__model": b"CBM1\xff\xff\xff\x7f" + CONTENT[8:]}, "not made of its bytes"),
    "nothing but the mark": ({"__model": b"CBM1"}, "not made of its bytes"),
    "another attribute": ({"__model": CONTENT, "_object": 1}, "a parameter that is not a plain name"),
    "an attribute of the class": ({"__class__": 1}, "a parameter that is not a plain name"),
    "no dictionary": ([1], "something else than its parameters"),
}


@pytest.mark.parametrize(("state", "reason"), FORGED.values(), ids=FORGED)
def test_another_state_is_refused(state, reason):
    with pytest.raises(Refused, match=reason):
        decode(pickled(build(new("catboost.core.CatBoostRegressor"), state)))


def test_bytes_that_catboost_cannot_read_are_refused():
    with pytest.raises(ArtifactError, match=r"cannot be unpickled|was refused"):
        unpickle(pickled(build(new("catboost.core.CatBoostRegressor"), {"__model": CONTENT[:8] + b"\xff" * (len(CONTENT) - 8)})), "model")
