"""A bundle of manifest format 1, as versions before the signature wrote it, serves unchanged."""

import json
import shutil

import pytest

from iris_api.app import create_app
from iris_api.settings import Settings
from tests.inference.bundles import of_format_1

ROWS = [
    {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    {"sepal_length": 6.0, "sepal_width": 2.9, "petal_length": 4.75, "petal_width": 1.65},
    {"sepal_length": 9.5, "sepal_width": 3.0, "petal_length": 5.0, "petal_width": 1.9},
]
ASKED = {
    "/v1/predict": [*ROWS, {**ROWS[0], "sepal_length": -1}, {"sepal_length": 1}],
    "/v1/predict/batch": [{"instances": ROWS}, {"instances": []}],
}


@pytest.fixture(scope="module")
def clients(trained, tmp_path_factory):
    """Clients of the same model, with a manifest of format 2 and of format 1."""
    now, before = trained("iris"), tmp_path_factory.mktemp("format-1")
    shutil.copytree(now, before, dirs_exist_ok=True)
    file = before / "iris/1/manifest.json"
    content = json.loads(file.read_text())
    assert content["format"] == 2
    file.chmod(0o600)
    file.write_text(json.dumps(of_format_1(content)))
    assert json.loads(file.read_text())["format"] == 1
    return [create_app(Settings(artifacts=folder)).test_client() for folder in (now, before)]


@pytest.fixture(scope="module")
def written(trained):
    """The manifest of format 1."""
    return of_format_1(json.loads((trained("iris") / "iris/1/manifest.json").read_text()))


def without_ids(answer):
    content = dict(answer.json)
    return answer.status_code, {name: value for name, value in content.items() if name not in ("request_id", "instance")}


@pytest.mark.parametrize("path", ASKED)
def test_answers_are_the_same(clients, path):
    for body in ASKED[path]:
        now, before = (without_ids(client.post(path, json=body)) for client in clients)
        assert before == now


@pytest.mark.parametrize("path", ["/v1/model", "/v1/models", "/openapi.json", "/v1/models/iris"])
def test_so_is_what_the_model_says_of_itself(clients, path):
    now, before = (client.get(path).json for client in clients)
    assert before == now


def test_the_model_says_at_least_what_it_said_before(clients, written):
    said = clients[1].get("/v1/model").json
    for member in ("name", "version", "task", "estimator", "created", "classes", "training_data", "metrics"):
        assert said[member] == written[member]
    for column, before in zip(said["features"], written["features"], strict=True):
        assert {name: column[name] for name in before} == before
    assert {name: said["libraries"][name] for name in written["libraries"]} == written["libraries"]
    assert (said["scorer"], said["sha256"]) == ("forest", written["artifact"]["sha256"])
    golden, names = written["golden"], [feature["name"] for feature in written["features"]]
    assert said["golden"] == {
        "prediction": golden["labels"][0],
        "confidence": max(golden["probabilities"][0]),
        "probabilities": dict(zip(written["classes"], golden["probabilities"][0], strict=True)),
        "input": dict(zip(names, golden["rows"][0], strict=True)),
        "exact": True,
        "tolerance": 0.0,
    }


def test_every_golden_row_is_answered_as_the_manifest_says(clients, written):
    golden, names = written["golden"], [feature["name"] for feature in written["features"]]
    rows = [dict(zip(names, row, strict=True)) for row in golden["rows"]]
    batch = clients[1].post("/v1/predict/batch", json={"instances": rows}).json
    for row, label, shares, answer in zip(rows, golden["labels"], golden["probabilities"], batch["predictions"], strict=True):
        expected = {
            "prediction": label,
            "confidence": shares[written["classes"].index(label)],
            "probabilities": dict(zip(written["classes"], shares, strict=True)),
        }
        assert answer == expected
        single = clients[1].post("/v1/predict", json=row).json
        assert single == {**expected, "input": row, "model": {"name": "iris", "version": 1}}
    assert batch["model"] == {"name": "iris", "version": 1}
