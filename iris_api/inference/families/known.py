"""The libraries that are known, and which of them an estimator is of."""

from typing import Any

from iris_api.inference.families.catboost_answers import prepare_catboost, warm_up_catboost
from iris_api.inference.families.family import Family, one_job

_LIGHTGBM_THREADS = ("n_jobs", "nthread", "nthreads", "num_thread", "num_threads")
_LIGHTGBM_WORDS = ("verbose", "verbosity")


def _prepare_xgboost(estimator: Any) -> None:
    """It would also write to standard error, between the lines of the log."""
    one_job(estimator)
    estimator.verbosity = 0


def _prepare_lightgbm(estimator: Any) -> None:
    """Its parameters may stand in two places and under several names; it would also write to standard output."""
    wanted = {**dict.fromkeys(_LIGHTGBM_THREADS, 1), **dict.fromkeys(_LIGHTGBM_WORDS, -1)}
    for place in (vars(estimator), estimator._other_params):  # noqa: SLF001 - what its get_params reads
        place.update({name: value for name, value in wanted.items() if name in place})
    estimator.set_params(n_jobs=1, verbose=-1)


# answers of XGBoost are 32-bit floats, whose last bits come from the C library's exponential function
XGBOOST = Family("xgboost", ("xgboost", "xgboost-cpu"), tolerance=1e-6, prepare=_prepare_xgboost)
LIGHTGBM = Family("lightgbm", ("lightgbm",), tolerance=1e-9, prepare=_prepare_lightgbm)
CATBOOST = Family("catboost", ("catboost",), tolerance=1e-9, prepare=prepare_catboost, warm_up=warm_up_catboost, starts_threads=True)
FAMILIES = {family.library: family for family in (CATBOOST, LIGHTGBM, XGBOOST)}


def family_of(instance: Any) -> Family | None:
    """The family that the class of ``instance`` belongs to, or None if that is another library's."""
    return FAMILIES.get(type(instance).__module__.partition(".")[0])
