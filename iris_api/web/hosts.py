"""A request must say which host it is for (RFC 9112, section 3.2), which Gunicorn leaves to the application."""

import re

from flask import Flask, request

from iris_api.errors import MissingHost

_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)


def init_app(app: Flask) -> None:
    """Refuse every request of ``app`` without a legal ``Host``; HTTP/1.0 may leave it out."""
    app.before_request(_check)


def _check() -> None:
    host = request.environ.get("HTTP_HOST", "")
    if not host and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return
    if len(host) > 255 or not _HOST.fullmatch(host):
        raise MissingHost("The request must carry one Host header that names a host.")
