"""Small inputs that servers of this kind were reported to fail on, each through the application, with the answer that is right."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

from iris_api.app import create_app
from iris_api.cli import main
from iris_api.errors import ConfigurationError
from iris_api.settings import Settings
from iris_api.training import bundle_model
from tests.inference.bundles import write
from tests.web.wire import assert_problem, post

random = np.random.default_rng(12)
CHURN = pd.DataFrame(
    {
        "age": random.integers(18, 91, 120),
        "senior_citizen": random.integers(0, 2, 120),
        "sepal length (cm)": random.uniform(4, 8, 120).round(1),
        "a/b.c~d [e]": random.uniform(0, 1, 120),
        "plan": random.choice(["basic", "plus", "pro"], 120),
        "active": random.random(120) < 0.5,
    }
)
LEFT = LabelEncoder().fit_transform(np.where(CHURN["age"] > 50, "stayed", "left"))
NUMBERS = list(CHURN.columns[:4])
WIDE = 5000


def churn_model(handle_unknown):
    encoder = OneHotEncoder(handle_unknown=handle_unknown)
    columns = make_column_transformer((StandardScaler(), NUMBERS), (encoder, ["plan", "active"]))
    return make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(CHURN, LEFT)


IGNORING, REFUSING = churn_model("ignore"), churn_model("error")


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    root = tmp_path_factory.mktemp("reported")
    bundle_model(IGNORING, CHURN, name="ignoring", artifacts=root, classes={0: "left", 1: "stayed"})
    bundle_model(REFUSING, CHURN, name="refusing", artifacts=root)
    return root


@pytest.fixture(scope="module")
def churn(artifacts):
    return create_app(Settings(artifacts=artifacts, models="ignoring,refusing"))


@pytest.fixture
def record():
    return CHURN.to_dict("records")[0]


def faults(app, body, path="/v1/predict", status=422):
    problem = assert_problem(post(app, path, body), status)
    return {fault["pointer"]: fault["detail"] for fault in problem["errors"]}


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """The folder of a logistic regression over 5,000 features, and its longest golden row."""
    root = tmp_path_factory.mktemp("wide")
    rows = random.normal(size=(20, WIDE))
    write(root, LogisticRegression().fit(rows, [0, 1] * 10), rows[:8], "wide")
    manifest = json.loads((root / "wide" / "1" / "manifest.json").read_text())
    names = [column["name"] for column in manifest["signature"]["inputs"]]
    return root, max((dict(zip(names, row, strict=True)) for row in manifest["golden"]["rows"]), key=lambda row: len(json.dumps(row)))


def test_a_wide_model_takes_its_own_golden_rows(wide):
    root, row = wide
    assert len(json.dumps(row)) > 65_536
    reply = post(create_app(Settings(artifacts=root, model_name="wide")), "/v1/predict", row)
    assert (reply.status, reply.json()["input"]) == (200, row)


def test_a_wide_model_is_refused_where_the_setting_is_below_its_golden_rows(wide, monkeypatch, capsys):
    root, row = wide
    needed = len(json.dumps(row, separators=(",", ":")))
    with pytest.raises(ConfigurationError) as caught:
        create_app(Settings(artifacts=root, model_name="wide", max_row_bytes=65_536))
    said, _, remedy = str(caught.value).partition("; ")
    assert said == f"IRIS_MAX_ROW_BYTES allows rows of 65536 bytes, and a row of wide has {needed}"
    assert remedy.startswith("unset it, or set at least ")
    for name, value in (("IRIS_ARTIFACTS", str(root)), ("IRIS_MODEL_NAME", "wide"), ("IRIS_MAX_ROW_BYTES", "65536")):
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        main(["check"])
    assert (end.value.code, capsys.readouterr().err) == (78, f"iris-api: {caught.value}\n")
    enough = int(remedy.rpartition(" ")[2])
    app = create_app(Settings(artifacts=root, model_name="wide", max_row_bytes=enough, max_batch_bytes=max(enough, 15 * 2**20)))
    assert post(app, "/v1/predict", row).status == 200


@pytest.mark.parametrize("body", [[{"age": 1}], [1, 2, 3]])
def test_a_list_says_that_one_row_is_taken_and_where_a_batch_goes(churn, body):
    expected = 'must be an object, as one row is taken here; send many rows to …/predict/batch, as {"instances": […]}'
    assert faults(churn, body) == {"#": expected}


@pytest.mark.parametrize("name", ["data", "features", "row"])
def test_a_row_in_an_object_is_one_fault_that_says_what_was_meant(churn, record, name):
    expected = "is not a member that is taken here; give the members in it by themselves"
    assert faults(churn, {name: record}) == {f"#/{name}": expected}


def test_a_batch_where_a_row_is_taken_is_one_fault_that_says_where_it_goes(churn, record):
    ((pointer, detail),) = faults(churn, {"instances": [record]}).items()
    assert pointer == "#/instances"
    assert detail.endswith('one row is taken here; send many rows to …/predict/batch, as {"instances": […]}')


def test_every_value_as_a_string_says_that_it_came_as_one(app, row):
    body = {name: str(value) for name, value in row.items()}
    assert faults(app, body) == {f"#/{name}": "must be a number, not a string" for name in row}


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch"])
def test_nan_is_named_and_null_is_said_to_stand_for_a_missing_value(churn, record, path):
    sent = record | {"age": float("nan")}
    problem = assert_problem(post(churn, path, json.dumps({"instances": [sent]} if "batch" in path else sent).encode()), 400)
    assert problem["detail"].startswith("The body is not well-formed JSON (line 1, column ")
    assert "NaN and Infinity are no numbers in JSON, and null stands for a missing value where the model takes one" in problem["detail"]


def test_a_form_is_called_one(churn):
    problem = assert_problem(post(churn, "/v1/predict", b"age=40&senior_citizen=1&sepal+length+%28cm%29=5.1"), 400)
    assert "it looks like a form, and JSON is taken here" in problem["detail"]


def test_values_beyond_training_are_answered_with_warnings(churn, record):
    sent = record | {"age": 5_000_000, "senior_citizen": 7}
    reply = post(churn, "/v1/predict", sent)
    low, high = CHURN["age"].min(), CHURN["age"].max()
    assert (reply.status, reply.json()["warnings"]) == (
        200,
        [
            {"pointer": "#/age", "detail": f"is outside what training saw ({low} to {high})"},
            {"pointer": "#/senior_citizen", "detail": "is outside what training saw (0 to 1)"},
        ],
    )


def test_a_category_that_training_did_not_see_is_answered_as_it_is(churn, record):
    sent = record | {"plan": "gold"}
    answer = post(churn, "/v1/predict", sent).json()
    assert list(answer["probabilities"].values()) == IGNORING.predict_proba(pd.DataFrame([sent]))[0].tolist()
    assert answer["input"]["plan"] == "gold"
    assert answer["warnings"] == [{"pointer": "#/plan", "detail": "is a value that training did not see"}]


def test_a_category_that_the_pipeline_refuses_is_refused_with_those_it_takes(churn, record):
    said = faults(churn, record | {"plan": "plsu"}, "/v1/models/refusing/predict")
    assert said == {"#/plan": "must be one of these: basic, plus, pro; plus was probably meant"}
    assert faults(churn, record | {"plan": None}) == {"#/plan": "must not be null"}


def test_names_are_those_of_the_data_and_pointers_escape_them(churn, record):
    assert post(churn, "/v1/predict", record).status == 200
    wrong = record | {"sepal length (cm)": "5.1", "a/b.c~d [e]": True}
    assert list(faults(churn, wrong)) == ["#/sepal%20length%20%28cm%29", "#/a~1b.c~0d%20%5Be%5D"]


def test_the_records_of_the_frame_are_a_batch(churn):
    reply = post(churn, "/v1/predict/batch", {"instances": CHURN.to_dict("records")})
    assert reply.status == 200
    given = [list(answer["probabilities"].values()) for answer in reply.json()["predictions"]]
    assert given == IGNORING.predict_proba(CHURN).tolist()


def test_numbers_of_classes_get_names_and_are_kept(churn):
    answers = post(churn, "/v1/predict/batch", {"instances": CHURN.to_dict("records")}).json()["predictions"]
    codes = IGNORING.predict(CHURN).tolist()
    assert [answer["class_index"] for answer in answers] == codes
    assert [answer["prediction"] for answer in answers] == [("left", "stayed")[code] for code in codes]
    assert list(answers[0]["probabilities"]) == ["left", "stayed"]
