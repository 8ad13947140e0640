"""Over HTTP, in single and in batch: bit for bit what the pickled estimator says."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from tests.servers import Server

pytestmark = pytest.mark.system
LOADERS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer}
RANDOM_ROWS = 10_000
CLIENTS = 4


@pytest.fixture(scope="module", params=LOADERS)
def serving(request: pytest.FixtureRequest, trained: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    name = request.param
    root = trained(name)
    log = tmp_path_factory.mktemp("exactness") / "log"
    with Server(root, log, IRIS_MODEL_NAME=name, IRIS_LOG_LEVEL="warning", IRIS_ACCESS_LOG="false") as server:
        yield server, root / name / "1", LOADERS[name]().data


def rows_to_try(data: np.ndarray, manifest: dict[str, Any], estimator: Any) -> np.ndarray:
    """Every row of the data set, and 10,000 between its extremes, a tenth of their values on a threshold of the forest."""
    random = np.random.default_rng(20261122)
    rows = random.uniform(data.min(axis=0), data.max(axis=0), size=(RANDOM_ROWS, data.shape[1]))
    tree = estimator.estimators_[0].tree_
    for feature in range(data.shape[1]):
        thresholds = tree.threshold[tree.feature == feature]
        if len(thresholds):
            rows[::10, feature] = random.choice(thresholds, size=len(rows[::10]))
    return np.vstack([data, rows])


def ask(connection: HTTPConnection, path: str, body: Any) -> Any:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    assert answer.status == 200, content
    return content


def test_every_answer_is_the_estimators_bit_for_bit(serving: Any) -> None:
    server, folder, data = serving
    manifest = json.loads((folder / "manifest.json").read_text())
    estimator = joblib.load(folder / "model.joblib")
    estimator.n_jobs = 1
    names = [feature["name"] for feature in manifest["signature"]["inputs"]]
    rows = rows_to_try(data, manifest, estimator)
    expected = estimator.predict_proba(rows).tolist()
    labels = estimator.predict(rows).tolist()
    instances = [dict(zip(names, row, strict=True)) for row in rows.tolist()]

    batched = [answer for start in range(0, len(rows), 10_000) for answer in batch(server.port, instances[start : start + 10_000])]
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = pool.map(lambda part: singles(server.port, part), [instances[part::CLIENTS] for part in range(CLIENTS)])
    single = [None] * len(rows)
    for part, answers in enumerate(parts):
        single[part::CLIENTS] = answers

    for answers in (batched, single):
        assert [answer["prediction"] for answer in answers] == labels
        assert [list(answer["probabilities"].values()) for answer in answers] == expected
        assert [answer["confidence"] for answer in answers] == [max(row) for row in expected]
        assert all(list(answer["probabilities"]) == manifest["signature"]["task"]["classes"] for answer in answers)


def batch(port: int, instances: list[dict[str, float]]) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    answers = ask(connection, "/v1/predict/batch", {"instances": instances})["predictions"]
    connection.close()
    return answers


def singles(port: int, instances: list[dict[str, float]]) -> list[Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = [ask(connection, "/v1/predict", instance) for instance in instances]
    connection.close()
    assert [answer["input"] for answer in answers] == instances
    return answers
