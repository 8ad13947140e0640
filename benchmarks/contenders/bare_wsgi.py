"""A bare WSGI callable: what Gunicorn and the worker class cost."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.contenders.inline import inline_extensions

ANSWER = b"x" * int(os.environ["BENCH_ANSWER_BYTES"])
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))]


class Bare:
    """Reads the body and answers constant bytes."""

    def __init__(self) -> None:
        self.extensions = inline_extensions()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", HEADERS)
        return (ANSWER,)


app = Bare()
