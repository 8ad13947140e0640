"""The names of estimators of boosting libraries and their parts, for `iris_api.inference.decoding.names`."""

_XGBOOST = "XGBClassifier XGBRFClassifier XGBRFRegressor XGBRegressor"

BOOSTERS = {
    "catboost.core": "CatBoostClassifier CatBoostRegressor",
    "lightgbm.basic": "Booster",
    "lightgbm.sklearn": "LGBMClassifier LGBMRegressor",
    "xgboost.core": "Booster",
    "xgboost.sklearn": _XGBOOST,
}
"""For each module its classes, each of which stands for a constructor of ours."""

CALLED_BACK = {("xgboost.sklearn", name): frozenset({"callbacks"}) for name in _XGBOOST.split()}
"""Attributes that an estimator is built without, as only fitting calls what they hold."""

ONLY_CALLED_BACK = {"xgboost.callback": "EarlyStopping EvaluationMonitor LearningRateScheduler TrainingCheckPoint"}
"""Names that a pickle mentions in such attributes alone: they are never imported."""
