"""LightGBM's estimators and their boosters. A booster is loaded by LightGBM from text that was checked here before."""

import re
from typing import Any

from lightgbm import LGBMClassifier, LGBMRegressor
from lightgbm.basic import Booster

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.graph import PLAIN
from iris_api.inference.decoding.instances import make_instance
from iris_api.inference.decoding.lightgbm_text import checked_text
from iris_api.inference.decoding.values import integer
from iris_api.inference.sandbox import one_openmp_thread

_PARTS: dict[str, Any] = {
    "_network": False,
    "_train_data_name": "training",
    "name_valid_sets": [],
    "params": {},
    "train_set_version": 0,
    "_Booster__init_predictor": None,
    "_Booster__inner_predict_buffer": [],
    "_Booster__is_predicted_cur_iter": [],
    "_Booster__need_reload_eval_info": True,
    "_Booster__num_dataset": 0,
    "_Booster__set_objective_to_none": False,
    "best_score": {},
}
"""What else a booster has that fits no further."""
_PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,60}")
_TEXT = re.compile(r"[^\s=]{0,1000}")
_NOT_OURS = frozenset(
    {"config", "input_model", "predict_disable_shape_check", "predict_raw_score", "predict_leaf_index", "predict_contrib"}
)


def _booster(arguments: tuple[Any, ...], state: Any) -> Booster:
    if arguments != () or type(state) is not dict or type(state.get("_handle")) is not str:
        raise Refused("it has a Booster that is not made of a text")
    text, _features, outputs = checked_text(state["_handle"])
    best = integer(state.get("best_iteration", -1), "the best iteration of a Booster", -1)
    made = object.__new__(Booster)
    own = {"pandas_categorical": _categories(state.get("pandas_categorical")), "best_iteration": best, "_Booster__num_class": outputs}
    parts = {name: value.copy() if isinstance(value, list | dict) else value for name, value in _PARTS.items()}
    # LightGBM starts threads to read a model, and they would hang forked workers
    with one_openmp_thread():
        made.__setstate__({"_handle": text, **parts, **own})
    return made


def _categories(values: Any) -> Any:
    """For each column of categories its categories in order."""
    if values is None:
        return None
    if type(values) is not list or not all(type(column) is list and PLAIN.issuperset(map(type, column)) for column in values):
        raise Refused("it has a Booster with odd categories")
    return values


def _check_estimator(estimator: Any) -> None:
    attributes, name = vars(estimator), type(estimator).__name__
    _check_parameters(attributes, name)
    booster = attributes.get("_Booster")
    if booster is None and attributes.get("fitted_", False) is False:
        return
    if type(booster) is not Booster:
        raise Refused(f"a {name} has something else than a Booster")
    for member in ("_n_features", "_n_features_in"):
        if integer(attributes.get(member), f"the number of features of a {name}", 1) != booster.num_feature():
            raise Refused(f"a {name} has another number of features than its Booster")
    _check_outputs(estimator, attributes, booster.num_model_per_iteration())


def _check_outputs(estimator: Any, attributes: dict[str, Any], outputs: int) -> None:
    name = type(estimator).__name__
    if isinstance(estimator, LGBMClassifier):
        count = integer(attributes.get("_n_classes"), f"the number of classes of a {name}", 1)
        labels = attributes.get("_classes")
        if getattr(labels, "shape", None) != (count,) or outputs != (1 if count <= 2 else count):
            raise Refused(f"a {name} has another number of classes than its Booster")
    elif outputs != 1:
        raise Refused(f"a {name} has a Booster of several classes")


def _check_parameters(attributes: dict[str, Any], name: str) -> None:
    """Refuse what a prediction would hand to LightGBM as one text of ``key=value``, if it could say more or switch its checks off."""
    others = attributes.get("_other_params")
    if type(others) is not dict or not attributes.keys() >= others.keys():
        raise Refused(f"a {name} has odd parameters")
    for parameter in (parameter for parameter in attributes if not parameter.startswith("_")):
        if not _PARAMETER.fullmatch(parameter) or parameter in _NOT_OURS:
            raise Refused(f"a {name} has the parameter {parameter[:60]}, which is not served")
    for value in [*attributes.values(), *others.values()]:
        items = value if type(value) in (list, tuple) else [value]
        if any(type(item) is str and not _TEXT.fullmatch(item) for item in items):
            raise Refused(f"a {name} has a parameter with a space or an equals sign in it")


CONSTRUCTORS = {
    ("lightgbm.basic", "Booster"): _booster,
    ("lightgbm.sklearn", "LGBMClassifier"): make_instance(LGBMClassifier),
    ("lightgbm.sklearn", "LGBMRegressor"): make_instance(LGBMRegressor),
}
CHECKS = {("lightgbm.sklearn", kind.__name__): _check_estimator for kind in (LGBMClassifier, LGBMRegressor)}
