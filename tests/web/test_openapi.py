"""The OpenAPI document: valid, complete, true of every answer, and true of the model in service."""

import json
import shutil
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from iris_api import __version__
from iris_api.app import create_app
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from iris_api.web.openapi import document
from tests.inference.bundles import edit
from tests.web.wire import JSON, PREDICTING, call, post, well_formed

READING = ("/", "/health", "/health/live", "/health/ready", "/openapi.json", "/v1/model", "/v1/models", "/v1/models/iris")
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def described(app) -> dict[str, Any]:
    return call(app, "GET", "/openapi.json").json()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, item in described["paths"].items() for method, operation in item.items()]


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    resource = Resource(contents=described, specification=DRAFT202012)
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    return Draft202012Validator(absolute, registry=Registry().with_resource("urn:document", resource))


def promised(described: dict[str, Any], method: str, path: str, status: int, media_type: str) -> Draft202012Validator:
    content = described["paths"][path][method.lower()]["responses"][str(status)]["content"]
    return validator(described, content[media_type]["schema"])


def test_the_document_is_valid_openapi_3_1(described) -> None:
    assert described["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_the_validator_would_find_a_fault(described) -> None:
    broken = json.loads(json.dumps(described))
    broken["paths"]["/health"]["get"]["responses"]["200"].pop("description")

    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_operations_have_ids_of_their_own_and_say_what_they_are(described) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(ids) == len(set(ids)) == 13
    assert all(name.isidentifier() for name in ids)
    for _, _, operation in operations(described):
        assert operation["summary"]
        assert operation["description"]
        assert all(response["description"] for response in operation["responses"].values())


def test_every_example_is_valid_and_is_answered_with_200(app, described) -> None:
    seen = []
    for path, method, operation in operations(described):
        for media_type, content in operation.get("requestBody", {"content": {}})["content"].items():
            assert list(validator(described, content["schema"]).iter_errors(content["example"])) == []
            assert call(app, method.upper(), path, json.dumps(content["example"]).encode(), {"Content-Type": media_type}).status == 200
            seen.append(path)
    assert sorted(seen) == sorted([*PREDICTING, "/v1/models/iris/predict", "/v1/models/iris/predict/batch"])
    for schema in described["components"]["schemas"]["Row"]["properties"].values():
        assert all(not list(validator(described, schema).iter_errors(example)) for example in schema["examples"])


def test_every_schema_is_a_json_schema_and_every_reference_leads_somewhere(described) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in references(described):
        name = reference.removeprefix("#/components/schemas/")
        assert name in described["components"]["schemas"], reference


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if isinstance(node, dict):
        here = [node["$ref"]] if "$ref" in node else []
        return here + [found for item in node.values() for found in references(item)]
    return []


@pytest.mark.parametrize("path", READING)
def test_what_is_read_is_as_described(app, described, path) -> None:
    reply = call(app, "GET", path)

    assert list(promised(described, "GET", path, 200, reply.headers["Content-Type"]).iter_errors(reply.json())) == []


@pytest.mark.parametrize("path", READING)
def test_what_is_read_before_there_is_a_model_is_as_described(unready, described, path) -> None:
    reply = call(unready, "GET", path)

    assert list(promised(described, "GET", path, reply.status, reply.headers["Content-Type"]).iter_errors(reply.json())) == []


@pytest.mark.parametrize("path", PREDICTING)
def test_predictions_and_refusals_are_as_described(app, described, row, path) -> None:
    good = json.dumps(well_formed(app, row, path)).encode()
    replies = [
        post(app, path, good),
        post(app, path, b"{"),
        post(app, path, b"{}"),
        post(app, path, good, Content_Type="text/plain"),
        post(app, path, good, Content_Encoding="gzip"),
        post(app, path, b"", Content_Length=str(2**31)),
        post(app, path, good, Host=None),
    ]

    assert [reply.status for reply in replies] == [200, 400, 422, 415, 415, 413, 400]
    for reply in replies:
        schema = promised(described, "POST", path, reply.status, JSON if reply.status == 200 else PROBLEM)
        assert list(schema.iter_errors(reply.json())) == []
        assert list(schema.iter_errors({})), "a schema that takes anything proves nothing"


def test_the_row_that_is_described_is_the_row_that_is_taken(app, described, row) -> None:
    schema = validator(described, {"$ref": "#/components/schemas/Row"})
    candidates = [row, {}, row | {"more": 1}, *({**row, name: value} for name in row for value in (-0.1, 0, 10, 10.1, "5", None, True))]

    for candidate in candidates:
        assert (not list(schema.iter_errors(candidate))) == (post(app, "/v1/predict", candidate).status == 200), candidate


def test_the_batch_that_is_described_is_the_batch_that_is_taken(app, described, row) -> None:
    schema = validator(described, {"$ref": "#/components/schemas/Rows"})
    candidates = [{"instances": rows} for rows in ([row], [row, row], [], [row, {}], [1], {}, None)]

    for candidate in (*candidates, {}, [row], {"instances": [row], "more": 1}):
        taken = post(app, "/v1/predict/batch", candidate).status == 200
        assert (not list(schema.iter_errors(candidate))) == taken, candidate


def test_the_document_follows_the_model_and_the_settings(trained) -> None:
    app = create_app(Settings(artifacts=trained("wine"), model_name="wine", max_batch_rows=7))

    described = call(app, "GET", "/openapi.json").json()

    schemas = described["components"]["schemas"]
    assert len(schemas["Row"]["required"]) == 13
    assert schemas["Rows"]["properties"]["instances"]["maxItems"] == 7
    assert "wine" in described["info"]["title"]
    assert described["info"]["version"] == __version__


def test_only_the_old_path_is_deprecated(described) -> None:
    assert [path for path, _, operation in operations(described) if operation.get("deprecated")] == ["/predict"]


def test_the_document_on_the_wire_is_the_one_the_command_line_prints(app, described) -> None:
    parts = app.extensions[EXTENSION]

    assert document(app, parts.models, parts.settings.max_batch_rows) == described


UNIVERSAL = {"Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"}


def headers_of(described: dict[str, Any], path: str, status: int) -> set[str]:
    return set(described["paths"][path]["post"]["responses"][str(status)]["headers"])


@pytest.mark.parametrize("path", PREDICTING)
def test_the_headers_of_answers_are_described(app, unready, described, row, path) -> None:
    good = json.dumps(well_formed(app, row, path)).encode()
    for replies in (
        [post(app, path, good)],
        [post(app, path, b"{")],
        [post(app, path, b"{}")],
        [post(app, path, b"", Content_Length=str(2**31))],
        [post(app, path, good, Content_Type="text/plain"), post(app, path, good, Content_Encoding="gzip")],
        [post(unready, path, good)],
    ):
        sent = {name for reply in replies for name, _ in reply.headers} - UNIVERSAL
        assert headers_of(described, path, replies[0].status) == sent


def test_the_old_path_is_described_with_where_to_go(described) -> None:
    for path in PREDICTING:
        for status in described["paths"][path]["post"]["responses"]:
            assert ({"Deprecation", "Link"} <= headers_of(described, path, status)) == (path == "/predict")
    assert "Retry-After" in headers_of(described, "/predict", 503)
    assert {"Accept-Post", "Accept-Encoding"} <= headers_of(described, "/predict", 415)


def test_an_uptime_is_described_as_the_services(described) -> None:
    uptime = described["components"]["schemas"]["HealthAnswer"]["properties"]["uptime_seconds"]

    assert uptime["description"] == "Since the service was started; replacing a worker does not reset it."
    assert "the whole service's uptime" in described["paths"]["/health"]["get"]["description"]


@pytest.fixture(scope="module")
def described_three(three) -> dict[str, Any]:
    return call(three, "GET", "/openapi.json").json()


def test_every_served_model_has_paths_and_schemas_of_its_own(described_three) -> None:
    paths, schemas = described_three["paths"], described_three["components"]["schemas"]

    assert not [path for path in paths if "<" in path or "{" in path]
    for path, suffix in (("/v1/predict", ""), *((f"/v1/models/{name}/predict", f"_{name}") for name in ("iris", "mood"))):
        operation = paths[path]["post"]
        assert operation["requestBody"]["content"][JSON]["schema"] == {"$ref": f"#/components/schemas/Row{suffix}"}
        assert operation["responses"]["200"]["content"][JSON]["schema"] == {"$ref": f"#/components/schemas/RowAnswer{suffix}"}
    assert {name: list(schemas[f"Row{name}"]["properties"]) for name in ("", "_mood")} == {"": ["x0", "x1"], "_mood": ["text"]}
    assert schemas["Rows_mood"]["properties"]["instances"]["items"] == {"$ref": "#/components/schemas/Row_mood"}
    assert schemas["BatchAnswer_mood"]["properties"]["predictions"]["items"] == {"$ref": "#/components/schemas/Prediction_mood"}
    assert schemas["ModelAnswer_mood"]["properties"]["golden"] == {"$ref": "#/components/schemas/GoldenRow_mood"}
    assert [schemas[f"Prediction{name}"]["properties"]["prediction"]["enum"] for name in ("", "_mood")] == [["no", "yes"], ["glad", "sad"]]
    assert "Row_churn" not in schemas
    assert described_three["info"]["title"] == "iris-api: churn, iris, mood"


def test_every_reference_of_several_models_leads_somewhere_and_every_example_is_answered(three, described_three) -> None:
    assert {name.removeprefix("#/components/schemas/") for name in references(described_three)} <= set(
        described_three["components"]["schemas"]
    )
    ids = [operation["operationId"] for _, _, operation in operations(described_three)]
    assert len(ids) == len(set(ids)) == 19
    for path, method, operation in operations(described_three):
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            assert list(validator(described_three, content["schema"]).iter_errors(content["example"])) == []
            reply = post(three, path, content["example"])
            assert list(promised(described_three, method, path, 200, JSON).iter_errors(reply.json())) == []


def test_an_unknown_model_is_described(three, described_three) -> None:
    reply = call(three, "GET", "/v1/models/other")

    assert list(promised(described_three, "GET", "/v1/models/mood", 404, PROBLEM).iter_errors(reply.json())) == []


def test_names_that_differ_in_a_dash_only_have_ids_of_their_own(several, tmp_path) -> None:
    for name in ("a-b", "a_b"):
        shutil.copytree(several / "churn", tmp_path / name)
        edit(tmp_path / name / "1", lambda content, name=name: content.update(name=name))

    described = call(create_app(Settings(artifacts=tmp_path, models="a-b,a_b")), "GET", "/openapi.json").json()

    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids)) == 16
    assert all(name.isidentifier() for name in ids)
