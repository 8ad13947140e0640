"""What every answer carries: it is what its media type says, and it is not to be stored."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

HEADERS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))


class _AddHeaders:
    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.extend(HEADERS)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)


def init_app(app: Flask) -> None:
    """Set the headers on every answer of ``app``, errors included."""
    app.wsgi_app = _AddHeaders(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to add middleware
