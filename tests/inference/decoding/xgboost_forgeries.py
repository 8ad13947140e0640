"""XGBoost's models taken apart, changed, and pickled again as XGBoost would pickle them."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from iris_api.inference.decoding.ubjson import read_ubjson
from tests.inference.decoding import assembler
from tests.inference.decoding.assembler import build, call, new
from tests.inference.decoding.ubjson_writer import ubjson
from tests.inference.families.models import case, estimator, frame, target


@cache
def genuine(kind: str = "multiclass", **parameters: Any) -> Any:
    """A fitted model of a table."""
    if not parameters:
        return case("xgboost", kind).model
    table = frame("xgboost")
    if parameters.get("booster") == "gblinear":
        table = table[["weight", "rooms in all"]]
    return estimator("xgboost", kind, **parameters).fit(table, target("xgboost", kind, frame("xgboost")))


def parts_of(model: Any) -> dict[str, Any]:
    """What the bytes of a pickled booster say."""
    content = bytes(model.get_booster().__getstate__()["handle"])
    parts, end = read_ubjson(content)
    assert end == len(content)
    return parts


def learner_of(parts: dict[str, Any]) -> dict[str, Any]:
    """The part that is checked."""
    learner: dict[str, Any] = parts["Model"]["learner"]
    return learner


def pickled(content: Any) -> bytes:
    """A pickle of a booster of ``content``, wherever that came from."""
    holder = build(new("xgboost.sklearn.XGBRegressor"), {"_Booster": build(new("xgboost.core.Booster"), {"handle": content})})
    return assembler.pickled(holder)


def forged(model: Any, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A pickle of the booster of ``model`` after ``change`` has altered what its learner says."""
    parts = copy.deepcopy(parts_of(model))
    for tree in learner_of(parts)["gradient_booster"].get("model", {}).get("trees", []):
        tree.update({name: values.copy() for name, values in tree.items() if hasattr(values, "copy")})
    change(learner_of(parts))
    return pickled(call("builtins.bytearray", ubjson(parts)))
