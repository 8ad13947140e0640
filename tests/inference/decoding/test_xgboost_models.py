"""XGBoost's estimators, however they were fitted and pickled, answer as before; what does not fit a booster is refused."""

import pickle

import numpy as np
import pytest
import xgboost

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.unpickling import check_estimator, unpickle
from tests.inference.bundles import dumped
from tests.inference.decoding.assembler import call
from tests.inference.decoding.comparisons import WRITERS
from tests.inference.decoding.xgboost_forgeries import forged, genuine, learner_of, parts_of, pickled
from tests.inference.families.models import assert_answers_as, case, frame

random = np.random.default_rng(5)
ROWS = np.where(random.random((150, 4)) < 0.1, np.nan, random.normal(size=(150, 4)))
NUMBERS = np.abs(np.nan_to_num(ROWS[:, 0])) + 0.1
LABELS = (NUMBERS > 0.5).astype(int) + (NUMBERS > 1)
SMALL = {"n_estimators": 4, "max_depth": 3}
OBJECTIVES = [
    "reg:squarederror", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror", "reg:absoluteerror", "count:poisson", "reg:gamma",
    "reg:tweedie", "survival:cox", "binary:logistic", "binary:logitraw", "binary:hinge",
]  # fmt: skip
OF_TWO = ("binary:hinge", "binary:logistic", "binary:logitraw", "reg:logistic")
EARLY = xgboost.callback.EarlyStopping(rounds=2)
MODELS = {
    "rounds stopped early": xgboost.XGBClassifier(early_stopping_rounds=2, callbacks=[EARLY], **SMALL).fit(
        ROWS, LABELS, eval_set=[(ROWS, LABELS)], verbose=False
    ),
    "trees that drop out": xgboost.XGBRegressor(booster="dart", rate_drop=0.5, **SMALL).fit(ROWS, NUMBERS),
    "a linear model": xgboost.XGBRegressor(booster="gblinear", n_estimators=4).fit(ROWS, NUMBERS),
    "a linear model of classes": xgboost.XGBClassifier(booster="gblinear", n_estimators=4).fit(ROWS, LABELS),
    "a forest of classes": xgboost.XGBRFClassifier(**SMALL).fit(ROWS, LABELS),
    "a forest of numbers": xgboost.XGBRFRegressor(**SMALL).fit(ROWS, NUMBERS),
    "several targets": xgboost.XGBRegressor(**SMALL).fit(ROWS, np.c_[NUMBERS, -NUMBERS]),
    "labels that apply": xgboost.XGBClassifier(**SMALL).fit(ROWS, np.c_[LABELS > 0, LABELS > 1].astype(int)),
    "classes without probabilities of their own": xgboost.XGBClassifier(objective="multi:softmax", **SMALL).fit(ROWS, LABELS),
    "quantiles": xgboost.XGBRegressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.9], **SMALL).fit(ROWS, NUMBERS),
    **{
        objective: xgboost.XGBRegressor(objective=objective, **SMALL).fit(ROWS, LABELS > 0 if objective in OF_TWO else NUMBERS)
        for objective in OBJECTIVES
    },
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_it_answers_as_it_was_dumped(model):
    made = unpickle(dumped(model), "model")
    check_estimator(made, "model")
    assert_answers_as(made, model, ROWS)
    assert made.callbacks is None


@pytest.mark.parametrize("writer", WRITERS)
def test_every_protocol_is_read(writer):
    given = case("xgboost", "multiclass")
    assert_answers_as(decode(WRITERS[writer](given.model)), given.model, given.data)


def test_it_takes_one_thread_and_says_nothing():
    made = decode(dumped(xgboost.XGBClassifier(n_jobs=7, verbosity=3, **SMALL).fit(ROWS, LABELS)))
    check_estimator(made, "model")
    assert (made.n_jobs, made.verbosity) == (1, 0)
    assert '"nthread":"1"' in made.get_booster().save_config()


def test_an_estimator_that_is_not_fitted_decodes_and_is_refused():
    made = decode(dumped(xgboost.XGBClassifier()))
    with pytest.raises(ArtifactError, match="holds a XGBClassifier that is not fitted"):
        check_estimator(made, "model")


def test_a_ranker_is_refused_by_name():
    with pytest.raises(ArtifactError, match=r"mentions xgboost\.sklearn\.XGBRanker"):
        unpickle(pickle.dumps(xgboost.XGBRanker()), "model")


