"""XGBoost's estimators and their boosters. A booster is loaded by XGBoost from bytes whose structure was checked here before.

A pickled booster is UBJSON of its model and of its configuration. Only the model is loaded: what else the configuration has (the
device, threads, how to fit further) changes no answer.
"""

import json
from typing import Any

from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor
from xgboost.core import Booster

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.instances import make_instance
from iris_api.inference.decoding.ubjson import read_ubjson
from iris_api.inference.decoding.values import ABSENT, integer, members
from iris_api.inference.decoding.xgboost_categories import check_categories
from iris_api.inference.decoding.xgboost_trees import check_trees, count_of
from iris_api.inference.sandbox import one_openmp_thread

MAX_GROUPS = 10_000
_WHAT = "a model of XGBoost"
_OBJECTIVES = frozenset(
    {
        *("binary:hinge", "binary:logistic", "binary:logitraw", "count:poisson", "multi:softmax", "multi:softprob", "reg:absoluteerror"),
        *("reg:expectileerror", "reg:gamma", "reg:linear", "reg:logistic", "reg:pseudohubererror", "reg:quantileerror"),
        *("reg:squarederror", "reg:squaredlogerror", "reg:tweedie", "survival:aft", "survival:cox"),
    }
)
_FEATURE_TYPES = frozenset({"c", "float", "i", "int", "q"})
_MODEL_KEY = b"L" + (5).to_bytes(8, "big") + b"Model"


def _booster(arguments: tuple[Any, ...], state: Any) -> Booster:
    if arguments != ():
        raise Refused("it makes a Booster with arguments")
    content = members(state, "a Booster", frozenset({"handle"}))["handle"]
    if type(content) is not bytearray:
        raise Refused("it has a Booster that is not made of bytes")
    model = _checked_model(bytes(content))
    made = Booster(params={"nthread": 1})
    # XGBoost starts threads to read a model, whatever its own setting, and they would hang forked workers
    with one_openmp_thread():
        made.load_model(bytearray(model))
    return made


def _checked_model(content: bytes) -> bytes:
    """The part of a pickled booster's bytes that is its model."""
    whole, end = read_ubjson(content)
    begin = content.find(_MODEL_KEY)
    if end != len(content) or whole.keys() != {"Config", "Model"} or begin < 0:
        raise Refused("it has a Booster that is not a configuration and a model")
    begin += len(_MODEL_KEY)
    model, end = read_ubjson(content, begin)
    # a text in the configuration may look like the member's name
    if end != len(content) - 1 or model.keys() != {"learner", "version"}:
        raise Refused("it has a Booster that is not a configuration and a model")
    _check_learner(model["learner"])
    return content[begin:end]


def _check_learner(learner: Any) -> None:
    names = frozenset({"attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param", "objective"})
    learner = members(learner, _WHAT, names)
    params = learner["learner_model_param"]
    features = integer(count_of(params, "num_feature", _WHAT), f"the features of {_WHAT}", 1)
    classes, targets = count_of(params, "num_class", _WHAT), count_of(params, "num_target", _WHAT)
    groups = integer(max(classes, targets), f"the outputs of {_WHAT}", 1, MAX_GROUPS)
    if classes and targets != 1:
        raise Refused(f"{_WHAT} has several classes for several targets")
    if len(_numbers_in(params.get("base_score"))) not in (1, groups):
        raise Refused(f"{_WHAT} starts from another number of scores than it has outputs")
    for name, known in (("feature_names", None), ("feature_types", _FEATURE_TYPES)):
        _check_texts(learner[name], features, known)
    _check_objective(learner["objective"], classes)
    rounds = _check_gradient_booster(learner["gradient_booster"], features, groups)
    _check_attributes(learner["attributes"], rounds)


