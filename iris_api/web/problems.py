"""The one table from what went wrong to what HTTP says of it: RFC 9457 problem details.

No problem repeats the input, names a library or shows a trace. ``docs/errors.md`` describes each type.
"""

import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from iris_api.errors import (
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    MissingHost,
    NotReady,
    RequestError,
    Unanswerable,
    UnknownModel,
    UnsupportedCoding,
    UnsupportedMedia,
)
from iris_api.request_facts import note
from iris_api.services import services
from iris_api.web.contract import MODEL_ARGUMENT
from iris_api.web.request_id import request_id

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:iris-api:problem:"
MAX_LOGGED = 10
"""Most faults of one request whose pointers its line in the log has."""


class ProblemFault(BaseModel):
    """One thing wrong with an input; ``pointer`` is a JSON Pointer as a URI fragment."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """The body of every error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[ProblemFault] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of problem: the last part of its ``type``, its title, status and the headers that go with it."""

    slug: str
    status: int
    title: str
    headers: tuple[tuple[str, str], ...] = ()


KINDS: dict[type[RequestError], Kind] = {
    MissingHost: Kind("host", 400, "Missing or illegal Host"),
    MalformedBody: Kind("malformed-body", 400, "Malformed body"),
    BodyTooLarge: Kind("body-too-large", 413, "Body too large"),
    UnsupportedMedia: Kind("unsupported-media-type", 415, "Unsupported media type", (("Accept-Post", "application/json"),)),
    UnsupportedCoding: Kind("unsupported-content-coding", 415, "Unsupported content coding", (("Accept-Encoding", "identity"),)),
    InvalidInput: Kind("invalid-input", 422, "Invalid input"),
    Unanswerable: Kind("unanswerable", 422, "Unanswerable"),
    UnknownModel: Kind("unknown-model", 404, "Unknown model"),
    NotReady: Kind("not-ready", 503, "Not ready", (("Retry-After", "1"),)),
}


def problem(kind: Kind, detail: str, **members: Any) -> Response:
    """The response for one problem; ``members`` are extensions of its type."""
    identifier = request_id()
    note("problem", kind.slug or kind.title)
    body = {
        "type": TYPE_PREFIX + kind.slug if kind.slug else "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": f"urn:iris-api:request:{identifier}",
        "request_id": identifier,
        **members,
    }
    return Response(json.dumps(body), status=kind.status, headers=list(kind.headers), content_type=MEDIA_TYPE)


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` as a problem."""
    app.register_error_handler(RequestError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: RequestError) -> Response:
    if isinstance(error, Unanswerable):
        _log_unanswerable(error)
    members: dict[str, Any] = {}
    if faults := getattr(error, "faults", ()):
        members["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults]
        note("pointers", [fault.logged_pointer for fault in faults[:MAX_LOGGED]])
    return problem(KINDS[type(error)], str(error), **members)


def _log_unanswerable(error: Unanswerable) -> None:
    """Log that the estimator raised. What it said may repeat values of the client, so that is only logged where these may be."""
    parts, cause = services(), error.__cause__
    manifest = parts.models[(request.view_args or {}).get(MODEL_ARGUMENT, parts.models.default)].current.predictor.manifest
    facts = {"route": str(request.url_rule), "model": manifest.name, "estimator": manifest.estimator, "error": type(cause).__name__}
    shown = cause if parts.settings.log_inputs else None
    log.warning("the model has no answer to a request", extra=facts, exc_info=shown)


def _http_error(error: HTTPException) -> Response:
    original = error.get_response()
    status = error.code or 500
    title = HTTPStatus(status).phrase
    answer = problem(Kind("", status, title), _DETAILS.get(status, f"{title}."))
    if "Allow" in original.headers:
        answer.headers["Allow"] = original.headers["Allow"]
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error answering %s", request.url_rule, exc_info=error)
    return problem(Kind("", 500, "Internal Server Error"), "The service failed to answer; the request id finds the reason in its log.")


_DETAILS = {
    404: "There is nothing at this path; GET / lists what there is.",
    405: "This path does not take that method; the Allow header lists those it takes.",
}
