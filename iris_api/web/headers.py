"""What every answer carries: it is what its media type says, and it is not to be stored."""

from flask import Flask, Response


def init_app(app: Flask) -> None:
    """Set the headers on every answer of ``app``, errors included."""
    app.after_request(_set)


def _set(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "no-store"
    return response
