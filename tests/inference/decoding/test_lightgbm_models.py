"""LightGBM's estimators, however they were fitted and pickled, answer as before; what does not fit a booster is refused."""

import pickle
import warnings

import lightgbm
import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.unpickling import check_estimator, forget_names, unpickle
from tests.inference.bundles import dumped
from tests.inference.decoding.assembler import build, estimator, new, pickled
from tests.inference.decoding.comparisons import WRITERS
from tests.inference.families.models import assert_answers_as, case

random = np.random.default_rng(5)
ROWS = np.where(random.random((150, 4)) < 0.1, np.nan, random.normal(size=(150, 4)))
NUMBERS = np.abs(np.nan_to_num(ROWS[:, 0])) + 0.1
CODES = (NUMBERS > 0.5).astype(int) + (NUMBERS > 1)
LABELS = np.array(["low", "fair", "high"])[CODES]
SMALL = {"n_estimators": 6, "min_child_samples": 5, "verbose": -1}
QUIET = [lightgbm.early_stopping(2, verbose=False)]
MODELS = {
    "rounds stopped early": lightgbm.LGBMClassifier(**SMALL).fit(ROWS, CODES, eval_X=ROWS, eval_y=CODES, callbacks=QUIET),
    "two classes": lightgbm.LGBMClassifier(**SMALL).fit(ROWS, LABELS == "low"),
    "classes of their own weight": lightgbm.LGBMClassifier(class_weight="balanced", **SMALL).fit(ROWS, LABELS),
    "one against all": lightgbm.LGBMClassifier(objective="multiclassova", **SMALL).fit(ROWS, LABELS),
    "random forests": lightgbm.LGBMRegressor(boosting_type="rf", subsample=0.5, subsample_freq=1, **SMALL).fit(ROWS, NUMBERS),
    "trees that drop out": lightgbm.LGBMRegressor(boosting_type="dart", **SMALL).fit(ROWS, NUMBERS),
    "quantiles": lightgbm.LGBMRegressor(objective="quantile", alpha=0.9, **SMALL).fit(ROWS, NUMBERS),
    "no trees": lightgbm.LGBMRegressor(**SMALL | {"min_child_samples": 1000}).fit(ROWS, NUMBERS),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_it_answers_as_it_was_dumped(model):
    made = unpickle(dumped(model), "model")
    check_estimator(made, "model")
    assert_answers_as(made, model, ROWS)


@pytest.mark.parametrize("writer", WRITERS)
def test_every_protocol_is_read(writer):
    given = case("lightgbm", "multiclass")
    assert_answers_as(decode(WRITERS[writer](given.model)), given.model, given.data)


def test_what_was_decoded_can_be_dumped_and_decoded_again():
    given = case("lightgbm", "binary")
    assert_answers_as(decode(dumped(decode(dumped(given.model)))), given.model, given.data)


def test_one_thread_and_silence_whatever_the_names_of_the_parameters(capfd):
    model = lightgbm.LGBMClassifier(num_threads=7, verbosity=2, n_estimators=2).fit(ROWS, LABELS)
    capfd.readouterr()
    made = decode(dumped(model))
    check_estimator(made, "model")
    made.predict(ROWS)
    assert {made.get_params()[name] for name in ("n_jobs", "num_threads")} == {1}
    assert {made.get_params()[name] for name in ("verbose", "verbosity")} == {-1}
    assert capfd.readouterr() == ("", "")


def test_a_model_fitted_on_names_takes_rows_by_position_without_a_warning():
    import pandas as pd

    model = lightgbm.LGBMClassifier(**SMALL).fit(pd.DataFrame(ROWS, columns=list("abcd")), LABELS)
    made = decode(dumped(model))
    forget_names(made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made.predict(ROWS).tolist() == model.predict(pd.DataFrame(ROWS, columns=list("abcd"))).tolist()


def test_an_estimator_that_is_not_fitted_decodes_and_is_refused():
    made = decode(dumped(lightgbm.LGBMClassifier()))
    with pytest.raises(ArtifactError, match="holds a LGBMClassifier that is not fitted"):
        check_estimator(made, "model")


def own_objective(_labels, _predictions):
    return None


@pytest.mark.parametrize(
    ("model", "named"),
    [(lightgbm.LGBMRanker(), r"lightgbm\.sklearn\.LGBMRanker"), (lightgbm.LGBMRegressor(objective=own_objective), "own_objective")],
    ids=["a ranker", "an objective of the user's own"],
)
def test_what_is_not_served_is_refused_by_name(model, named):
    with pytest.raises(ArtifactError, match=f"(mentions|holds) .*{named}"):
        unpickle(pickle.dumps(model), "model")


def with_attributes(**attributes):
    made = decode(dumped(MODELS["two classes"]))
    vars(made).update(attributes)
    return dumped(made)


FORGED = {
    "more features": ({"_n_features": 5}, "another number of features"),
    "more features for validation": ({"_n_features_in": 3}, "another number of features"),
    "more classes": ({"_n_classes": 3}, "another number of classes"),
    "fewer labels": ({"_classes": np.array(["low"])}, "another number of classes"),
    "checks that are switched off": (
        {"predict_disable_shape_check": True, "_other_params": {"predict_disable_shape_check": True}}, "which is not served"),
    "a parameter within another": ({"boosting_type": "gbdt predict_disable_shape_check=true"}, "a space or an equals sign"),
    "a parameter within a list": ({"objective": ["a", "b c"]}, "a space or an equals sign"),
    "a parameter that the estimator does not have": ({"_other_params": {"more": 1}}, "odd parameters"),
    "no other parameters": ({"_other_params": None}, "odd parameters"),
    "no booster": ({"_Booster": None}, "something else than a Booster"),
}  # fmt: skip


@pytest.mark.parametrize(("attributes", "reason"), FORGED.values(), ids=FORGED)
def test_forged_attributes_are_refused(attributes, reason):
    with pytest.raises(Refused, match=reason):
        decode(with_attributes(**attributes))


def holding(**state):
    """A pickle of an estimator with a booster of that state."""
    return pickled(build(new("lightgbm.sklearn.LGBMRegressor"), {"_Booster": build(new("lightgbm.basic.Booster"), state)}))


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({}, "not made of a text"),
        ({"_handle": b"tree"}, "not made of a text"),
        ({"_handle": "tree"}, "another header"),
        ({"_handle": MODELS["quantiles"].booster_.model_to_string(), "best_iteration": "1"}, "best iteration"),
        ({"_handle": MODELS["quantiles"].booster_.model_to_string(), "pandas_categorical": ["abc"]}, "odd categories"),
        ({"_handle": MODELS["quantiles"].booster_.model_to_string(), "pandas_categorical": [[[1]]]}, "odd categories"),
    ],
)
def test_a_forged_booster_is_refused(state, reason):
    with pytest.raises(Refused, match=reason):
        decode(holding(**state))


def test_a_booster_stays_in_its_estimator():
    with pytest.raises(Refused, match="a Booster outside the estimator"):
        decode(pickled(estimator("sklearn.linear_model._logistic.LogisticRegression", C=build(new("lightgbm.basic.Booster"), {}))))
