"""The floor: a Flask view that reads the body and answers constant bytes, under the service's own Gunicorn, worker class and logging."""

import os

from flask import Flask, Response, request

from benchmarks.contenders.inline import inline_extensions
from iris_api.settings import load_settings
from iris_api.telemetry.logs import configure_logging

ANSWER = b"x" * int(os.environ["BENCH_ANSWER_BYTES"])
configure_logging(load_settings().log_level)
app = Flask("floor", static_folder=None)
app.extensions.update(inline_extensions())


@app.post("/v1/predict")
def answer() -> Response:
    """Read the body and answer as many bytes as a real prediction has."""
    request.get_data()
    return Response(ANSWER, content_type="application/json")
