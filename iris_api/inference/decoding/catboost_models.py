"""CatBoost's estimators. CatBoost itself reads the bytes of a model, of which only the frame is checked here: see ``SECURITY.md``."""

from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT

_MAGIC = b"CBM1"
_MODEL = "__model"
_LEFT_OUT = frozenset({"_loss_value_change", "_prediction_values_change", "_test_eval", "_test_evals"})
"""What training found out of features and other rows."""


def _maker(kind: Any) -> Any:
    def construct(arguments: tuple[Any, ...], state: Any) -> Any:
        if arguments != () or (state is not ABSENT and type(state) is not dict):
            raise Refused(f"it makes a {kind.__name__} of something else than its parameters and a model")
        given = {} if state is ABSENT else {name: value for name, value in state.items() if name not in _LEFT_OUT}
        model = given.pop(_MODEL, None)
        if not all(type(name) is str and name.isidentifier() and not name.startswith("_") for name in given):
            raise Refused(f"it has a {kind.__name__} with a parameter that is not a plain name")
        made = object.__new__(kind)
        made.__setstate__(given if model is None else {_MODEL: _checked_model(model), **given})
        if model is not None:
            # CatBoost forgets it in a pickle
            made._n_features_in = len(made.feature_names_)
        return made

    return construct


def _checked_model(content: Any) -> bytes:
    """The bytes of a model: a mark, the length of its description, that, and what it says of categories."""
    if type(content) is not bytes or content[:4] != _MAGIC or not 0 < int.from_bytes(content[4:8], "little") <= len(content) - 8:
        raise Refused("it has a model of CatBoost that is not made of its bytes")
    return content


CONSTRUCTORS = {("catboost.core", kind.__name__): _maker(kind) for kind in (CatBoostClassifier, CatBoostRegressor)}
