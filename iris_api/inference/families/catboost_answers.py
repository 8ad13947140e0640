"""CatBoost's estimators as serving needs them: one thread a prediction, and a plain label for each row."""

from functools import cache
from typing import Any


def prepare_catboost(estimator: Any) -> None:
    """Have ``estimator`` answer in one thread, in place; only an argument of each prediction says so. Its pickle stays as it is."""
    kind: Any = type(estimator)
    estimator.__class__ = _prepared(kind)


def warm_up_catboost() -> None:
    """Map what CatBoost's allocator reserves for its first object, a gigabyte of addresses, which no trial's limit has room for."""
    import catboost

    catboost.Pool([[0.0]])


@cache
def _prepared(kind: Any) -> Any:
    def reduce(self: Any, protocol: Any) -> Any:
        plain = object.__new__(kind)
        vars(plain).update(vars(self))
        return plain.__reduce_ex__(protocol)

    def predict(self: Any, rows: Any) -> Any:
        answers = kind.predict(self, rows, thread_count=1)
        # classes come as a column where there are more than two
        return answers.reshape(len(answers)) if answers.shape[1:] == (1,) else answers

    def predict_proba(self: Any, rows: Any) -> Any:
        return kind.predict_proba(self, rows, thread_count=1)

    def clone(self: Any) -> Any:
        made = kind(**self.get_params())
        prepare_catboost(made)
        return made

    # pickle compares the class in what reduce gives with __class__; scikit-learn's own copy is one that CatBoost refuses to be
    methods: dict[str, Any] = {"__reduce_ex__": reduce, "__class__": property(lambda _self: kind), "__sklearn_clone__": clone}
    methods["predict"] = predict
    if hasattr(kind, "predict_proba"):
        methods["predict_proba"] = predict_proba
    return type(kind.__name__, (kind,), {"__doc__": kind.__doc__, "__module__": kind.__module__, **methods})
