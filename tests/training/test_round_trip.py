import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from iris_api.errors import ArtifactError
from iris_api.training.round_trip import check_round_trip
from iris_api.training.samples import dataset_of

PIXELS = np.random.default_rng(5).integers(0, 250, (40, 3))
SHADES = PIXELS.sum(axis=1)


def checked(model, rows):
    check_round_trip(model, rows, dataset_of("pixels", rows, None, model), "the model pixels")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_rows_that_keep_their_answers_pass(dtype):
    rows = PIXELS.astype(dtype)
    checked(LinearRegression().fit(rows, SHADES), rows)
    checked(LogisticRegression(max_iter=9999).fit(rows / 250, SHADES.mean() < SHADES), rows / dtype(250))


def test_numbers_that_overflow_in_training_alone_are_found():
    rows = PIXELS.astype(np.uint8)
    model = make_pipeline(FunctionTransformer(np.square), LinearRegression()).fit(rows, SHADES)
    with pytest.raises(ArtifactError, match=r"the model pixels answers row 0 otherwise when it comes as JSON .*fit it on those"):
        checked(model, rows)


def test_the_advice_helps():
    rows = PIXELS.astype(np.uint8).astype(float)
    checked(make_pipeline(FunctionTransformer(np.square), LinearRegression()).fit(rows, SHADES), rows)


def test_a_model_that_cannot_predict_is_left_to_who_asks_for_the_task():
    rows = PIXELS.astype(float)
    model = LinearRegression().fit(rows[:, :2], SHADES)
    checked(model, rows)
