"""The id by which a request is found again: taken from ``X-Request-ID`` where it is harmless, else made here."""

import re
import uuid

from flask import Flask, Response, request

from iris_api.telemetry.logs import current_request_id

HEADER = "X-Request-ID"
ENVIRON = "iris_api.request_id"
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def request_id() -> str:
    """The id of the request that is being answered."""
    identifier: str = request.environ[ENVIRON]
    return identifier


def init_app(app: Flask) -> None:
    """Give every request of ``app`` an id, and every answer and log line the id of its request."""
    app.before_request(_adopt)
    app.after_request(_return)
    app.teardown_request(_forget)


def _adopt() -> None:
    sent = request.environ.get("HTTP_X_REQUEST_ID", "")
    identifier = sent if _HARMLESS.fullmatch(sent) else uuid.uuid4().hex
    request.environ[ENVIRON] = identifier
    current_request_id.set(identifier)


def _return(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response


def _forget(_error: BaseException | None) -> None:
    current_request_id.set(None)
