"""The OpenAPI 3.1 document, made from the routes, their contracts and the manifest; nothing in it is written twice."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from iris_api import __version__
from iris_api.errors import MissingHost, NotReady, RequestError
from iris_api.inference.predictor import Predictor
from iris_api.services import services
from iris_api.web import answers, problems
from iris_api.web.contract import Contract, promises
from iris_api.web.render import json_response

bp = Blueprint("openapi", __name__)
REF = "#/components/schemas/"


@bp.get("/openapi.json")
@promises(Contract("Describe this API", answers.OpenApiAnswer, errors=(NotReady,)))
def openapi_json() -> Response:
    """Answer with this document, which is made for the model in service."""
    return json_response(document(current_app, services().loader.current, services().settings.max_batch_rows))


def document(app: Flask, predictor: Predictor, max_rows: int) -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``app`` serving ``predictor`` with batches of at most ``max_rows`` rows."""
    manifest = predictor.manifest
    operations: dict[tuple[str, str], Any] = {
        (rule.rule, method): app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules() for method in _methods(rule)
    }
    paths: dict[str, Any] = {}
    for (path, method), view in sorted(operations.items(), key=lambda item: item[0]):
        paths.setdefault(path, {})[method] = _operation(view, f"{method}_{path}", predictor)
    contracts = [view.contract for view in operations.values()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"iris-api: {manifest.name}",
            "version": __version__,
            "description": f"Predictions of the {manifest.estimator} {manifest.name}, version {manifest.version}.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas([contract.gives for contract in contracts], predictor, max_rows)},
    }


def _methods(rule: Any) -> list[str]:
    return [method.lower() for method in rule.methods - {"HEAD", "OPTIONS"}]


def _operation(view: Any, name: str, predictor: Predictor) -> dict[str, Any]:
    contract: Contract = view.contract
    headers = {*_EVERYWHERE, *(_DEPRECATED if contract.deprecated else ())}
    statuses = {"200": _success(contract.gives, headers)}
    if contract.may_be_unready:
        statuses["503"] = _success(contract.gives, headers)
    for status, kinds in _errors_by_status((MissingHost, *contract.errors)).items():
        statuses[status] = _problem_response(kinds, headers)
    operation = {
        "operationId": "".join(letter if letter.isalnum() else "_" for letter in name).strip("_"),
        "summary": contract.summary,
        "description": view.__doc__,
        "parameters": [_REQUEST_ID],
        "responses": statuses,
    }
    if contract.deprecated:
        operation["deprecated"] = True
    if contract.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": _body(contract.takes, predictor)}}
    return operation


_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "Given back on the answer and written to the log; one is made where it is missing or of another form.",
    "schema": {"type": "string"},
}


def _body(takes: str, predictor: Predictor) -> dict[str, Any]:
    example = dict(zip(predictor.signature.names, predictor.manifest.golden.rows[0], strict=True))
    if takes == "row":
        return {"schema": {"$ref": REF + "Row"}, "example": example}
    return {"schema": {"$ref": REF + "Rows"}, "example": {"instances": [example]}}


def _success(gives: type[BaseModel], headers: set[str]) -> dict[str, Any]:
    return {
        "description": _first_line(gives),
        "headers": _described(headers),
        "content": {"application/json": {"schema": {"$ref": REF + gives.__name__}}},
    }


_EVERYWHERE = ("X-Request-ID",)
_DEPRECATED = ("Deprecation", "Link")
_HEADERS = {
    "X-Request-ID": "The id of the request.",
    "Deprecation": "Since when this path is deprecated (RFC 9745).",
    "Link": "The path to use instead (RFC 8288).",
    "Retry-After": "After how many seconds another try may succeed.",
    "Accept-Post": "The media type that is taken.",
    "Accept-Encoding": "The content coding that is taken.",
}


def _described(headers: set[str]) -> dict[str, Any]:
    return {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in _HEADERS.items() if name in headers}


def _errors_by_status(errors: tuple[type[RequestError], ...]) -> dict[str, list[problems.Kind]]:
    by_status: dict[str, list[problems.Kind]] = {}
    for error in errors:
        kind = problems.KINDS[error]
        by_status.setdefault(str(kind.status), []).append(kind)
    return by_status


def _problem_response(kinds: list[problems.Kind], headers: set[str]) -> dict[str, Any]:
    titles = ", ".join(kind.title for kind in kinds)
    return {
        "description": f"{HTTPStatus(kinds[0].status).phrase}: {titles}.",
        "headers": _described(headers | {name for kind in kinds for name, _ in kind.headers}),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REF + "Problem"}}},
    }


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).splitlines()[0]


def _schemas(models: list[type[BaseModel]], predictor: Predictor, max_rows: int) -> dict[str, Any]:
    unique: list[type[BaseModel]] = sorted({*models, problems.Problem}, key=lambda model: str(model.__name__))
    _, definitions = models_json_schema([(model, "serialization") for model in unique], ref_template=REF + "{model}")
    schemas = definitions["$defs"]
    given = predictor.task.answer_schema()
    for name in _PREDICTIONS:
        schema = schemas.get(name)
        if schema is not None:
            schema["properties"] = {**given, **schema["properties"]}
            schema["required"] = [*given, *schema.get("required", ())]
            if predictor.schema.row_key is None:
                schema["properties"].pop("key", None)
    for schema in schemas.values():
        for member in schema.get("properties", {}).values():
            # a member that may be absent is not null
            if member.get("default", ...) is None:
                del member["default"]
    row = predictor.schema.json_schema()
    most = predictor.schema.most_rows(max_rows)
    rows = {
        "type": "object",
        "properties": {"instances": {"type": "array", "items": {"$ref": REF + "Row"}, "minItems": 1, "maxItems": most}},
        "required": ["instances"],
        "additionalProperties": False,
    }
    properties = {name: row["properties"][name] for name in predictor.signature.names}
    inputs = {**row, "properties": properties, "required": predictor.signature.names}
    schemas["RowAnswer"]["properties"]["input"] = inputs
    return {**schemas, "Row": row, "Rows": rows}


_PREDICTIONS = ("Prediction", "RowAnswer", "GoldenRow")
