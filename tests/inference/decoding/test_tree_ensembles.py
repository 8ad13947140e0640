"""Estimators of trees: genuine ones pass, and one whose parts do not fit each other is refused."""

import copy

import numpy as np
import pytest
from sklearn._loss.loss import HalfBinomialLoss
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.tree_ensembles import CHECKS

random = np.random.default_rng(12)
ROWS, WIDER = random.normal(size=(60, 3)), random.normal(size=(60, 4))
LABELS = random.integers(3, size=60)
TREE, WIDE_TREE = DecisionTreeClassifier().fit(ROWS, LABELS), DecisionTreeClassifier().fit(WIDER, LABELS)
STUMP, WIDE_STUMP = DecisionTreeRegressor(max_depth=1).fit(ROWS, LABELS), DecisionTreeRegressor(max_depth=1).fit(WIDER, LABELS)
PAIR = DecisionTreeRegressor(max_depth=1).fit(ROWS, np.c_[LABELS, LABELS])
FOREST = RandomForestClassifier(3).fit(ROWS, LABELS)
BOOSTING = GradientBoostingClassifier(n_estimators=3).fit(ROWS, LABELS)
NUMBERS = GradientBoostingRegressor(n_estimators=3).fit(ROWS, LABELS)
MEANS = RandomForestRegressor(3).fit(ROWS, LABELS)
PAIRS = ExtraTreesRegressor(3).fit(ROWS, np.c_[LABELS, LABELS])
LEAVES = RandomTreesEmbedding(3, max_depth=2).fit(ROWS)
BINARY = GradientBoostingClassifier(n_estimators=3).fit(ROWS, LABELS > 0)


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


GENUINE = [
    TREE, STUMP, ExtraTreeClassifier().fit(ROWS, LABELS), FOREST, ExtraTreesClassifier(3).fit(ROWS, LABELS), BOOSTING, BINARY,
    DecisionTreeClassifier(), RandomForestClassifier(), GradientBoostingClassifier(),
    *(GradientBoostingClassifier(n_estimators=2, init=init).fit(ROWS, LABELS)
      for init in ("zero", LogisticRegression(), RandomForestClassifier(2), DecisionTreeClassifier(), DummyClassifier(strategy="uniform"))),
    GradientBoostingClassifier(n_estimators=2, init=GaussianNB()).fit(ROWS, LABELS > 0),
    GradientBoostingClassifier(n_estimators=2, init=GaussianNB()).fit(ROWS, LABELS),
    GradientBoostingClassifier(n_estimators=2, loss="exponential").fit(ROWS, LABELS > 0),
    GradientBoostingClassifier(n_estimators=2, warm_start=True).fit(ROWS, LABELS).set_params(n_estimators=4).fit(ROWS, LABELS),
    PAIR, DecisionTreeClassifier().fit(ROWS, np.c_[LABELS, LABELS > 1]), RandomForestClassifier(2).fit(ROWS, np.c_[LABELS, LABELS > 1]),
    RandomForestClassifier(2).fit(ROWS, LABELS.astype(str)), RandomForestClassifier(2).fit(ROWS, LABELS * 0),
    RandomForestClassifier(2, warm_start=True).fit(ROWS, LABELS).set_params(n_estimators=5), DecisionTreeRegressor(),
    LEAVES, RandomTreesEmbedding(), ExtraTreeRegressor().fit(ROWS, LABELS),
    *(GradientBoostingRegressor(n_estimators=2, loss=loss).fit(ROWS, LABELS) for loss in ("absolute_error", "huber", "quantile")),
    *(GradientBoostingRegressor(n_estimators=2, init=init).fit(ROWS, LABELS) for init in ("zero", LinearRegression())),
    NUMBERS, MEANS, PAIRS, GradientBoostingRegressor(), RandomForestRegressor(), ExtraTreesRegressor(),
    RandomForestRegressor(2, criterion="poisson").fit(ROWS, LABELS), ExtraTreeRegressor().fit(ROWS, np.c_[LABELS, LABELS]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(GENUINE)), ids=lambda number: f"{type(GENUINE[number]).__name__} {number}")
def test_a_genuine_estimator_passes(number):
    check(GENUINE[number])


def changed(estimator, **attributes):
    made = copy.copy(estimator)
    vars(made).update(attributes)
    return made


def without(estimator, name):
    made = copy.copy(estimator)
    del vars(made)[name]
    return made


def table(*trees):
    made = np.empty(len(trees), dtype=object)
    made[:] = trees
    return made.reshape(1, -1)


