"""Version 1 of the API: one row, a batch of rows, and the model that answers them."""

from datetime import UTC, datetime
from time import perf_counter

from flask import Blueprint, Response, request

from iris_api.errors import BodyTooLarge, InvalidInput, MalformedBody, NotReady, Unanswerable, UnsupportedCoding, UnsupportedMedia
from iris_api.inference.layouts import Rows
from iris_api.inference.predictions import Predictions
from iris_api.inference.predictor import Predictor
from iris_api.inference.schema import MAX_FAULTS
from iris_api.inference.unseen import Warnings
from iris_api.services import Services, services
from iris_api.settings import Settings
from iris_api.telemetry.events import Predicted
from iris_api.web import answers
from iris_api.web.body import read_json
from iris_api.web.contract import Contract, promises
from iris_api.web.render import batch_answer, bytes_response, json_response, model_answer, row_answer
from iris_api.web.request_id import request_id

bp = Blueprint("v1", __name__, url_prefix="/v1")
unversioned = Blueprint("unversioned", __name__)

DEPRECATED_SINCE = datetime(2026, 11, 1, tzinfo=UTC)
_BODY_ERRORS = (MalformedBody, BodyTooLarge, UnsupportedMedia, UnsupportedCoding, InvalidInput, Unanswerable, NotReady)


@bp.post("/predict")
@promises(Contract("Predict one row", answers.RowAnswer, takes="row", errors=_BODY_ERRORS, inline=True))
def predict() -> Response:
    """Take one flat object of the model's inputs and answer with its prediction."""
    parts, started = services(), perf_counter()
    predictor = parts.loader.current
    row, key = predictor.schema.parse_keyed_row(read_json(request, parts.settings.max_row_bytes))
    warnings = _tolerated(predictor.unseen.of_row(row), parts.settings)
    predictions = predictor.predict_row(row)
    answer = json_response(row_answer(predictor, row, predictions, warnings, key))
    _tell(parts, predictor, [row], predictions, started)
    return answer


@bp.post("/predict/batch")
@promises(Contract("Predict many rows", answers.BatchAnswer, takes="rows", errors=_BODY_ERRORS))
def predict_batch() -> Response:
    """Take up to the allowed number of rows and answer them all, in their order; one bad row refuses the batch."""
    parts, started = services(), perf_counter()
    predictor, settings = parts.loader.current, parts.settings
    rows, keys = predictor.schema.parse_keyed_rows(read_json(request, settings.max_batch_bytes), settings.max_batch_rows)
    warnings = _tolerated(predictor.unseen.of_rows(rows), settings)
    predictions = predictor.predict(rows)
    answer = bytes_response(batch_answer(predictor, predictions, warnings, keys))
    _tell(parts, predictor, rows, predictions, started)
    return answer


@bp.get("/model")
@promises(Contract("Describe the model", answers.ModelAnswer, errors=(NotReady,)))
def model() -> Response:
    """Say what the model in service takes and gives, how good it is, and what it was made with."""
    return json_response(model_answer(services().loader.current))


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
