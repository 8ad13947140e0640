"""The trees inside an estimator: which ensembles have them, in which order, with whose features and whose classes."""

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.trees import trees_of
from tests.inference.ensembles import ALL, BAGS, fit, fitted


class OwnForest(RandomForestClassifier):
    """A forest that may answer otherwise than its base."""


class OwnTree(DecisionTreeClassifier):
    """A tree that may answer otherwise than its base."""


OTHERS = {
    "subclass of a forest": OwnForest(3),
    "subclass of a tree": OwnTree(),
    "bag of lines": BaggingClassifier(LogisticRegression(), 3),
    "bag of forests": BaggingClassifier(RandomForestClassifier(2), 3),
    "bag of subclassed trees": BaggingClassifier(OwnTree(), 3),
    "bag of pipelines": BaggingClassifier(make_pipeline(StandardScaler(), DecisionTreeClassifier()), 3),
    "boosted trees": AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=3),
    "gradient boosting": GradientBoostingClassifier(n_estimators=3),
    "vote": VotingClassifier([("one", DecisionTreeClassifier())]),
    "pipeline": make_pipeline(StandardScaler(), DecisionTreeClassifier()),
    "line": LogisticRegression(),
}


@pytest.mark.parametrize("name", ALL)
def test_every_tree_is_there_in_its_order(name):
    model = fitted(name)
    assert [view.tree for view in trees_of(model)] == [inner.tree_ for inner in getattr(model, "estimators_", [model])]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_plain_mean_of_trees_has_none(name):
    assert trees_of(fit(OTHERS[name])) is None


def test_a_class_of_another_package_that_has_a_forests_name_is_none():
    namesake = type("RandomForestClassifier", (RandomForestClassifier,), {"__module__": "sklearnish.ensemble"})
    assert trees_of(fit(namesake(2))) is None
    namesake.__module__ = "sklearnex.ensemble"
    assert trees_of(fit(namesake(2))) is None


@pytest.mark.parametrize("name", ALL)
def test_a_trees_values_are_what_it_answers_in_the_ensembles_classes(name):
    model = fitted(name)
    rows = np.random.default_rng(1).normal(size=(50, model.n_features_in_))
    for view, inner in zip(trees_of(model), getattr(model, "estimators_", [model]), strict=True):
        assert view.values.shape == (inner.tree_.node_count, len(model.classes_))
        own = view.select(rows.astype(np.float32))
        answers = view.values[view.tree.apply(own)]
        columns = np.arange(len(model.classes_)) if model is inner or name not in BAGS else inner.classes_
        assert answers[:, columns].tobytes() == inner.predict_proba(own).tobytes()
        assert answers.sum() == pytest.approx(len(rows))


def test_classes_that_a_tree_never_saw_have_no_share_in_it():
    views = trees_of(fitted("bag that misses classes"))
    assert [view.values[:, [0, 2]].any(axis=0).tolist() for view in views[:4]] == [[True, False], [False, True]] * 2
    assert all(view.values[:, [0, 2]].any(axis=0).all() for view in views[4:])


@pytest.mark.parametrize("name", BAGS)
def test_a_split_of_a_bags_tree_names_the_bags_feature(name):
    model = fitted(name)
    for view, inner, columns in zip(trees_of(model), model.estimators_, model.estimators_features_, strict=True):
        own = inner.tree_.feature
        assert (view.feature() < 0).tolist() == (own < 0).tolist()
        assert view.feature()[own >= 0].tolist() == np.asarray(columns)[own[own >= 0]].tolist()


def test_a_forests_trees_read_the_rows_themselves():
    rows = np.zeros((3, 4), dtype=np.float32)
    assert trees_of(fitted("pure forest"))[0].select(rows) is rows
