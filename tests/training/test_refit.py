import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from iris_api.errors import ArtifactError
from iris_api.training.refit import refit, score
from iris_api.training.samples import dataset_of

ROWS = np.arange(20.0).reshape(10, 2)
TARGET = ROWS @ [1.0, -1.0]


def test_a_copy_learns_the_chosen_rows_alone():
    model = LinearRegression(fit_intercept=False).fit(ROWS, TARGET)
    before = model.coef_.copy()
    target = np.where(np.arange(10) < 5, TARGET, -TARGET)
    copied = refit(model, dataset_of("rows", ROWS, target, model), np.arange(5, 10))
    assert copied is not model
    assert copied.coef_ == pytest.approx([-1.0, 1.0])
    assert model.coef_.tolist() == before.tolist()


def test_a_frame_reaches_the_copy_as_a_frame():
    import pandas as pd

    frame, y = pd.DataFrame({"city": ["Ulm", "Bonn"] * 5}), [True, False] * 5
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, y)
    copied = refit(model, dataset_of("rows", frame, y, model), np.arange(4))
    assert copied.feature_names_in_.tolist() == ["city"]


def test_a_copy_that_cannot_be_fitted_says_what_to_do():
    model = LogisticRegression().fit(ROWS, [0, 1] * 5)
    with pytest.raises(ArtifactError, match=r"^the LogisticRegression cannot be fitted again on a part of rows \(ValueError: .*leave out"):
        refit(model, dataset_of("rows", ROWS, [0, 1] * 5, model), np.array([0, 2, 4]))


def test_a_score_has_a_spread():
    assert (score([1.0, 3.0]).mean, score([1.0, 3.0]).standard_deviation) == (2.0, 1.0)
