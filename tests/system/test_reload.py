"""Under load, whatever an operator does: no request fails, and every answer is that of the version it names."""

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from iris_api.cli import main
from tests.servers import Server, running, until

pytestmark = pytest.mark.system
KEPT, FRESH = 8, 2


class Load:
    """Clients that ask almost without pause: eight over a connection that they keep until told to close it, two over fresh ones."""

    def __init__(self, port: int, body: dict[str, float]) -> None:
        self._port, self._body = port, json.dumps(body)
        self._stop = threading.Event()
        self.answers: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._ask, args=(index < KEPT,)) for index in range(KEPT + FRESH)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def more(self) -> None:
        """Wait until every client has probably been answered again."""
        seen = len(self.answers)
        until(lambda: len(self.answers) > seen + 100, "answers")

    def seen(self, version: int) -> bool:
        return any(answer["model"]["version"] == version for answer in self.answers[-6:])

    def _ask(self, keep: bool) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/predict", self._body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    self.failures.append(f"{answer.status}: {content!r}")
                else:
                    self.answers.append(json.loads(content))
            except (OSError, HTTPException, ValueError) as error:
                self.failures.append(repr(error))
                connection.close()
            if not keep:
                connection.close()
            self._stop.wait(0.005)
        connection.close()


@contextmanager
def load(port: int, body: dict[str, float]) -> Iterator[Load]:
    clients = Load(port, body)
    clients.start()
    try:
        until(lambda: len(clients.answers) > 20, "the load reaching the service")
        yield clients
    finally:
        clients.stop()


def reload(server: Server) -> dict[str, Any]:
    """Send SIGHUP and wait until only workers that know of this reload answer."""
    before = len(logged(server, "reload "))
    server.signal(signal.SIGHUP)
    until(lambda: len(logged(server, "reload ")) > before, "the reload's line in the log")
    messages = [line["message"] for line in server.events()]
    outdated = booted(server.events()[: max(index for index, text in enumerate(messages) if text.startswith("reload "))])
    until(lambda: outdated <= ended(server.events()), "the old workers ending")
    return server.health()["last_reload"]


def booted(events: list[dict[str, Any]]) -> set[int]:
    return {line["process"] for line in events if line["message"].startswith("Booting worker")}


def ended(events: list[dict[str, Any]]) -> set[int]:
    return {line["process"] for line in events if line["message"].startswith("Worker exiting")}


def logged(server: Server, beginning: str) -> list[dict[str, Any]]:
    return [line for line in server.events() if line["message"].startswith(beginning)]


@pytest.fixture
def two_versions(artifacts: Path, trained: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Version 1 is the forest, in service; version 2 a logistic regression, whose answers differ."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    data = load_iris()
    joblib.dump(LogisticRegression(max_iter=1000).fit(data.data, data.target_names[data.target]), tmp_path / "other.joblib")
    table = tmp_path / "rows.csv"
    header = "sepal_length,sepal_width,petal_length,petal_width"
    table.write_text("\n".join([header, *(",".join(map(repr, row)) for row in data.data.tolist())]) + "\n")
    monkeypatch.setenv("IRIS_ARTIFACTS", str(artifacts))
    assert main(["promote", "1"]) == 0
    assert main(["bundle", str(tmp_path / "other.joblib"), "--data", str(table), "--name", "iris"]) == 0
    return artifacts


@pytest.mark.timeout(300)
def test_whatever_an_operator_does_costs_no_request(two_versions: Path, row: dict[str, float], tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    with Server(two_versions, tmp_path / "log", "--pid", str(pidfile)) as server:
        with load(server.port, row) as clients:
            for _ in range(5):
                assert reload(server)["outcome"] == "succeeded"
            resize_and_reopen(server, clients)
            swap_and_fail_and_roll_back(server, clients, two_versions)
            successor = hand_over(server, clients, pidfile)
        os.kill(successor, signal.SIGTERM)
        until(lambda: not running(successor), "the new master ending")
        server.lines()
    assert clients.failures == []
    check_answers(clients.answers, two_versions, row)


def resize_and_reopen(server: Server, clients: Load) -> None:
    for number, count in ((signal.SIGTTIN, 3), (signal.SIGTTOU, 2), (signal.SIGUSR1, 2), (signal.SIGTTOU, 1), (signal.SIGTTIN, 2)):
        server.signal(number)
        until(lambda count=count: len(server.workers()) == count, f"{count} workers")
        clients.more()


def swap_and_fail_and_roll_back(server: Server, clients: Load, artifacts: Path) -> None:
    assert server.health()["model_version"] == 1
    assert main(["promote", "2"]) == 0
    assert reload(server)["outcome"] == "succeeded"
    until(lambda: clients.seen(2), "an answer of version 2")
    assert logged(server, "reload succeeded")[-1]["message"] == "reload succeeded: iris version 2 serves"

    shutil.copytree(artifacts / "iris" / "1", artifacts / "iris" / "3")
    (artifacts / "iris" / "SERVING").write_text("3\n")
    assert reload(server)["outcome"] == "failed"
    assert "artifacts/iris/3" in logged(server, "reload failed")[-1]["message"]
    assert (server.health()["status"], server.health()["model_version"]) == ("healthy", 2)

    (artifacts / "iris" / "SERVING").write_text("2\n1\n")
    assert main(["rollback"]) == 0
    assert reload(server)["outcome"] == "succeeded"
    until(lambda: clients.seen(1), "an answer of version 1 again")


def hand_over(server: Server, clients: Load, pidfile: Path) -> int:
    """Let a new master take over, end the old one, and return the new one's id."""
    server.signal(signal.SIGUSR2)
    successor = pidfile.with_suffix(".2")
    new = int(until(lambda: successor.exists() and successor.read_text().strip(), "the new master"))
    old = server.workers() - {new}
    until(lambda: server.health()["worker"] not in old, "a worker of the new master answering")
    server.signal(signal.SIGTERM)
    assert server.process.wait(15) == 0
    clients.more()
    return new


def check_answers(answers: list[dict[str, Any]], artifacts: Path, row: dict[str, float]) -> None:
    """Every answer is, to the bit, that of the version it names."""
    import joblib

    expected = {
        version: joblib.load(artifacts / "iris" / str(version) / "model.joblib").predict_proba([list(row.values())])[0].tolist()
        for version in (1, 2)
    }
    assert {answer["model"]["version"] for answer in answers} == {1, 2}
    assert all(list(answer["probabilities"].values()) == expected[answer["model"]["version"]] for answer in answers)
