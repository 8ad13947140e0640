import io

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold, cross_validate

from iris_api.errors import ArtifactError
from iris_api.training.fit_regression import cross_validate_regression
from iris_api.training.progress import Progress
from iris_api.training.refit import SEED
from iris_api.training.samples import dataset_of

random = np.random.default_rng(9)
ROWS = random.uniform(size=(50, 3))
TARGET = ROWS @ [1.0, 2.0, 3.0] + random.normal(size=50) / 3


class Broken(RegressorMixin, BaseEstimator):
    """A regressor that fits and then gives too few answers."""

    def fit(self, rows, target):  # noqa: ARG002 - its arguments are scikit-learn's
        return self

    def predict(self, rows):
        return rows[:1, 0]


def figures(model, rows=ROWS, target=TARGET, repeats=1):
    return cross_validate_regression(model, dataset_of("rows", rows, target, model), Progress(io.StringIO()), repeats)


def test_the_figures_are_those_of_scikit_learn():
    metrics = figures(LinearRegression())
    scoring = ("neg_mean_absolute_error", "neg_root_mean_squared_error", "r2")
    expected = cross_validate(LinearRegression(), ROWS, TARGET, cv=KFold(5, shuffle=True, random_state=SEED), scoring=scoring)
    # the splitters draw differently from the same seed, so the folds are not the same
    assert metrics.mean_absolute_error.mean == pytest.approx(-expected["test_neg_mean_absolute_error"].mean(), rel=0.2)
    assert metrics.root_mean_squared_error.mean == pytest.approx(-expected["test_neg_root_mean_squared_error"].mean(), rel=0.2)
    assert metrics.r2.mean == pytest.approx(expected["test_r2"].mean(), abs=0.1)
    assert (metrics.folds, metrics.repeats) == (5, 1)


def test_rows_that_the_model_saw_would_look_better():
    metrics, fitted = figures(LinearRegression(), repeats=4), LinearRegression().fit(ROWS, TARGET).predict(ROWS)
    assert metrics.mean_absolute_error.mean > mean_absolute_error(TARGET, fitted)
    assert metrics.root_mean_squared_error.mean > root_mean_squared_error(TARGET, fitted)
    assert metrics.r2.mean < r2_score(TARGET, fitted)
    assert metrics.repeats == 4


def test_a_model_that_knows_nothing_explains_nothing():
    assert figures(DummyRegressor()).r2.mean < 0.05


def test_several_targets_are_averaged():
    metrics = figures(LinearRegression(), target=np.c_[TARGET, 3 * TARGET])
    assert metrics.mean_absolute_error.mean == pytest.approx(2 * figures(LinearRegression()).mean_absolute_error.mean)


def test_few_rows_give_fewer_folds_or_no_figures():
    assert figures(LinearRegression(), ROWS[:6], TARGET[:6]).folds == 3
    assert figures(LinearRegression(), ROWS[:3], TARGET[:3]) is None


def test_a_copy_that_fails_says_what_to_do():
    with pytest.raises(ArtifactError, match=r"the Broken cannot be fitted again on a part of rows \(ValueError: .*leave out the target"):
        figures(Broken())
