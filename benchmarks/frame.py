"""Section ``frame``: models over a table of mixed columns, over HTTP beside `predict_proba` of the same DataFrame."""

import subprocess
from typing import Any

from benchmarks.clients import client
from benchmarks.lineup import PROJECT, SERVE_PYTHON, service
from benchmarks.processes import Server, clean_environment, die_with_parent
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "A table of mixed columns"
MODELS = {"churn": "logistic regression", "churn-forest": "forest of 100 trees"}
REPEATS = {1: 400, 100: 60, 10_000: 9}
SECONDS = 240


def run(work: Workplace) -> dict[str, Any]:
    """The churn example, and a forest behind the same columns: 1, 100 and 10,000 rows, in turn with the estimator's own answer.

    One row goes to ``/v1/predict``, more to ``/v1/predict/batch``. The client runs in the environment that serves, with
    one thread like a worker, so that both sides have the same libraries; its DataFrames are made beforehand.
    """
    _bundle(work)
    return {"models": {name: _measure(work, name) for name in MODELS}, "judged": not work.quick}


def table(result: dict[str, Any]) -> str:
    """Medians and their ratio, as Markdown."""
    lines = [
        [
            MODELS[name],
            f"{one['rows']:,}",
            number(one["http_ms"]),
            number(one["in_process_ms"]),
            number(one["ratio"]),
            number(one["http_us_per_row"]),
        ]
        for name, sizes in result["models"].items()
        for one in sizes
    ]
    return markdown(["last step", "rows", "HTTP ms", "`predict_proba` ms", "HTTP ÷ `predict_proba`", "HTTP µs/row"], lines)


def _measure(work: Workplace, name: str) -> Any:
    repeats = {str(size): 2 if work.quick else count for size, count in REPEATS.items()}
    task = {"artifacts": str(work.artifacts), "name": name, "repeats": repeats}
    with Server(service(work.artifacts), work.log(f"frame-{name}"), IRIS_MODEL_NAME=name) as server:
        server.settle()
        with client("benchmarks.frame_client", {"port": server.port} | task, python=SERVE_PYTHON) as timing:
            return timing.result(SECONDS)


def _bundle(work: Workplace) -> None:
    ran = subprocess.run(
        [SERVE_PYTHON, "-m", "benchmarks.frame_models"],
        cwd=PROJECT,
        env=clean_environment(IRIS_ARTIFACTS=str(work.artifacts), PYTHONPATH="examples"),
        check=False,
        timeout=300,
        capture_output=True,
        text=True,
        preexec_fn=die_with_parent,
    )
    if ran.returncode:
        raise RuntimeError(f"the models over a table cannot be bundled: {ran.stderr.strip()}")
