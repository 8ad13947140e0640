"""The examples as they stand: each is run, served by Gunicorn, and asked over HTTP what its own estimator says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from math import isclose
from pathlib import Path
from typing import Any

import httpx
import joblib
import numpy as np
import pytest

from tests.servers import PROJECT, Server, clean_environment

pytestmark = pytest.mark.system

ROWS = 500
RUN = """
import runpy, sys, joblib
names = runpy.run_path(sys.argv[1], run_name="__main__")
joblib.dump((names["model"], names["X"]), sys.argv[2])
"""
EXAMPLES = ("churn", "digits", "fraud", "sales", "sentiment")
OF_TREES = ("digits", "fraud", "sales")


@pytest.fixture(scope="module", params=EXAMPLES)
def served(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any, Any, Server]]:
    """The name of an example, its model, its rows, and a service of its bundle."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    script, kept = PROJECT / "examples" / f"{name}.py", folder / "kept.joblib"
    assert len(script.read_text().splitlines()) <= 60
    path = f"{PROJECT}:{script.parent}"
    environment = clean_environment(IRIS_ARTIFACTS=str(folder / "artifacts"), PYTHONPATH=path)
    done = subprocess.run(
        [sys.executable, "-c", RUN, script, kept], check=False, cwd=folder, env=environment, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    model, rows = joblib.load(kept)
    with Server(folder / "artifacts", folder / "log", IRIS_MODEL_NAME=name, WEB_CONCURRENCY="1") as server:
        yield name, model, rows[:ROWS], server


def as_json(rows: Any) -> list[dict[str, Any]]:
    """Rows as a client sends them."""
    if isinstance(rows, list):
        return [{"text": text} for text in rows]
    if isinstance(rows, np.ndarray):
        return [{"pixels": row.reshape(8, 8).tolist()} for row in rows]
    return list(json.loads(rows.to_json(orient="records", double_precision=15)))


def equal(name: str, one: float, other: float) -> bool:
    """Bit for bit for trees, to 1e-12 for the rest."""
    return one == other if name in OF_TREES else isclose(one, other, rel_tol=1e-12)


def check(name: str, answers: list[dict[str, Any]], model: Any, rows: Any) -> None:
    """Hold ``answers`` against what ``model`` says of ``rows``."""
    assert [answer["prediction"] for answer in answers] == list(np.asarray(model.predict(rows)).tolist())
    if hasattr(model, "predict_proba"):
        given = [number for answer in answers for number in answer["probabilities"].values()]
        wanted = model.predict_proba(rows).ravel().tolist()
        assert len(given) == len(wanted)
        assert all(equal(name, one, other) for one, other in zip(given, wanted, strict=True))


def test_a_batch_is_answered_as_the_estimator_does(served):
    name, model, rows, server = served
    reply = httpx.post(f"{server.url}/v1/predict/batch", json={"instances": as_json(rows)}, trust_env=False, timeout=60)
    assert reply.status_code == 200, reply.text
    check(name, reply.json()["predictions"], model, rows)


def test_single_rows_are_answered_as_the_estimator_does(served):
    name, model, rows, server = served
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        replies = [client.post("/v1/predict", json=row) for row in as_json(rows)]
    assert {reply.status_code for reply in replies} == {200}
    check(name, [reply.json() for reply in replies], model, rows)


def test_the_folder_holds_these_examples_only():
    assert {path.stem for path in Path(PROJECT / "examples").glob("*.py")} == {*EXAMPLES, "data"}
