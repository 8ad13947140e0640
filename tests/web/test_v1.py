"""Version 1: exactly what the estimator says, in the shape that is promised; the old path says where to go."""

import json
import re
from datetime import UTC, datetime

import joblib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from iris_api.app import create_app
from iris_api.settings import Settings
from iris_api.web.answers import ModelsAnswer
from iris_api.web.v1 import DEPRECATED_SINCE
from tests.web.wire import assert_problem, call, post

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
ROWS = load_iris().data


@pytest.fixture(scope="module")
def estimator(trained):
    return joblib.load(trained("iris") / "iris" / "1" / "model.joblib")


def instance(values) -> dict[str, float]:
    return dict(zip(NAMES, map(float, values), strict=True))


def test_every_row_of_iris_is_answered_bit_for_bit_as_the_estimator_does(app, estimator) -> None:
    expected, labels = estimator.predict_proba(ROWS).tolist(), estimator.predict(ROWS).tolist()

    single = [post(app, "/v1/predict", instance(values)).json() for values in ROWS]
    batch = post(app, "/v1/predict/batch", {"instances": [instance(values) for values in ROWS]}).json()

    for answers in (single, batch["predictions"]):
        assert [answer["prediction"] for answer in answers] == labels
        assert [list(answer["probabilities"].items()) for answer in answers] == [
            list(zip(estimator.classes_, row, strict=True)) for row in expected
        ]
        assert [answer["confidence"] for answer in answers] == [
            row[list(estimator.classes_).index(label)] for row, label in zip(expected, labels, strict=True)
        ]
    assert [list(answer["input"].items()) for answer in single] == [list(instance(values).items()) for values in ROWS]


@given(rows=st.lists(st.lists(st.floats(0, 10), min_size=4, max_size=4), min_size=1, max_size=4))
def test_any_rows_are_answered_bit_for_bit_as_the_estimator_does(app, estimator, rows) -> None:
    answer = post(app, "/v1/predict/batch", {"instances": [instance(values) for values in rows]}).json()

    assert [list(each["probabilities"].values()) for each in answer["predictions"]] == estimator.predict_proba(rows).tolist()
    assert [each["prediction"] for each in answer["predictions"]] == estimator.predict(rows).tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5.0), ("0", 0.0), ("-0", 0.0), ("10", 10.0), ("51e-1", 5.1), ("5.10000000000000000000000000001", 5.1), ("1e-400", 0.0)],
)
def test_a_number_is_read_to_its_last_bit_however_it_is_spelt(app, row, text, value) -> None:
    body = json.dumps(row).replace("5.1", text).encode()

    assert post(app, "/v1/predict", body).json()["input"]["sepal_length"] == value


def test_the_order_and_spelling_of_members_do_not_matter(app, row) -> None:
    backwards = json.dumps(dict(reversed(row.items())), indent=4).replace("sepal_length", "sepal\\u005flength")

    straight, other = post(app, "/v1/predict", row), post(app, "/v1/predict", backwards.encode())

    assert straight.status == other.status == 200
    assert straight.body == other.body


@pytest.mark.parametrize("path", ["/v1/predict", "/predict", "/v1/predict/batch"])
def test_an_answer_has_the_promised_members(app, row, path) -> None:
    reply = post(app, path, {"instances": [row, row]} if path.endswith("batch") else row)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    answer = reply.json()
    assert answer["model"] == {"name": "iris", "version": 1}
    members = {"prediction", "confidence", "probabilities"}
    assert [set(one) for one in answer.get("predictions", [])] == ([members] * 2 if path.endswith("batch") else [])
    assert path.endswith("batch") or set(answer) == {*members, "input", "model"}


@pytest.mark.parametrize("count", [1, 2, 33])
def test_a_batch_keeps_its_length_and_order(app, count) -> None:
    instances = [instance(ROWS[(7 * index) % 150]) for index in range(count)]

    batch = post(app, "/v1/predict/batch", {"instances": instances}).json()

    single = [post(app, "/v1/predict", each).json() for each in instances]
    assert batch["predictions"] == [{name: each[name] for name in ("prediction", "confidence", "probabilities")} for each in single]


def test_the_default_limit_of_rows_is_reached_and_not_passed(app) -> None:
    small = dict.fromkeys(NAMES, 1)

    assert len(post(app, "/v1/predict/batch", {"instances": [small] * 10_000}).json()["predictions"]) == 10_000
    assert post(app, "/v1/predict/batch", {"instances": [small] * 10_001}).status == 413


