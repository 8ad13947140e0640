"""Numbers that no row of training lacks may be missing where the pipeline answers without them, and only there."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from iris_api.app import create_app
from iris_api.errors import ArtifactError
from iris_api.settings import Settings
from iris_api.training import bundle_model
from iris_api.training.missing_numbers import MAX_ASKED, with_taken_gaps
from iris_api.training.samples import dataset_of

random = np.random.default_rng(9)
FRAME = pd.DataFrame(
    {
        "age": random.integers(18, 90, 60),
        "calls": random.integers(0, 9, 60),
        "spend": random.uniform(1, 50, 60),
        "plan": random.choice(["basic", "pro"], 60),
    }
)
Y = (FRAME["age"] > 50).astype(int)
FILLED = make_pipeline(SimpleImputer(), StandardScaler())
MIXED = make_pipeline(
    make_column_transformer((FILLED, ["age", "spend"]), (StandardScaler(), ["calls"]), (OneHotEncoder(handle_unknown="ignore"), ["plan"])),
    LogisticRegression(),
).fit(FRAME, Y)
NUMBERS = FRAME[["age", "calls", "spend"]]


def nullable(model, rows, **options):
    dataset = with_taken_gaps(dataset_of("own", rows, None, model), model, **options)
    assert all(column.warns_if_missing for column in dataset.inputs if column.nullable)
    return [column.name for column in dataset.inputs if column.nullable]


def test_each_number_that_the_pipeline_fills_may_be_missing():
    assert nullable(MIXED, FRAME) == ["age", "spend"]
    assert nullable(make_pipeline(SimpleImputer(), LogisticRegression()).fit(NUMBERS, Y), NUMBERS) == list(NUMBERS)
    assert nullable(make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, Y), NUMBERS) == []


def test_a_bare_estimator_of_a_matrix_fills_nothing():
    assert nullable(RandomForestClassifier(3).fit(NUMBERS, Y), NUMBERS) == []


def test_what_is_required_may_not_be_missing():
    assert nullable(MIXED, FRAME, required=frozenset(["spend"])) == ["age"]
    gaps = FRAME.assign(spend=FRAME["spend"].where(FRAME["spend"] > 5))
    with pytest.raises(ArtifactError, match=r"^column 'spend' is required, but missing in some rows; fill these, or let it be missing$"):
        nullable(MIXED, gaps, required=frozenset(["spend"]))


def test_an_answer_that_is_no_number_is_none():
    model = make_pipeline(FunctionTransformer(np.sqrt), SimpleImputer(), LinearRegression()).fit(NUMBERS, Y)
    assert nullable(model, NUMBERS) == list(NUMBERS)

    class Passing(LinearRegression):
        def predict(self, rows):
            return np.asarray(rows)[:, 0]

    assert nullable(make_pipeline(StandardScaler(), Passing()).fit(NUMBERS, Y), NUMBERS) == ["calls", "spend"]


def test_a_wide_table_is_asked_a_bounded_number_of_times():
    rows = random.normal(size=(4, 3 * MAX_ASKED))

    class Counting(LinearRegression):
        asked = 0

        def predict(self, rows):
            Counting.asked += 1
            return super().predict(rows)

    assert nullable(make_pipeline(StandardScaler(), Counting()).fit(rows, range(4)), rows) == []
    assert Counting.asked == MAX_ASKED


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    root = tmp_path_factory.mktemp("missing")
    bundle_model(MIXED, FRAME, name="own", artifacts=root)
    return create_app(Settings(artifacts=root, model_name="own")).test_client()


ROW = {"age": 40, "calls": 3, "spend": 5.5, "plan": "pro"}


@pytest.mark.parametrize("left_out", [False, True])
def test_an_integer_that_is_missing_is_answered_as_the_frame_that_pandas_makes(served, left_out):
    without = {name: value for name, value in ROW.items() if name != "age"}
    rows = [without if left_out else ROW | {"age": None}, ROW]
    frame = pd.DataFrame([{"age": None, **without}, ROW])[list(FRAME)]
    assert frame["age"].dtype == np.float64
    expected = MIXED.predict_proba(frame).tolist()
    batch = served.post("/v1/predict/batch", json={"instances": rows}).json["predictions"]
    single = served.post("/v1/predict", json=rows[0]).json
    assert [list(answer["probabilities"].values()) for answer in batch] == expected
    assert list(single["probabilities"].values()) == MIXED.predict_proba(frame[:1]).tolist()[0]
    assert single["input"]["age"] is None
    detail = "is missing, which it never was in training"
    assert single["warnings"] == [{"pointer": "#/age", "detail": detail}]
    assert [answer.get("warnings") for answer in batch] == [[{"pointer": "#/instances/0/age", "detail": detail}], None]


def test_an_integer_that_the_pipeline_needs_must_not_be_null(served):
    refused = served.post("/v1/predict", json=ROW | {"calls": None})
    assert (refused.status_code, refused.json["errors"]) == (422, [{"pointer": "#/calls", "detail": "must not be null"}])
    del (without := dict(ROW))["calls"]
    refused = served.post("/v1/predict", json=without)
    assert (refused.status_code, refused.json["errors"]) == (422, [{"pointer": "#/calls", "detail": "is required"}])
