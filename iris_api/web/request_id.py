"""The id by which a request is found again: taken from ``X-Request-ID`` where it is harmless, else made here."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask

from iris_api.lifecycle import Lifecycle
from iris_api.request_facts import ENVIRON as FACTS
from iris_api.request_facts import current_facts
from iris_api.services import EXTENSION
from iris_api.telemetry.log_lines import current_request_id

HEADER = "X-Request-ID"
ENVIRON = "iris_api.request_id"
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def request_id() -> str:
    """The id of the request that is being answered."""
    return cast(str, current_request_id())


class _Identify:
    """WSGI middleware, so that whatever Flask makes of a request, its answer and its log lines carry the id."""

    def __init__(self, app: Callable[..., Iterable[bytes]], lifecycle: Lifecycle) -> None:
        self._app, self._lifecycle = app, lifecycle

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("HTTP_X_REQUEST_ID")
        identifier = sent if sent and _HARMLESS.fullmatch(sent) else os.urandom(16).hex()
        environ[ENVIRON] = identifier
        environ[FACTS] = facts = {"request_id": identifier}
        current_facts.set(facts)
        in_flight = self._lifecycle.in_flight
        in_flight.begin(identifier)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.append((HEADER, identifier))
            return start_response(status, headers, exc_info)

        try:
            return self._app(environ, start)
        finally:
            in_flight.end()
            current_facts.set(None)


def init_app(app: Flask) -> None:
    """Give every request of ``app`` an id, and every answer and log line the id of its request."""
    app.wsgi_app = _Identify(app.wsgi_app, app.extensions[EXTENSION].lifecycle)  # type: ignore[method-assign]  # Flask's own way to add middleware
