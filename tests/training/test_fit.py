import io
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from iris_api.errors import ArtifactError
from iris_api.inference.manifest import Metrics
from iris_api.training.datasets import Dataset, load_dataset, numbers_of
from iris_api.training.fit import brier_score, cross_validate, fit_pipeline, log_loss
from iris_api.training.pipelines import pipeline_for
from iris_api.training.progress import Progress
from iris_api.training.tasks_of import task_of

IRIS = load_dataset("iris")


def quiet() -> Progress:
    return Progress(io.StringIO())


def figures(estimator, dataset: Dataset, repeats: int | None = 1) -> Metrics:
    estimator.fit(dataset.rows, dataset.labels)
    metrics = cross_validate(estimator, dataset, task_of(estimator, dataset, "the model"), quiet(), repeats)
    assert metrics is not None
    return metrics


def test_the_forest_is_the_tutorials_forest():
    forest = fit_pipeline(pipeline_for(IRIS).estimator, IRIS)
    plain = RandomForestClassifier(n_estimators=100, random_state=42).fit(IRIS.rows, IRIS.labels)
    assert np.array_equal(forest.predict_proba(IRIS.rows), plain.predict_proba(IRIS.rows))
    assert forest.n_jobs == 1
    assert forest.classes_.tolist() == ["setosa", "versicolor", "virginica"]


def test_figures_are_those_of_the_folds():
    metrics = figures(GaussianNB(), IRIS, repeats=2)
    assert (metrics.folds, metrics.repeats) == (5, 2)
    assert np.sum(metrics.confusion_matrix, axis=1).tolist() == [100, 100, 100]
    assert metrics.accuracy.mean == pytest.approx(np.trace(metrics.confusion_matrix) / 300)
    assert 0.9 < metrics.accuracy.mean < 1
    assert metrics.accuracy.standard_deviation > 0
    assert metrics.log_loss is not None
    assert metrics.brier_score is not None
    assert 0 < metrics.brier_score.mean < metrics.log_loss.mean < 0.5


def test_figures_come_from_unseen_rows():
    noise = replace(IRIS, labels=np.random.default_rng(0).permutation(np.asarray(IRIS.labels)))
    memory = KNeighborsClassifier(1)
    assert clone(memory).fit(noise.rows, noise.labels).score(noise.rows, noise.labels) > 0.95
    assert figures(memory, noise).accuracy.mean < 0.6


def test_few_rows_get_many_repeats_and_many_rows_few():
    cancer = load_dataset("breast_cancer")
    assert (figures(GaussianNB(), IRIS, None).repeats, figures(GaussianNB(), cancer, None).repeats) == (10, 3)


def test_without_probabilities_there_is_still_an_accuracy():
    metrics = figures(RidgeClassifier(), IRIS)
    assert metrics.accuracy.mean > 0.7
    assert (metrics.log_loss, metrics.brier_score) == (None, None)


def test_small_classes_get_fewer_folds():
    keep = np.r_[0:50, 50:100, 100:103]
    small = replace(IRIS, rows=IRIS.rows[keep], labels=np.asarray(IRIS.labels)[keep])
    assert figures(GaussianNB(), small).folds == 3


@pytest.mark.parametrize("keep", [np.r_[0:50, 50], np.r_[0:50]])
def test_no_figures_from_a_class_of_one_row_or_one_class(keep):
    few = replace(IRIS, rows=IRIS.rows[keep], labels=np.asarray(IRIS.labels)[keep])
    estimator = GaussianNB().fit(IRIS.rows, IRIS.labels)
    assert cross_validate(estimator, few, task_of(estimator, few, "the model"), quiet()) is None
    assert cross_validate(estimator, replace(few, labels=None), task_of(estimator, replace(few, labels=None), "the model"), quiet()) is None


def test_a_class_without_rows_keeps_its_place():
    estimator = GaussianNB().fit(IRIS.rows, IRIS.labels)
    two = replace(IRIS, rows=IRIS.rows[50:], labels=np.asarray(IRIS.labels)[50:])
    metrics = cross_validate(estimator, two, task_of(estimator, two, "the model"), quiet(), 1)
    assert metrics is not None
    assert np.sum(metrics.confusion_matrix, axis=1).tolist() == [0, 50, 50]
    assert metrics.log_loss is not None
    assert metrics.log_loss.mean < 0.5


class Unfittable(DummyClassifier):
    def fit(self, X, y):  # noqa: N803 - scikit-learn's name
        if len(X) < 150:
            raise ValueError("too few rows for me")
        return super().fit(X, y)


def test_an_estimator_that_cannot_be_fitted_again_is_told():
    with pytest.raises(ArtifactError, match=r"ValueError: too few rows for me.*leave out the target"):
        figures(Unfittable(), IRIS)


class Nameless(DummyClassifier):
    def predict_proba(self, X):  # noqa: N803 - scikit-learn's name
        return np.full((len(X), 3), np.nan)


def test_probabilities_that_are_no_numbers_are_told():
    with pytest.raises(ArtifactError, match="no numbers"):
        figures(Nameless(), IRIS)


def test_log_loss_is_scikit_learns():
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.ones(3), 200)
    probabilities[0] = [0, 1, 0]
    truth = generator.integers(0, 3, 200)
    truth[0] = 0
    assert log_loss(probabilities, truth) == pytest.approx(sklearn.metrics.log_loss(truth, probabilities, labels=[0, 1, 2]))
    assert log_loss(probabilities[:1], truth[:1]) == pytest.approx(36.04, abs=0.01)


def test_brier_score_sums_over_classes():
    assert brier_score(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])) == 1.0
    assert brier_score(np.array([[0.5, 0.25, 0.25]]), np.array([0])) == 0.375


def test_columns_do_not_matter_for_figures():
    renamed = replace(IRIS, name="other", inputs=numbers_of("abcd", "abcd", IRIS.rows))
    assert figures(GaussianNB(), renamed) == figures(GaussianNB(), IRIS)
