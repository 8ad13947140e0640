"""A bare WSGI callable: what Gunicorn itself costs."""

import os
from collections.abc import Callable, Iterable
from typing import Any

ANSWER = b"x" * int(os.environ["BENCH_ANSWER_BYTES"])
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))]


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body and answer constant bytes."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", HEADERS)
    return (ANSWER,)
