"""Classifiers whose ``predict`` names the most probable class, so that one call gives both the class and the probabilities."""

from typing import Any

import numpy as np

from iris_api.inference.predictions import Scores
from iris_api.inference.tasks.abstract_task import Ask, LayOut

MARGIN = 1e-6
"""Where the two most probable classes are nearer, rounding may decide, and ``predict`` is asked too."""

# by exact type, as a subclass may answer otherwise; not SVC, whose probabilities are fitted by themselves, and not CatBoost, whose
# models may hold a threshold of their own
_CLASSIFIERS = frozenset(
    {
        "lightgbm.sklearn.LGBMClassifier",
        "sklearn.ensemble._forest.ExtraTreesClassifier",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._gb.GradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._logistic.LogisticRegressionCV",
        "sklearn.naive_bayes.BernoulliNB",
        "sklearn.naive_bayes.ComplementNB",
        "sklearn.naive_bayes.GaussianNB",
        "sklearn.naive_bayes.MultinomialNB",
        "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRFClassifier",
    }
)


def predicts_most_probable(estimator: Any) -> bool:
    """Whether ``estimator`` is known to predict the class whose probability is the highest."""
    kind = type(estimator)
    return f"{kind.__module__}.{kind.__qualname__}" in _CLASSIFIERS and len(estimator.classes_) > 1


def ask_most_probable(classifier: Any) -> Ask:
    """As `Classification.ask`, but with one call where the most probable class is clear; see `predicts_most_probable`."""
    classes = classifier.classes_.tolist()

    def ask(lay_out: LayOut) -> Scores:
        probabilities = np.asarray(classifier.predict_proba(lay_out()))
        ordered = np.partition(probabilities, -2, axis=1)
        # so written, NaN is not clear either
        is_clear = bool((ordered[:, -1] - ordered[:, -2] >= MARGIN).all())
        labels = [classes[index] for index in probabilities.argmax(axis=1).tolist()] if is_clear else classifier.predict(lay_out()).tolist()
        return labels, probabilities.tolist()

    return ask
