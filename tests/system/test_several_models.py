"""Three models in one service, under load: a reload takes on each by itself, and one bad bundle costs no request and no other model."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from sklearn.tree import DecisionTreeClassifier

from iris_api.cli import main
from tests.conftest import IRIS_ROW
from tests.inference.bundles import edit, write
from tests.servers import Server, until
from tests.system.test_reload import logged, reload

pytestmark = pytest.mark.system
CLIENTS = 6
ROWS: dict[str, dict[str, Any]] = {"iris": IRIS_ROW, "churn": {"x0": 3.0, "x1": 0.0}, "mood": {"text": "a good day"}}
EXPECTED = {("iris", 1): "setosa", ("iris", 2): "setosa", ("churn", 1): "yes", ("churn", 2): "no", ("mood", 1): "glad", ("mood", 2): "glad"}


class Load:
    """Clients that each ask every model in turn, single rows and batches, over a connection that they keep until told to close it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.answers: list[tuple[str, int, str]] = []
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def until_all_serve(self, **versions: int) -> None:
        """Wait until a run of answers has these versions only."""

        def latest() -> bool:
            seen = {(name, version) for name, version, _ in self.answers[-50:]}
            return seen == set(versions.items())

        until(latest, f"answers of {versions} only")

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._stop.is_set():
            for name, row in ROWS.items():
                for path, body in ((f"/v1/models/{name}/predict", row), (f"/v1/models/{name}/predict/batch", {"instances": [row]})):
                    self._ask_once(connection, path, body)
            self._stop.wait(0.005)
        connection.close()

    def _ask_once(self, connection: HTTPConnection, path: str, body: Any) -> None:
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = json.loads(answer.read())
            if answer.status != 200:
                self.failures.append(f"{path}: {answer.status} {content}")
                return
        except (OSError, HTTPException, ValueError) as error:
            self.failures.append(f"{path}: {error!r}")
            connection.close()
            return
        prediction = content["predictions"][0] if "predictions" in content else content
        self.answers.append((content["model"]["name"], content["model"]["version"], prediction["prediction"]))


@contextmanager
def load(port: int) -> Iterator[Load]:
    clients = Load(port)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def put_second_versions(artifacts: Path) -> None:
    """Version 2 of each model: churn answers otherwise, mood is the same again, and that of iris is damaged."""
    rows = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    write(artifacts, DecisionTreeClassifier(random_state=0).fit(rows, ["yes", "yes", "no", "no"]), rows, "churn")
    (artifacts / "churn" / "SERVING").write_text("2\n1\n")
    for name in ("iris", "mood"):
        shutil.copytree(artifacts / name / "1", artifacts / name / "2")
        edit(artifacts / name / "2", lambda content: content.update(version=2))
        (artifacts / name / "SERVING").write_text("2\n1\n")
    (artifacts / "iris" / "2" / "model.joblib").write_bytes(b"damaged")


def states(server: Server) -> dict[str, tuple[int, str]]:
    return {name: (model["version"], model["last_reload"]["outcome"]) for name, model in server.health()["models"].items()}


@pytest.mark.timeout(300)
def test_a_reload_with_one_bad_bundle_loses_no_request_and_changes_the_others(several: Path, tmp_path: Path) -> None:
    artifacts = shutil.copytree(several, tmp_path / "artifacts")
    with Server(artifacts, tmp_path / "log", IRIS_MODELS="iris,churn,mood") as server:
        with load(server.port) as clients:
            clients.until_all_serve(iris=1, churn=1, mood=1)

            put_second_versions(artifacts)
            assert reload(server)["outcome"] == "failed", "that of the default model"
            clients.until_all_serve(iris=1, churn=2, mood=2)
            assert states(server) == {"iris": (1, "failed"), "churn": (2, "succeeded"), "mood": (2, "succeeded")}
            assert server.health()["status"] == "healthy"
            [failed] = logged(server, "reload failed")
            assert failed["message"].startswith("reload failed, iris version 1 goes on serving: ")
            assert str(artifacts / "iris" / "2") in failed["message"]

            shutil.copy(artifacts / "iris" / "1" / "model.joblib", artifacts / "iris" / "2")
            reload(server)
            clients.until_all_serve(iris=2, churn=2, mood=2)
            assert states(server) == {"iris": (2, "succeeded"), "churn": (2, "succeeded"), "mood": (2, "succeeded")}
        said = [line["message"] for line in server.lines()]
    assert [f"{name} version 1 serves" in said for name in ROWS] == [True] * 3
    assert clients.failures == []
    assert {(name, version): prediction for name, version, prediction in clients.answers} == EXPECTED
    assert len(set(clients.answers)) == len(EXPECTED), "each version always gives its own answer"


def test_the_commands_know_each_model(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRIS_ARTIFACTS", str(several))
    with Server(several, tmp_path / "log", IRIS_MODELS="iris,churn,mood") as server:
        for name in ROWS:
            assert main(["smoke", server.url, "--model", name]) == 0
            assert capsys.readouterr().out.startswith(f"ok    health: {name} version 1 is healthy\n")
        assert main(["smoke", server.url, "--model", "other"]) == 1
    assert "FAIL  health: other is not served; the models are iris, churn, mood" in capsys.readouterr().out
