"""Scorers: the estimator's own bits, as plain Python values, however they are come by; and which scorer is chosen."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from iris_api.inference import forest
from iris_api.inference.scorer_choice import choose_scorer
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, ForestScorer, TreesScorer
from iris_api.inference.trees import trees_of
from tests.inference.bundles import classifier_signature
from tests.inference.ensembles import ALL, assert_same_bits, fitted, rows_for, turning_rows

EXACT = [DecisionTreeClassifier(), ExtraTreeClassifier(), RandomForestClassifier(3), ExtraTreesClassifier(3)]
INEXACT = [LogisticRegression(), GradientBoostingClassifier(n_estimators=2), make_pipeline(StandardScaler(), DecisionTreeClassifier())]


def estimator_scorer(model):
    return EstimatorScorer(model, classifier_signature(model))


def chosen_scorer(model, max_table_bytes):
    return choose_scorer(model, classifier_signature(model), max_table_bytes)


@pytest.mark.parametrize("model", EXACT + INEXACT, ids=lambda model: type(model).__name__)
def test_scores_are_the_estimators_bits_as_plain_values(model, rows, labels):
    model.fit(rows, labels)
    given, probabilities = estimator_scorer(model).score_rows(rows)
    assert given == model.predict(rows).tolist()
    assert np.array(probabilities).tobytes() == model.predict_proba(rows).tobytes()
    assert {type(label) for label in given} == {str}
    assert {type(value) for row in probabilities for value in row} == {float}


@pytest.mark.parametrize("model", EXACT, ids=lambda model: type(model).__name__)
def test_trees_say_that_they_are_exact(model):
    assert estimator_scorer(model).exact


@pytest.mark.parametrize("model", [*INEXACT, LinearSVC()], ids=lambda model: type(model).__name__)
def test_whatever_multiplies_says_that_it_is_not(model):
    assert estimator_scorer(model.fit([[0.0], [1.0]], [0, 1])).exact is False


def test_without_predict_proba_there_are_no_probabilities(rows, labels):
    model = LinearSVC().fit(rows, labels)
    assert estimator_scorer(model).score_rows(rows[:4]) == (model.predict(rows[:4]).tolist(), None)


ROWS_AT_ONCE = [1, 2, 31, 32, 33, 1000]


@pytest.mark.parametrize("name", ALL)
def test_a_forests_tables_give_the_estimators_bits(name):
    scorer = chosen_scorer(fitted(name), MAX_TABLE_BYTES)
    assert (type(scorer), scorer.name, scorer.exact) == (ForestScorer, "forest", True)
    assert_same_bits(scorer, fitted(name), rows_for(fitted(name)))


@pytest.mark.parametrize("name", ALL)
def test_without_memory_the_bare_trees_give_the_estimators_bits(name):
    scorer = chosen_scorer(fitted(name), 0)
    assert (type(scorer), scorer.name, scorer.exact) == (TreesScorer, "trees", True)
    assert_same_bits(scorer, fitted(name), rows_for(fitted(name)), singles=50)


@pytest.mark.parametrize("name", ["pure forest", "impure forest", "stump", "bag that misses classes", "extremes"])
def test_the_estimator_itself_gives_its_bits(name):
    with np.errstate(all="ignore"):
        assert_same_bits(estimator_scorer(fitted(name)), fitted(name), rows_for(fitted(name))[:500], singles=10)


@pytest.mark.parametrize("count", ROWS_AT_ONCE)
@pytest.mark.parametrize("name", ["pure forest", "impure forest", "30 features", "bag of some features", "tree"])
def test_a_batch_of_any_length_gives_the_estimators_bits(name, count):
    rows = np.tile(rows_for(fitted(name)), (2, 1))[-count:]
    assert len(rows) == count
    for budget in (MAX_TABLE_BYTES, 0):
        assert_same_bits(chosen_scorer(fitted(name), budget), fitted(name), rows, singles=3)


def test_rows_need_not_lie_in_memory_in_their_order():
    rows = np.asfortranarray(rows_for(fitted("pure forest")))[::2]
    assert_same_bits(chosen_scorer(fitted("pure forest"), MAX_TABLE_BYTES), fitted("pure forest"), rows)


@pytest.mark.parametrize("name", ["even vote", "pure forest"])
def test_of_classes_with_equal_shares_the_first_is_named(name):
    rows = rows_for(fitted(name))
    rows = rows[np.abs(rows).max(axis=1) < 1e38]
    shares = fitted(name).predict_proba(rows)
    tied = rows[(shares == shares.max(axis=1, keepdims=True)).sum(axis=1) > 1]
    assert len(tied) > 32
    for budget in (MAX_TABLE_BYTES, 0):
        for count in (20, len(tied)):
            assert_same_bits(chosen_scorer(fitted(name), budget), fitted(name), tied[:count])


def test_the_memory_allowed_is_the_limit():
    trees, classes = trees_of(fitted("pure forest")), fitted("pure forest").classes_
    needed = forest.table_bytes(trees, forest.cuts_of(trees, 4), len(classes))
    assert chosen_scorer(fitted("pure forest"), needed).name == "forest"
    assert chosen_scorer(fitted("pure forest"), needed - 1).name == "trees"


class OwnForest(RandomForestClassifier):
    """A forest that answers otherwise than its base."""


OTHERS = [OwnForest(3), BaggingClassifier(LogisticRegression(), 3), BaggingClassifier(RandomForestClassifier(2), 3)]


@pytest.mark.parametrize("model", OTHERS, ids=str)
def test_whatever_is_no_mean_of_trees_answers_itself(model, rows, labels):
    scorer = chosen_scorer(model.fit(rows, labels), MAX_TABLE_BYTES)
    assert type(scorer) is EstimatorScorer
    assert scorer.score_rows(rows) == (model.predict(rows).tolist(), model.predict_proba(rows).tolist())
    assert scorer.score_row(rows[3].tolist()) == (model.predict(rows[3:4])[0], model.predict_proba(rows[3:4])[0].tolist())


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_a_hundred_thousand_rows_with_every_threshold_and_its_neighbours_have_equal_bits(load):
    values, numbers = load(return_X_y=True)
    model = RandomForestClassifier(100, random_state=42).fit(values, numbers)
    rows = turning_rows(model, values)
    # values of other rows, feature by feature, reach what no row that was learnt from does
    fill = np.random.default_rng(3).permuted(np.tile(values, (100_000 // len(values) + 1, 1)), axis=0)
    rows = np.vstack([rows, fill])[: max(100_000, len(rows))]
    assert_same_bits(chosen_scorer(model, MAX_TABLE_BYTES), model, rows, singles=20_000)