def test_the_model_says_what_its_manifest_says(app, trained) -> None:
    reply = call(app, "GET", "/v1/model")
    answer = reply.json()
    manifest = json.loads((trained("iris") / "iris" / "1" / "manifest.json").read_text())

    for name in ("name", "version", "estimator", "created", "metrics", "training_data", "libraries"):
        assert answer[name] == manifest[name], name
    signature = manifest["signature"]
    assert answer["task"] == signature["task"]["kind"]
    assert (answer["features"], answer["classes"]) == (signature["inputs"], signature["task"]["classes"])
    assert answer["sha256"] == manifest["artifact"]["sha256"]
    assert answer["scorer"] == "forest"


def test_the_models_golden_row_is_answered_as_it_says(app) -> None:
    golden = call(app, "GET", "/v1/model").json()["golden"]

    answer = post(app, "/v1/predict", golden["input"]).json()

    assert golden["exact"] is True
    assert {name: golden[name] for name in ("prediction", "confidence", "probabilities", "input")} == {
        name: value for name, value in answer.items() if name != "model"
    }


@pytest.mark.parametrize("valid", [True, False])
def test_the_old_path_answers_the_same_and_says_where_to_go(app, row, valid) -> None:
    content = row if valid else {}

    old, new = post(app, "/predict", content, X_Request_ID="same"), post(app, "/v1/predict", content, X_Request_ID="same")

    assert (old.status, old.body) == (new.status, new.body)
    assert re.fullmatch(r"@[0-9]+", old.headers["Deprecation"])
    assert old.headers["Link"] == '</v1/predict>; rel="successor-version"'
    assert "Deprecation" not in new.headers
    assert "Link" not in new.headers


def test_another_models_features_and_classes_are_served_without_a_change(trained) -> None:
    app = create_app(Settings(artifacts=trained("wine"), model_name="wine"))
    model = call(app, "GET", "/v1/model").json()

    answer = post(app, "/v1/predict", {feature["name"]: feature["example"] for feature in model["features"]}).json()

    assert len(answer["input"]) == 13
    assert list(answer["probabilities"]) == [str(label) for label in model["classes"]]
    assert answer["model"]["name"] == "wine"


def test_an_estimator_without_probabilities_gives_null(trained, fresh) -> None:
    class Hard:
        name, exact = "hard", True

        def score_row(self, _row):
            return "virginica", None

        def score_rows(self, rows):
            return ["virginica"] * len(rows), None

    parts = fresh.extensions["iris_api"]
    parts.loader.current.predictor.scorer = Hard()

    single = post(fresh, "/v1/predict", instance(ROWS[0])).json()
    batch = post(fresh, "/v1/predict/batch", {"instances": [instance(ROWS[0])]}).json()

    for answer in (single, *batch["predictions"]):
        assert (answer["prediction"], answer["confidence"], answer["probabilities"]) == ("virginica", None, None)


def test_the_prediction_is_the_estimators_even_where_it_is_not_the_likeliest(fresh) -> None:
    class Contrary:
        name, exact = "contrary", True

        def score_row(self, _row):
            return "virginica", [0.7, 0.2, 0.1]

        def score_rows(self, rows):
            return ["virginica"] * len(rows), [[0.7, 0.2, 0.1]] * len(rows)

    fresh.extensions["iris_api"].loader.current.predictor.scorer = Contrary()

    single = post(fresh, "/v1/predict", instance(ROWS[0])).json()
    batch = post(fresh, "/v1/predict/batch", {"instances": [instance(ROWS[0])]}).json()

    for answer in (single, *batch["predictions"]):
        assert (answer["prediction"], answer["confidence"]) == ("virginica", 0.1)


def test_the_old_path_is_deprecated_since_a_day_that_is_written_down(app, row) -> None:
    sent = post(app, "/predict", row).headers["Deprecation"]

    assert datetime(2026, 11, 1, tzinfo=UTC) == DEPRECATED_SINCE
    assert datetime.fromtimestamp(int(sent.removeprefix("@")), UTC) == DEPRECATED_SINCE


CHURN_ROW = {"x0": 3.0, "x1": 0.0}
MOOD_ROW = {"text": "a good day"}
ANSWERS = {"churn": (CHURN_ROW, "yes"), "mood": (MOOD_ROW, "glad"), "iris": (instance(ROWS[0]), "setosa")}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_model_answers_under_its_name(three, name) -> None:
    row, expected = ANSWERS[name]

    single = post(three, f"/v1/models/{name}/predict", row).json()
    batch = post(three, f"/v1/models/{name}/predict/batch", {"instances": [row, row]}).json()
    described = call(three, "GET", f"/v1/models/{name}").json()

    assert (single["prediction"], single["model"]) == (expected, {"name": name, "version": 1})
    assert [answer["prediction"] for answer in batch["predictions"]] == [expected] * 2
    assert batch["model"] == single["model"]
    assert (described["name"], [column["name"] for column in described["features"]]) == (name, list(row))


