"""Columns are read as the model was fitted on them: an encoder that ignores unknown values would answer others without a word."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from threadpoolctl import threadpool_limits

from iris_api.errors import ArtifactError
from iris_api.training.adopt import Adopted, load_data
from iris_api.training.choices import Choices
from iris_api.training.table_files import read_table
from iris_api.training.table_samples import Source

N = 40
FRAME = pd.DataFrame(
    {
        "partner": ["Yes", "No", "No", None] * 10,
        "zip": [f"0{1000 + index % 4}" for index in range(N)],
        "size": [str(index % 3) for index in range(N)],
        "day": ["2024-01-01", "2024-01-02"] * 20,
        "flag": [True, False] * 20,
        "n": np.arange(N) % 7,
    }
)
Y = np.array([0, 0, 1, 1, 0] * 8)
TEXTS = ["partner", "zip", "size", "day"]


def read(tmp_path: Path, estimator, **choices):
    """The DataFrame that ``estimator`` is given of the same table as a CSV file, and the notes."""
    path = tmp_path / "own.csv"
    FRAME.to_csv(path, index=False)
    source = Source(path, read_table(path), Choices(**choices))
    dataset, columns = load_data(source, Adopted(estimator, tuple(FRAME.columns)))
    return dataset.laid_out(), [note for column in columns for note in column.notes]


def encoded(encoder):
    return make_column_transformer((encoder, TEXTS), (StandardScaler(), ["flag", "n"]))


ENCODERS = {
    "one-hot": lambda: encoded(OneHotEncoder(handle_unknown="ignore")),
    "imputed": lambda: encoded(make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))),
    "by mask": lambda: ColumnTransformer(
        [("t", OneHotEncoder(handle_unknown="ignore"), [True] * 4 + [False] * 2)], remainder="passthrough"
    ),
    "by slice": lambda: ColumnTransformer([("t", OneHotEncoder(handle_unknown="ignore"), slice(0, 4))], remainder="passthrough"),
    "by number": lambda: ColumnTransformer([("t", TargetEncoder(), [0, 1, 2, 3])], remainder="passthrough"),
    "all columns": lambda: OneHotEncoder(handle_unknown="ignore"),
}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_encoders_were_fitted_on_decides(tmp_path, encoder):
    model = make_pipeline(ENCODERS[encoder](), LogisticRegression(max_iter=1000)).fit(FRAME, Y)
    frame, notes = read(tmp_path, model)
    pd.testing.assert_frame_equal(frame, FRAME)
    assert model.predict_proba(frame).tolist() == model.predict_proba(FRAME).tolist()
    assert "Column 'size' is read as category, as the model was fitted on such values; --kind 'size=integer' changes that." in notes
    assert "Column 'partner' is read as category, as the model was fitted on such values; --kind 'partner=boolean' changes that." in notes


def test_a_boosting_with_categories_of_its_own_gets_texts(tmp_path):
    typed = FRAME.astype(dict.fromkeys(TEXTS, "category"))
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2).fit(typed, Y)
        frame, _ = read(tmp_path, model)
        assert [str(dtype) for dtype in frame.dtypes[:4]] == ["str"] * 4
        assert model.predict_proba(frame).tolist() == model.predict_proba(typed).tolist()


def test_numbers_with_leading_zeros_are_numbers_where_the_model_knows_numbers(tmp_path):
    numbers = FRAME.assign(zip=FRAME["zip"].astype(int))
    model = make_pipeline(make_column_transformer((OrdinalEncoder(), ["zip"])), LogisticRegression()).fit(numbers, Y)
    frame, notes = read(tmp_path, model)
    assert frame["zip"].tolist() == numbers["zip"].tolist()
    assert "Column 'zip' is read as integer, as the model was fitted on such values; --kind 'zip=category' changes that." in notes


def test_yes_and_no_are_texts_as_pandas_has_them(tmp_path):
    model = make_pipeline(make_column_transformer(("passthrough", ["n"])), LogisticRegression()).fit(FRAME, Y)
    frame, notes = read(tmp_path, model)
    assert frame["partner"].tolist()[:3] == ["Yes", "No", "No"]
    assert "Column 'partner' is read as category, as pandas keeps yes and no as texts; --kind 'partner=boolean' changes that." in notes


def test_a_kind_that_somebody_chose_stays(tmp_path):
    model = make_pipeline(make_column_transformer(("passthrough", ["n"])), LogisticRegression()).fit(FRAME, Y)
    frame, _ = read(tmp_path, model, kinds={"partner": "boolean"}, nullable=frozenset(["partner"]))
    assert frame["partner"].tolist()[:3] == [True, False, False]


def test_cells_that_the_encoder_cannot_know_are_refused(tmp_path):
    flags = FRAME.assign(zip=FRAME["flag"])
    model = make_pipeline(make_column_transformer((OrdinalEncoder(), ["zip"])), LogisticRegression()).fit(flags, Y)
    with pytest.raises(
        ArtifactError, match="column 'zip' is read as category, the model was fitted on a boolean there; correct its values"
    ):
        read(tmp_path, model)
