"""What `bundle_model` is told beside the model and the data."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.training import bundle_model

FRAME = pd.DataFrame({"age": np.arange(40) + 18, "spend": np.linspace(0, 9, 40)})
CODES = np.array([0, 1] * 20)
MODEL = LogisticRegression(max_iter=1000).fit(FRAME, CODES)


def test_bounds_units_descriptions_and_classes_are_in_the_signature(tmp_path):
    bundled = bundle_model(
        MODEL,
        FRAME,
        CODES,
        name="own",
        artifacts=tmp_path,
        bounds={"age": (0, 120), "spend": (None, 100)},
        units={"age": "years"},
        descriptions={"spend": "Spent a month"},
        classes={0: "stays", 1: "leaves"},
    )
    age, spend = bundled.manifest.signature.inputs
    assert (age.minimum, age.maximum, age.unit, spend.maximum, spend.description) == (0, 120, "years", 100, "Spent a month")
    assert bundled.manifest.signature.task.names == ["stays", "leaves"]
    assert "predicts: one of stays, leaves" in repr(bundled)
    assert "from 0 to 120 allowed" in repr(bundled)


def test_what_is_required_may_not_be_missing(tmp_path):
    model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=1000)).fit(FRAME, CODES)
    bundled = bundle_model(model, FRAME, name="own", artifacts=tmp_path, required=["age"])
    assert [column.nullable for column in bundled.manifest.signature.inputs] == [False, True]
    assert "--required age" in (bundled.path / "card.md").read_text()


def test_the_task_may_be_said(tmp_path):
    assert bundle_model(MODEL, FRAME, name="own", artifacts=tmp_path, task="regression").manifest.signature.task.kind == "regression"


def test_the_best_estimator_of_a_search_is_taken_whatever_the_rest_is(tmp_path, capsys):
    scorer = make_scorer(lambda truth, guess: float((truth == guess).mean()))
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, scoring=scorer, cv=2).fit(FRAME, CODES)
    assert bundle_model(search, FRAME, name="own", artifacts=tmp_path).manifest.estimator == "LogisticRegression"
    assert "the best_estimator_ of the GridSearchCV is taken\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("choices", "error", "message"),
    [
        ({"task": "regresion"}, ConfigurationError, "'regresion' is no task; 'regression' was probably meant"),
        ({"bounds": {"Age": (0, 1)}}, ConfigurationError, "bounds for 'Age': the model takes no such column; 'age' was probably meant"),
        ({"required": ["Age"]}, ConfigurationError, "a requirement for 'Age': the model takes no such column; 'age' was probably meant"),
        ({"bounds": {"age": (0, 20)}}, ArtifactError, "column 'age' has 57, which is outside of its bounds"),
        ({"bounds": {"age": 20}}, ConfigurationError, "the bounds of 'age' must be two numbers, the lower one first"),
        ({"bounds": {"age": (120, 0)}}, ConfigurationError, "the bounds of 'age' must be two numbers, the lower one first"),
        ({"bounds": {"age": (0, float("inf"))}}, ConfigurationError, "the bounds of 'age' must be two numbers, the lower one first"),
        ({"classes": {2: "x"}}, ConfigurationError, "the class '2' has a name and is none of the model's"),
    ],
)
def test_what_does_not_fit_leaves_nothing_behind(tmp_path, choices, error, message):
    with pytest.raises(error, match=message):
        bundle_model(MODEL, FRAME, name="own", artifacts=tmp_path, **choices)
    assert list(tmp_path.iterdir()) == []
