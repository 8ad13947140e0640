"""Answers that the worker gives itself, before the application is asked: RFC 9457 problems, as everywhere else."""

import json
import os
import re
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from iris_api.request_facts import ENVIRON as FACTS

RETRY_SECONDS = 1
REQUEST_ID = "iris_api.request_id"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)

_DETAILS = {
    400: "The request is not well-formed HTTP/1.1.",
    408: "The request did not arrive in time; send it again.",
    413: "The body is longer than this path takes.",
    414: "The request line is too long.",
    417: "Only Expect: 100-continue is understood.",
    431: "The header fields are too many or too long.",
    500: "The service failed to answer; the request id finds the reason in its log.",
    501: "This transfer coding is not understood.",
    503: "The service has more to do than it can answer in time; try again shortly.",
    505: "Only HTTP/1.1 and HTTP/1.0 are spoken here.",
}
_MALFORMED_BODY = ("malformed-body", "Malformed body")
_KINDS = {413: ("body-too-large", "Body too large"), 503: ("overloaded", "Overloaded")}
_BROKEN_BODY = "The body could not be read: its transfer was broken off or badly framed."


def name_request(environ: dict[str, Any]) -> str:
    """The id of a request: the one it has in the application, else the one it was sent with if that is harmless, else a new one."""
    if known := environ.get(REQUEST_ID):
        return str(known)
    sent = environ.get("HTTP_X_REQUEST_ID", "")
    identifier: str = sent if _HARMLESS.fullmatch(sent) else os.urandom(16).hex()
    environ[REQUEST_ID] = identifier
    return identifier


def refusal(status: int, environ: dict[str, Any], detail: str | None = None, *, in_body: bool = False) -> tuple[bytes, bytes]:
    """Head and body of a response with ``status``, after which the connection is closed.

    ``environ`` is what is known of the request; one whose method is HEAD gets no body (RFC 9110, section 9.3.2). ``in_body`` says
    that its head was in order; ``detail`` may say more than the status does.
    """
    identifier = name_request(environ)
    phrase = HTTPStatus(status).phrase
    slug, title = _MALFORMED_BODY if status == 400 and in_body else _KINDS.get(status, ("", phrase))
    environ.setdefault(FACTS, {})["problem"] = slug or phrase
    detail = detail or (_BROKEN_BODY if slug == _MALFORMED_BODY[0] else _DETAILS[status])
    body = json.dumps(
        {
            "type": f"urn:iris-api:problem:{slug}" if slug else "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": f"urn:iris-api:request:{identifier}",
            "request_id": identifier,
        }
    ).encode()
    retry = f"Retry-After: {RETRY_SECONDS}\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nServer: gunicorn\r\nDate: {formatdate(usegmt=True)}\r\nConnection: close\r\n{retry}"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
        f"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nX-Request-ID: {identifier}\r\n\r\n"
    )
    return head.encode("latin-1"), b"" if environ.get("REQUEST_METHOD") == "HEAD" else body