FORGED = {
    "a tree of more features": changed(TREE, n_features_in_=4),
    "a tree of fewer features": changed(TREE, n_features_in_=2),
    "a tree of no number of features": without(TREE, "n_features_in_"),
    "a tree of true features": changed(TREE, n_features_in_=True),
    "a tree that is none": changed(TREE, tree_=TREE),
    "a tree of another library": changed(TREE, tree_=None),
    "a forest of a wider tree": changed(FOREST, estimators_=[*FOREST.estimators_, WIDE_TREE]),
    "a forest of more features": changed(FOREST, n_features_in_=4),
    "a forest of no number of features": without(FOREST, "n_features_in_"),
    "a forest of regressors": changed(FOREST, estimators_=[STUMP]),
    "a forest of an unfitted tree": changed(FOREST, estimators_=[DecisionTreeClassifier()]),
    "a forest of a tuple": changed(FOREST, estimators_=tuple(FOREST.estimators_)),
    "a forest of nothing": changed(FOREST, estimators_=[]),
    "an embedding of wider trees": changed(LEAVES, estimators_=[ExtraTreeRegressor().fit(WIDER, LABELS)]),
    "an embedding of more features": changed(LEAVES, n_features_in_=4),
    "an embedding of other trees": changed(LEAVES, estimators_=[STUMP]),
    "an embedding of nothing": changed(LEAVES, estimators_=[]),
    "an embedding without an encoder": changed(LEAVES, one_hot_encoder_=None),
    "an extra tree of more outputs": changed(ExtraTreeRegressor().fit(ROWS, LABELS), n_outputs_=2),
    "a boosting of a list": changed(BOOSTING, estimators_=[STUMP] * 3),
    "a boosting of a row": changed(BOOSTING, estimators_=table(STUMP, STUMP, STUMP).ravel()),
    "a boosting of nothing": changed(BOOSTING, estimators_=np.empty((0, 3), dtype=object)),
    "a boosting of numbers": changed(BOOSTING, estimators_=np.zeros((1, 3))),
    "a boosting of classifiers": changed(BOOSTING, estimators_=table(TREE, TREE, TREE)),
    "a boosting of wider trees": changed(BOOSTING, estimators_=table(STUMP, STUMP, WIDE_STUMP)),
    "a boosting of trees of two outputs": changed(BOOSTING, estimators_=table(STUMP, STUMP, PAIR)),
    "a boosting of more columns": changed(BOOSTING, estimators_=table(*[STUMP] * 9), n_trees_per_iteration_=9),
    "a boosting of another number of columns": changed(BOOSTING, n_trees_per_iteration_=1),
    "a boosting of no number of features": without(BOOSTING, "n_features_in_"),
    "a boosting of another loss": changed(BOOSTING, _loss=HalfBinomialLoss()),
    "a boosting of no loss": changed(BOOSTING, _loss=None),
    "a boosting of no start": changed(BOOSTING, init_=None),
    "a boosting of a start of other classes": changed(BOOSTING, init_=DummyClassifier().fit(ROWS, LABELS > 0)),
    "a boosting of a start that lies": changed(BOOSTING, init_=changed(DummyClassifier().fit(ROWS, LABELS > 0), n_classes_=3)),
    "a boosting of lines of two classes": changed(BOOSTING, init_=LogisticRegression().fit(ROWS, LABELS > 0)),
    "a boosting of lines of no weights": changed(BOOSTING, init_=changed(LogisticRegression(), coef_=[1, 2, 3])),
    "a boosting of a start of no outputs": changed(BOOSTING, init_=changed(BOOSTING.init_, n_outputs_=0)),
    "a boosting of a start of two outputs": changed(BOOSTING, init_=DummyClassifier().fit(ROWS, np.c_[LABELS, LABELS])),
    "a tree of more classes": changed(TREE, n_classes_=4),
    "a tree of more labels": changed(TREE, n_classes_=4, classes_=np.arange(4)),
    "a tree of more outputs": changed(TREE, n_outputs_=2),
    "a tree of no labels": without(TREE, "classes_"),
    "a tree of two outputs that says one": changed(DecisionTreeClassifier().fit(ROWS, np.c_[LABELS, LABELS]), n_outputs_=1),
    "a stump of more outputs": changed(STUMP, n_outputs_=2),
    "a stump of no number of outputs": without(STUMP, "n_outputs_"),
    "a stump of classes": changed(STUMP, tree_=TREE.tree_),
    "a forest of more classes": changed(FOREST, n_classes_=4),
    "a forest of more labels": changed(FOREST, n_classes_=4, classes_=np.arange(4)),
    "a forest of no number of trees": changed(FOREST, n_estimators=np.ones(3)),
    "means of a wider tree": changed(MEANS, estimators_=[*MEANS.estimators_, WIDE_STUMP]),
    "means of more features": changed(MEANS, n_features_in_=4),
    "means of many outputs": changed(MEANS, n_outputs_=10**6),
    "means of no number of outputs": without(MEANS, "n_outputs_"),
    "means of classifiers": changed(MEANS, estimators_=[TREE]),
    "means of a tree of two outputs": changed(MEANS, estimators_=[*MEANS.estimators_, PAIR]),
    "means of no number of trees": changed(MEANS, n_estimators=np.ones(3)),
    "means of nothing": changed(MEANS, estimators_=[]),
    "pairs of one output": changed(PAIRS, n_outputs_=1),
    "pairs of plain trees": changed(PAIRS, estimators_=[PAIR]),
    "numbers of wider trees": changed(NUMBERS, estimators_=table(WIDE_STUMP)),
    "numbers of trees of two outputs": changed(NUMBERS, estimators_=table(PAIR)),
    "numbers of more columns": changed(NUMBERS, estimators_=table(STUMP, STUMP), n_trees_per_iteration_=2),
    "numbers of another number of columns": changed(NUMBERS, n_trees_per_iteration_=2),
    "numbers of no loss": changed(NUMBERS, _loss=None),
    "two classes of three columns": changed(BINARY, estimators_=table(STUMP, STUMP, STUMP)),
}


@pytest.mark.parametrize("estimator", FORGED.values(), ids=FORGED)
def test_parts_that_do_not_fit_are_refused(estimator):
    with pytest.raises(Refused):
        check(estimator)
