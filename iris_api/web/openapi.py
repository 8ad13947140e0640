"""The OpenAPI 3.1 document, made from the routes, their contracts and the manifest; nothing in it is written twice."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from iris_api import __version__
from iris_api.errors import MissingHost, NotReady, RequestError
from iris_api.inference.models import Models
from iris_api.services import services
from iris_api.web import answers, problems
from iris_api.web.contract import Contract, promises, served_paths
from iris_api.web.render import json_response
from iris_api.wire.served import Served

bp = Blueprint("openapi", __name__)
REF = "#/components/schemas/"


class _Described(NamedTuple):
    """A served model, and what the names of its own schemas end with."""

    served: Served
    suffix: str


@bp.get("/openapi.json")
@promises(Contract("Describe this API", answers.OpenApiAnswer, errors=(NotReady,)))
def openapi_json() -> Response:
    """Answer with this document, which is made for the model in service."""
    return json_response(document(current_app, services().models, services().settings.max_batch_rows))


def document(app: Flask, models: Models[Served], max_rows: int) -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``app`` serving ``models`` with batches of at most ``max_rows`` rows.

    A route that takes a model's name is one path a model, with the schemas of that model.
    """
    described_models = {name: _Described(loader.current, "" if name == models.default else f"_{name}") for name, loader in models.items()}
    manifests = [one.served.predictor.manifest for one in described_models.values()]
    described = ", ".join(f"the {each.estimator} {each.name}, version {each.version}" for each in manifests)
    operations: dict[tuple[str, str], tuple[Any, str]] = {
        (path, method): (app.view_functions[rule.endpoint], name)
        for rule in app.url_map.iter_rules()
        for path, name in served_paths(rule, models)
        for method in _methods(rule)
    }
    paths: dict[str, Any] = {}
    ids: set[str] = set()
    for (path, method), (view, name) in sorted(operations.items(), key=lambda item: item[0]):
        paths.setdefault(path, {})[method] = _operation(view.contract, view.__doc__, described_models[name])
        paths[path][method]["operationId"] = _new_id(f"{method}_{path}", ids)
    contracts = [view.contract for view, _ in operations.values()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"iris-api: {', '.join(models)}",
            "version": __version__,
            "description": f"Predictions of {described}.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas([contract.gives for contract in contracts], described_models.values(), max_rows)},
    }


def _methods(rule: Any) -> list[str]:
    return [method.lower() for method in rule.methods - {"HEAD", "OPTIONS"}]


def _new_id(name: str, taken: set[str]) -> str:
    """An operation's id made of ``name`` and added to ``taken``; model names may differ in characters that an id cannot have."""
    identifier = "".join(letter if letter.isalnum() else "_" for letter in name).strip("_")
    while identifier in taken:
        identifier += "_"
    taken.add(identifier)
    return identifier


def _operation(contract: Contract, description: str, of: _Described) -> dict[str, Any]:
    headers = {*_EVERYWHERE, *(_DEPRECATED if contract.deprecated else ())}
    statuses = {"200": _success(contract.gives, of.suffix, headers)}
    if contract.may_be_unready:
        statuses["503"] = _success(contract.gives, of.suffix, headers)
    for status, kinds in _errors_by_status((MissingHost, *contract.errors)).items():
        statuses[status] = _problem_response(kinds, headers)
    operation: dict[str, Any] = {
        "summary": contract.summary,
        "description": description,
        "parameters": [_REQUEST_ID],
        "responses": statuses,
    }
    if contract.deprecated:
        operation["deprecated"] = True
    if contract.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": _body(contract.takes, of)}}
    return operation


_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "Given back on the answer and written to the log; one is made where it is missing or of another form.",
    "schema": {"type": "string"},
}


def _body(takes: str, of: _Described) -> dict[str, Any]:
    predictor, suffix = of.served.predictor, of.suffix
    example = dict(zip(predictor.signature.names, predictor.manifest.golden.rows[0], strict=True))
    if takes == "row":
        return {"schema": {"$ref": f"{REF}Row{suffix}"}, "example": example}
    return {"schema": {"$ref": f"{REF}Rows{suffix}"}, "example": {"instances": [example]}}


def _success(gives: type[BaseModel], suffix: str, headers: set[str]) -> dict[str, Any]:
    name = gives.__name__
    return {
        "description": _first_line(gives),
        "headers": _described(headers),
        "content": {"application/json": {"schema": {"$ref": REF + name + (suffix if name in _OF_A_MODEL else "")}}},
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


def _schemas(answers_given: list[type[BaseModel]], all_described: Iterable[_Described], max_rows: int) -> dict[str, Any]:
    """The components; those that depend on the model are there once a model."""
    unique: list[type[BaseModel]] = sorted({*answers_given, problems.Problem}, key=lambda answer: str(answer.__name__))
    _, definitions = models_json_schema([(answer, "serialization") for answer in unique], ref_template=REF + "{model}")
    general = definitions["$defs"]
    for schema in general.values():
        for member in schema.get("properties", {}).values():
            # a member that may be absent is not null
            if member.get("default", ...) is None:
                del member["default"]
    schemas = {name: schema for name, schema in general.items() if name not in _OF_A_MODEL}
    for of in all_described:
        templates = {name: general[name] for name in _OF_A_MODEL if name in general}
        of_model = _of_model(templates, of.served, max_rows)
        schemas |= {name + of.suffix: _renamed(schema, of.suffix) for name, schema in of_model.items()}
    return schemas


def _of_model(templates: dict[str, Any], served: Served, max_rows: int) -> dict[str, Any]:
    predictor = served.predictor
    schemas = {name: {**schema, "properties": dict(schema["properties"])} for name, schema in templates.items()}
    given = predictor.task.answer_schema()
    for name in _PREDICTIONS:
        schema = schemas[name]
        schema["properties"] = {**given, **schema["properties"]}
        schema["required"] = [*given, *schema.get("required", ())]
        if served.rows.row_key is None:
            schema["properties"].pop("key", None)
    row = served.rows.json_schema()
    most = served.rows.most_rows(max_rows)
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


def _renamed(schema: Any, suffix: str) -> Any:
    """``schema`` with its references to schemas that depend on the model leading to those of the model with ``suffix``."""
    if isinstance(schema, list):
        return [_renamed(item, suffix) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # a column may have the name $ref; then what stands there is a schema
    return {name: value + suffix if name == "$ref" and value in _MODEL_REFS else _renamed(value, suffix) for name, value in schema.items()}


_PREDICTIONS = ("Prediction", "RowAnswer", "GoldenRow")
_OF_A_MODEL = (*_PREDICTIONS, "BatchAnswer", "ModelAnswer", "Row", "Rows")
_MODEL_REFS = [REF + name for name in _OF_A_MODEL]