def _check_gradient_booster(booster: Any, features: int, groups: int) -> int | None:
    """Refuse the trees, or the weights, of a model; gives the number of rounds of trees."""
    name = booster.get("name") if type(booster) is dict else None
    if name == "gblinear":
        linear = members(members(booster, _WHAT, frozenset({"model", "name"}))["model"], _WHAT, frozenset({"boosted_rounds", "weights"}))
        integer(linear["boosted_rounds"], f"the rounds of {_WHAT}")
        if getattr(linear["weights"], "shape", None) != ((features + 1) * groups,) or linear["weights"].dtype.kind != "f":
            raise Refused(f"{_WHAT} has another number of weights than features")
        return None
    if name == "dart":
        dart = members(booster, _WHAT, frozenset({"gbtree", "name", "weight_drop"}))
        rounds = _check_gradient_booster(dart["gbtree"], features, groups)
        weights, trees = dart["weight_drop"], dart["gbtree"]["model"]["trees"]
        listed = weights if type(weights) is list else getattr(weights, "tolist", list)()
        if dart["gbtree"]["name"] != "gbtree" or len(listed) != len(trees) or not all(type(weight) is float for weight in listed):
            raise Refused(f"{_WHAT} has not one weight for each of its trees")
        return rounds
    if name != "gbtree":
        raise Refused(f"{_WHAT} has a booster of an unknown kind")
    model = members(booster, _WHAT, frozenset({"model", "name"}))["model"]
    rounds = check_trees(model, features, groups)
    if "cats" in model:
        check_categories(model["cats"], features)
    return rounds


def _numbers_in(text: Any) -> list[float]:
    """The numbers in a text such as ``[1E-1,5E-1]``."""
    try:
        return [float(number) for number in text.removeprefix("[").removesuffix("]").split(",")]
    except (AttributeError, ValueError):
        raise Refused(f"{_WHAT} has a text that is no row of numbers") from None


def _check_texts(texts: Any, features: int, known: frozenset[str] | None) -> None:
    """Refuse names or types of features unless there is one for each, or none at all."""
    if type(texts) is not list or len(texts) not in (0, features) or not all(type(text) is str for text in texts):
        raise Refused(f"{_WHAT} has another number of names or types than features")
    if known is not None and not known.issuperset(texts):
        raise Refused(f"{_WHAT} has a feature of an unknown type")


def _check_objective(objective: Any, classes: int) -> None:
    if type(objective) is not dict or objective.get("name") not in _OBJECTIVES:
        raise Refused(f"{_WHAT} was fitted for an objective that is not served")
    for params in (value for name, value in objective.items() if name != "name"):
        if type(params) is not dict or not all(type(value) is str for value in params.values()):
            raise Refused(f"{_WHAT} has an objective with odd parameters")
    softmax = objective.get("softmax_multiclass_param")
    # the transformation of answers takes as many columns as this says
    if (softmax is not None) != (classes > 0) or (softmax and count_of(softmax, "num_class", _WHAT) != classes):
        raise Refused(f"{_WHAT} has another number of classes than its objective")


def _check_attributes(attributes: Any, rounds: int | None) -> None:
    if type(attributes) is not dict or not all(type(value) is str for value in attributes.values()):
        raise Refused(f"{_WHAT} has an attribute that is no text")
    if "best_iteration" in attributes and count_of(attributes, "best_iteration", _WHAT) >= (rounds or 0):
        raise Refused(f"{_WHAT} was best in a round that it does not have")


def _maker(kind: Any) -> Any:
    make = make_instance(kind)

    def construct(arguments: tuple[Any, ...], state: Any) -> Any:
        # what was called back in training is left out
        return make(arguments, state if state is ABSENT or type(state) is not dict else {"callbacks": None, **state})

    return construct


def _check_estimator(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    if "_Booster" not in attributes:
        return
    if type(attributes["_Booster"]) is not Booster:
        raise Refused(f"a {name} has something else than a Booster")
    if not isinstance(estimator, XGBClassifier):
        return
    count = integer(attributes.get("n_classes_"), f"the number of classes of a {name}", 1)
    classes = int(json.loads(attributes["_Booster"].save_config())["learner"]["learner_model_param"]["num_class"])
    if count > 2 if not classes else count != classes:
        raise Refused(f"a {name} has another number of classes than its Booster")


_ESTIMATORS = (XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor)
CONSTRUCTORS = {
    ("xgboost.core", "Booster"): _booster,
    **{("xgboost.sklearn", kind.__name__): _maker(kind) for kind in _ESTIMATORS},
}
CHECKS = {("xgboost.sklearn", kind.__name__): _check_estimator for kind in _ESTIMATORS}