def own_objective(_labels, _predictions):
    return None


def test_an_objective_of_the_users_own_is_refused_by_name():
    with pytest.raises(ArtifactError, match=r"holds .*own_objective, which is not allowed; if it is your own and you trust it"):
        unpickle(pickle.dumps(xgboost.XGBRegressor(objective=own_objective)), "model")


def param(name, value):
    return lambda learner: learner["learner_model_param"].update({name: value})


def booster(**members):
    return lambda learner: learner["gradient_booster"].update(members)


FORGED = {
    "more features than its trees": (param("num_feature", "6"), "another number of features|another number of names"),
    "no features": (param("num_feature", "0"), "is not a whole number from 1"),
    "more classes than its objective": (param("num_class", "4"), "starts from another number"),
    "an objective of more classes": (
        lambda learner: learner["objective"]["softmax_multiclass_param"].update(num_class="4"), "number of classes than its objective"),
    "an objective without classes": (
        lambda learner: learner.update(objective={"name": "reg:squarederror"}), "another number of classes than its objective"),
    "classes and targets": (param("num_target", "2"), "several classes for several targets"),
    "an objective of another name": (lambda learner: learner["objective"].update(name="rank:ndcg"), "an objective that is not served"),
    "an odd objective": (lambda learner: learner["objective"].update(more=[1]), "an objective with odd parameters"),
    "a start that is no number": (param("base_score", "[nothing]"), "no row of numbers"),
    "a start of another length": (param("base_score", "[1E0,2E0]"), "another number of scores"),
    "a name less": (lambda learner: learner["feature_names"].pop(), "another number of names"),
    "an unknown type": (lambda learner: learner["feature_types"].__setitem__(0, "text"), "a feature of an unknown type"),
    "a number for an attribute": (lambda learner: learner["attributes"].update(best_iteration=3), "an attribute that is no text"),
    "a best round beyond the last": (
        lambda learner: learner["attributes"].update(best_iteration="12"), "a round that it does not have"),
    "an unknown booster": (booster(name="gbtrees"), "a booster of an unknown kind"),
    "another member": (lambda learner: learner.update(more=1), "other members"),
    "another member of its booster": (booster(more=1), "other members"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), FORGED.values(), ids=FORGED)
def test_a_forged_model_is_refused(change, reason):
    with pytest.raises(Refused, match=reason):
        decode(forged(genuine(), change))


def test_forged_weights_are_refused():
    with pytest.raises(Refused, match="another number of weights than features"):
        decode(forged(MODELS["a linear model"], lambda learner: learner["gradient_booster"]["model"].update(weights=np.zeros(4, "f4"))))
    with pytest.raises(Refused, match="not one weight for each of its trees"):
        decode(forged(MODELS["trees that drop out"], lambda learner: learner["gradient_booster"].update(weight_drop=np.zeros(2, "f4"))))


def test_a_booster_is_bytes_of_a_configuration_and_a_model():
    content = bytes(genuine("regression").get_booster().__getstate__()["handle"])
    model = bytes(genuine("regression").get_booster().save_raw("ubj"))
    for odd, reason in [
        (None, "not made of bytes"),
        (content, "not made of bytes"),
        (call("builtins.bytearray", content + b"}"), "not a configuration and a model"),
        (call("builtins.bytearray", content[:-1]), "ends too early"),
        (call("builtins.bytearray", model), "not a configuration and a model"),
        (call("builtins.bytearray"), "ends too early"),
    ]:
        with pytest.raises(Refused, match=reason):
            decode(pickled(odd))


def test_a_booster_stays_in_its_estimator():
    parts = dumped({"free": genuine("regression").get_booster()})
    with pytest.raises(Refused, match="a Booster outside the estimator"):
        decode(parts)


@pytest.mark.parametrize("count", [1, 2, 4, 2**40])
def test_the_number_of_classes_is_that_of_the_booster(count):
    model = xgboost.XGBClassifier(**SMALL).fit(ROWS, LABELS)
    model.n_classes_ = count
    with pytest.raises(Refused, match="number of classes"):
        decode(dumped(model))


def test_a_name_in_the_configuration_is_not_taken_for_the_model():
    parts = parts_of(genuine("regression"))
    assert list(parts) == ["Config", "Model"]
    assert learner_of(parts)["feature_names"] == list(frame("xgboost").columns)