def test_the_paths_without_a_name_are_those_of_the_default_model(three) -> None:
    for path, body in (("/v1/predict", CHURN_ROW), ("/v1/predict/batch", {"instances": [CHURN_ROW]})):
        assert post(three, path, body).body == post(three, path.replace("/v1", "/v1/models/churn"), body).body
    assert post(three, "/predict", CHURN_ROW).body == post(three, "/v1/predict", CHURN_ROW).body
    assert call(three, "GET", "/v1/model").body == call(three, "GET", "/v1/models/churn").body


def test_the_list_has_every_model_with_links_that_lead_somewhere(three) -> None:
    content = call(three, "GET", "/v1/models")

    listed = ModelsAnswer.model_validate_json(content.body, strict=True)
    assert listed.default == "churn"
    assert [(model.name, model.version, model.task, model.loaded) for model in listed.models] == [
        (name, 1, "classification", True) for name in ("churn", "iris", "mood")
    ]
    for model in listed.models:
        assert {call(three, "OPTIONS", path).status for path in model.links.values()} == {200}
        assert call(three, "GET", model.links["model"]).json()["name"] == model.name


def test_a_model_that_is_not_loaded_is_listed_so_and_not_ready(unready, row) -> None:
    [model] = call(unready, "GET", "/v1/models").json()["models"]

    assert (model["name"], model["version"], model["task"], model["loaded"]) == ("iris", None, None, False)
    assert_problem(post(unready, "/v1/models/iris/predict", row), 503, slug="not-ready")


@pytest.mark.parametrize("name", ["zq93", "Churn", "churn ", "<b>zq93<b>", "..", "churn,iris", "z" * 5000, "\xff"])
@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("POST", "/predict"), ("POST", "/predict/batch")])
def test_a_name_that_is_not_served_is_refused_with_those_that_are(three, name, method, rest) -> None:
    problem = assert_problem(call(three, method, f"/v1/models/{name}{rest}", b"{}"), 404, slug="unknown-model")

    assert problem["detail"] == "The path names no model that is served here; those served: churn, iris, mood."


def test_a_row_is_refused_in_words_of_the_model_that_was_asked(three) -> None:
    problem = assert_problem(post(three, "/v1/models/mood/predict", CHURN_ROW), 422, slug="invalid-input")

    assert {fault["pointer"] for fault in problem["errors"]} == {"#/x0", "#/x1", "#/text"}


def test_what_has_no_answer_is_logged_with_the_model_that_was_asked(several, caplog) -> None:
    app = create_app(Settings(artifacts=several, models="iris,churn"))
    app.extensions["iris_api"].models["churn"].current.predictor.scorer = None

    assert_problem(post(app, "/v1/models/churn/predict", CHURN_ROW), 422, slug="unanswerable")

    [record] = [record for record in caplog.records if record.message == "the model has no answer to a request"]
    assert (record.model, record.estimator) == ("churn", "DecisionTreeClassifier")


def test_the_prediction_of_a_named_model_is_logged_with_its_name(three, caplog) -> None:
    with caplog.at_level("INFO", "iris_api.predictions"):
        post(three, "/v1/models/mood/predict", MOOD_ROW)

    assert [(record.facts["model"], record.facts["version"]) for record in caplog.records] == [("mood", 1)]


@pytest.mark.parametrize(("spaces", "status"), [(65_500, 200), (70_000, 413), (130_000, 413)])
def test_a_row_of_numbers_may_have_64_kib(three, spaces, status) -> None:
    assert post(three, "/v1/models/iris/predict", json.dumps(instance(ROWS[0])).encode().ljust(spaces)).status == status


def test_a_row_may_be_as_long_as_its_text_unless_the_operator_says_otherwise(several, three) -> None:
    row = json.dumps({"text": "good \N{GRINNING FACE}"})[:-2].encode()
    long = row + b"\\ud83d\\ude00" * 9_000 + b'"}'
    set_by_hand = create_app(Settings(artifacts=several, models="mood", max_row_bytes=65536))

    assert post(three, "/v1/models/mood/predict", long).json()["prediction"] == "glad"
    assert post(three, "/v1/models/mood/predict", long.ljust(200_000)).status == 413
    assert post(set_by_hand, "/v1/predict", long).status == 413
