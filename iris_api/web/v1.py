"""Version 1 of the API: one row, a batch of rows, and the models that answer them."""

from datetime import UTC, datetime
from time import perf_counter

from flask import Blueprint, Response, request

from iris_api.errors import (
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotReady,
    Unanswerable,
    UnknownModel,
    UnsupportedCoding,
    UnsupportedMedia,
)
from iris_api.inference.layouts import Rows
from iris_api.inference.predictions import Predictions
from iris_api.inference.predictor import Predictor
from iris_api.services import Services, services
from iris_api.settings import Settings
from iris_api.telemetry.events import Predicted
from iris_api.web import answers
from iris_api.web.body import read_json
from iris_api.web.contract import Contract, promises
from iris_api.web.render import batch_answer, bytes_response, json_response, listed_model, model_answer, row_answer
from iris_api.web.request_id import request_id
from iris_api.wire.json_rows import MAX_FAULTS
from iris_api.wire.served import Served
from iris_api.wire.unseen import Warnings

bp = Blueprint("v1", __name__, url_prefix="/v1")
unversioned = Blueprint("unversioned", __name__)

DEPRECATED_SINCE = datetime(2026, 11, 1, tzinfo=UTC)
_BODY_ERRORS = (MalformedBody, BodyTooLarge, UnsupportedMedia, UnsupportedCoding, InvalidInput, Unanswerable, NotReady)
_NAMED_ERRORS = (UnknownModel, *_BODY_ERRORS)


@bp.post("/predict")
@promises(Contract("Predict one row", answers.RowAnswer, takes="row", errors=_BODY_ERRORS, inline=True))
def predict() -> Response:
    """Take one flat object of the model's inputs and answer with its prediction."""
    parts = services()
    return _answer_row(parts, parts.loader.current)


@bp.post("/predict/batch")
@promises(Contract("Predict many rows", answers.BatchAnswer, takes="rows", errors=_BODY_ERRORS))
def predict_batch() -> Response:
    """Take up to the allowed number of rows and answer them all, in their order; one bad row refuses the batch."""
    parts = services()
    return _answer_batch(parts, parts.loader.current)


@bp.get("/model")
@promises(Contract("Describe the model", answers.ModelAnswer, errors=(NotReady,)))
def model() -> Response:
    """Say what the model in service takes and gives, how good it is, and what it was made with."""
    return json_response(model_answer(services().loader.current.predictor))


@bp.get("/models")
@promises(Contract("List the models", answers.ModelsAnswer))
def models() -> Response:
    """Name the models that are served, the default one first, and where to ask each."""
    served = services().models
    return json_response({"default": served.default, "models": [listed_model(name, loader) for name, loader in served.items()]})


@bp.get("/models/<name>")
@promises(Contract("Describe one model", answers.ModelAnswer, errors=(UnknownModel, NotReady)))
def model_named(name: str) -> Response:
    """Say of one model what /v1/model says of the default one."""
    return json_response(model_answer(services().models.named(name).current.predictor))


@bp.post("/models/<name>/predict")
@promises(Contract("Predict one row with one model", answers.RowAnswer, takes="row", errors=_NAMED_ERRORS, inline=True))
def predict_named(name: str) -> Response:
    """Answer with one model as /v1/predict does with the default one."""
    parts = services()
    return _answer_row(parts, parts.models.named(name).current)


@bp.post("/models/<name>/predict/batch")
@promises(Contract("Predict many rows with one model", answers.BatchAnswer, takes="rows", errors=_NAMED_ERRORS))
def predict_batch_named(name: str) -> Response:
    """Answer with one model as /v1/predict/batch does with the default one."""
    parts = services()
    return _answer_batch(parts, parts.models.named(name).current)


@unversioned.post("/predict")
@promises(Contract("Predict one row (old path)", answers.RowAnswer, takes="row", errors=_BODY_ERRORS, deprecated=True, inline=True))
def predict_unversioned() -> Response:
    """Answer as /v1/predict, for clients of the unversioned path; new clients should use that one."""
    return predict()


@unversioned.after_request
def _deprecate(response: Response) -> Response:
    response.headers["Deprecation"] = f"@{DEPRECATED_SINCE.timestamp():.0f}"  # RFC 9745
    response.headers["Link"] = '</v1/predict>; rel="successor-version"'
    return response


def _answer_row(parts: Services, served: Served) -> Response:
    started, predictor = perf_counter(), served.predictor
    row, key = served.rows.parse_keyed_row(read_json(request, served.max_row_bytes))
    warnings = _tolerated(served.unseen.of_row(row), parts.settings)
    predictions = predictor.predict_row(row)
    answer = json_response(row_answer(predictor, row, predictions, warnings, key))
    _tell(parts, predictor, [row], predictions, started)
    return answer


def _answer_batch(parts: Services, served: Served) -> Response:
    started, settings, predictor = perf_counter(), parts.settings, served.predictor
    rows, keys = served.rows.parse_keyed_rows(read_json(request, settings.max_batch_bytes), settings.max_batch_rows)
    warnings = _tolerated(served.unseen.of_rows(rows), settings)
    predictions = predictor.predict(rows)
    answer = bytes_response(batch_answer(predictor, predictions, warnings, keys))
    _tell(parts, predictor, rows, predictions, started)
    return answer


def _tolerated(warnings: Warnings, settings: Settings) -> Warnings:
    """The same ``warnings``, unless there are any and the operator wants them refused."""
    if warnings and settings.refuse_unseen:
        faults = [fault for of_row in warnings.values() for fault in of_row]
        raise InvalidInput(faults[:MAX_FAULTS], len(faults))
    return warnings


def _tell(parts: Services, predictor: Predictor, rows: Rows, predictions: Predictions, started: float) -> None:
    manifest = predictor.manifest
    seconds = perf_counter() - started
    parts.observers.tell(Predicted(request_id(), manifest.name, manifest.version, predictor.signature, rows, predictions, seconds))
