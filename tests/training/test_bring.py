import os
import warnings

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import check
from iris_api.training import bundle_model
from tests.zoo.asking import assert_served_as_fitted, in_process

random = np.random.default_rng(11)
ROWS = np.round(random.uniform(size=(60, 4)), 2)
SUM = ROWS.sum(axis=1)
YES = np.where(SUM > 2, "yes", "no")


@pytest.fixture
def bundle(tmp_path):
    """Bundles a model below this test's folder."""

    def make(model, rows=ROWS, y=None, name="zoo", **options):
        return bundle_model(model, rows, y, name=name, artifacts=tmp_path, **options)

    return make


def refusal(bundle, tmp_path, *arguments, **options):
    with pytest.raises((ArtifactError, ConfigurationError)) as raised:
        bundle(*arguments, **options)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    said = str(raised.value)
    assert "\n" not in said
    return said


def test_what_it_gives_is_a_path_and_shows_the_signature(bundle, tmp_path):
    given = bundle(RandomForestClassifier(5).fit(ROWS, YES), y=YES)
    assert given.path == tmp_path / "zoo" / "1"
    assert os.fspath(given) == str(given.path)
    assert check(given.path, BundleLimits(10**8, 60)).manifest == given.manifest
    assert repr(given).splitlines()[0] == f"zoo version 1: {given.path}"
    assert repr(given).splitlines()[-1] == "predicts: one of no, yes"
    assert given.manifest.metrics.folds == 5


def test_the_next_one_is_the_next_version(bundle, tmp_path):
    model = LinearRegression().fit(ROWS, SUM)
    assert [bundle(model).manifest.version for _ in range(2)] == [1, 2]


def test_the_model_stays_as_it_was(bundle):
    import pandas as pd

    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    model = RandomForestClassifier(5, n_jobs=2).fit(frame, YES)
    bundle(model, frame, YES)
    assert model.n_jobs == 2
    assert model.feature_names_in_.tolist() == list("abcd")
    assert type(model) is RandomForestClassifier


def test_a_frame_of_numbers_serves_by_name_without_a_word(bundle, tmp_path):
    import pandas as pd

    frame = pd.DataFrame(ROWS, columns=["a b", "ü", "c.d", "e:f"])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, YES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bundle(model, frame, YES)
        ask = in_process(tmp_path)
    assert_served_as_fitted(ask, model, frame)


def test_columns_can_travel_as_one_array(bundle, tmp_path):
    model = LinearRegression().fit(ROWS, SUM)
    bundle(model, arrays={"pixels": (2, 2)})
    answer = in_process(tmp_path)("/v1/predict", {"pixels": ROWS[0].reshape(2, 2).tolist()})
    assert answer["prediction"] == model.predict(ROWS[:1])[0]


MODELS = {
    "a name": ("model.joblib", "the model zoo holds a str, not a scikit-learn estimator; bundle the estimator itself"),
    "a class": (LinearRegression, "the model zoo holds a ABCMeta, not a scikit-learn estimator"),
    "nothing": (None, "the model zoo holds a NoneType, not a scikit-learn estimator"),
    "a dictionary": ({"model": LinearRegression()}, "the model zoo holds a dict, not a scikit-learn estimator"),
    "a model that is not fitted": (LinearRegression(), "the model zoo holds a LinearRegression that is not fitted; fit it first"),
    "a pipeline that is not fitted": (make_pipeline(StandardScaler(), LinearRegression()), "holds a Pipeline that is not fitted"),
    "a transformer": (StandardScaler().fit(ROWS), "the model zoo holds a StandardScaler, which does not predict new rows"),
    "clusters of training alone": (DBSCAN().fit(ROWS), "the model zoo holds a DBSCAN, which does not predict new rows"),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_no_model_is_refused_in_a_sentence(name, bundle, tmp_path):
    model, reason = MODELS[name]
    assert reason in refusal(bundle, tmp_path, model)


def test_what_cannot_be_pickled_is_refused_in_a_sentence(bundle, tmp_path):
    model = LinearRegression().fit(ROWS, SUM)
    model.callback = lambda: None
    assert refusal(bundle, tmp_path, model).startswith("the model zoo cannot be pickled (")


@pytest.mark.parametrize(
    ("rows", "y", "reason"),
    [
        (ROWS[:, :2], None, "that cannot predict zoo (ValueError: X has 2 features, but LogisticRegression is expecting 4"),
        (ROWS, YES[:10], "y has 10 values, X has 60 rows"),
        (ROWS, SUM, "which the model zoo does not know as a class; it knows no, yes"),
        (ROWS * 1e40, None, "column x0 has a number that no 32-bit float can hold"),
        (ROWS[:, 0], None, "X must be a DataFrame, a list of texts or an array of numbers of two dimensions"),
    ],
    ids=["other columns", "fewer answers", "numbers for classes", "huge numbers", "one column"],
)
def test_data_that_does_not_fit_is_refused_in_a_sentence(rows, y, reason, bundle, tmp_path):
    assert reason in refusal(bundle, tmp_path, LogisticRegression().fit(ROWS, YES), rows, y)


def test_a_name_that_is_none_is_refused(bundle, tmp_path):
    assert "cannot be a model's name" in refusal(bundle, tmp_path, LinearRegression().fit(ROWS, SUM), name="My Model")


def test_a_regression_of_classes_is_refused(bundle, tmp_path):
    assert "predicts numbers" in refusal(bundle, tmp_path, LinearRegression().fit(ROWS, SUM), ROWS, YES)


def test_the_card_has_a_command_with_what_was_said_of_the_model(bundle):
    said = {"bounds": {"pixels": (0, None)}, "descriptions": {"pixels": "Shades"}, "classes": {"no": "none"}, "arrays": {"pixels": (2, 2)}}
    given = bundle(LogisticRegression().fit(ROWS, YES), y=YES, task="classification", **said)
    options = "--task classification --array pixels=2x2 --bounds pixels=0: --describe pixels=Shades --classes no=none --name zoo"
    assert f"iris-api bundle zoo.joblib --data zoo.csv {options}\n" in (given.path / "card.md").read_text()
