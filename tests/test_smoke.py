"""The smoke test tells a healthy service from one that is not, in three lines and an exit code."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from iris_api.cli import main
from iris_api.smoke import smoke
from tests.servers import Server, free_port

GOLDEN = {"input": {"x": 1.0}, "prediction": "a", "confidence": 1.0, "probabilities": {"a": 1.0}, "exact": True}
HEALTHY: dict[str, tuple[int, Any]] = {
    "/health": (200, {"status": "healthy", "model_name": "m", "model_version": 1}),
    "/v1/model": (200, {"golden": GOLDEN}),
    "/v1/predict": (200, {"prediction": "a", "probabilities": {"a": 1.0}}),
}
FOREIGN = "the answer is not one of this service; is this its address?"


@pytest.fixture
def pretender() -> Iterator[tuple[str, dict[str, tuple[int, Any]]]]:
    """A server that answers as told, and its table of answers; what is no row is refused unless told otherwise."""
    answers = dict(HEALTHY)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*answers[self.path])

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*(answers[self.path] if body else answers.get("refusal", (422, {"status": 422}))))

        def _answer(self, status: int, content: Any) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.system
def test_a_real_service_passes(artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(artifacts, tmp_path / "log") as server:
        assert main(["smoke", server.url + "/"]) == 0
    assert outcome(capsys) == ["ok    health", "ok    prediction", "ok    refusal"]


def test_what_answers_as_it_should_passes(pretender: Any) -> None:
    url, _ = pretender
    assert smoke(url)


@pytest.mark.parametrize(
    ("path", "answer", "failing"),
    [
        ("/health", (503, {"status": "unhealthy"}), "health"),
        ("/health", (200, b"not json"), "health"),
        ("/health", (200, []), "health"),
        ("/v1/model", (200, {}), "prediction"),
        ("/v1/model", (500, {"golden": GOLDEN}), "prediction"),
        ("/v1/model", (200, {"golden": []}), "prediction"),
        ("/v1/model", (200, {"golden": GOLDEN | {"probabilities": [1.0]}}), "prediction"),
        ("/v1/model", (200, b"[" * 100_000), "prediction"),
        ("/v1/predict", (200, {"prediction": "a", "probabilities": {"a": "1"}}), "prediction"),
        ("/v1/predict", (500, {}), "prediction"),
        ("/v1/predict", (200, {"prediction": "b", "probabilities": {"a": 1.0}}), "prediction"),
        ("/v1/predict", (200, {"prediction": "a", "probabilities": {"a": 0.9999999999999999}}), "prediction"),
        ("/v1/predict", (200, {"prediction": "a", "probabilities": None}), "prediction"),
        ("/v1/predict", (200, {"prediction": "a", "probabilities": {"b": 1.0}}), "prediction"),
        ("refusal", (200, {"prediction": "a"}), "refusal"),
        ("refusal", (400, {"status": 400}), "refusal"),
    ],
)
def test_each_fault_fails_its_line_alone(
    pretender: Any, path: str, answer: tuple[int, Any], failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url, answers = pretender
    answers[path] = answer
    assert not smoke(url)
    assert [line for line in outcome(capsys) if line.startswith("FAIL")] == [f"FAIL  {failing}"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:{port}", "Connection refused"),
        ("http://127.0.0.1:port", "nonnumeric port: 'port'"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://", "no host given"),
        ("http://a b", "control characters"),
        ("http://no-such-host.invalid", "http://no-such-host.invalid"),
    ],
)
def test_nobody_to_ask_is_said_once_and_in_plain_words(url: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", url.format(port=free_port())]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("FAIL  health: ")
    assert expected in out
    assert "urlopen" not in out
    assert (out.count("\n"), err) == (1, "")


def test_a_service_of_another_kind_is_told_apart(pretender: Any, capsys: pytest.CaptureFixture[str]) -> None:
    url, answers = pretender
    answers.update({"/health": (200, {"status": "healthy"}), "/v1/model": (404, b"<html>"), "refusal": (200, b"\xff")})
    assert not smoke(url)
    assert capsys.readouterr().out.splitlines() == [f"FAIL  {name}: {FOREIGN}" for name in ("health", "prediction", "refusal")]


def test_what_the_service_says_is_never_obeyed_by_a_terminal(pretender: Any, capsys: pytest.CaptureFixture[str]) -> None:
    url, answers = pretender
    answers["/v1/predict"] = (200, {"prediction": "\x1b[2J\nok", "probabilities": None})
    assert not smoke(url)
    assert "answered as \\x1b[2J ok, not" in capsys.readouterr().out


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"HTTP/1.1 abc\r\n\r\n"]
)
def test_what_speaks_no_http_fails_every_line(reply: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for _ in range(3):
                with listener.accept()[0] as connection:
                    connection.recv(65536)
                    connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        assert main(["smoke", f"http://127.0.0.1:{listener.getsockname()[1]}"]) == 1
        thread.join()
    assert outcome(capsys) == ["FAIL  health", "FAIL  prediction", "FAIL  refusal"]


def test_an_address_of_another_kind_is_a_wrong_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["smoke", "file:///etc/passwd"])
    assert ended.value.code == 78
    assert "http" in capsys.readouterr().err


@pytest.mark.parametrize(("tolerance", "passes"), [({}, False), ({"tolerance": 1e-6}, True), ({"tolerance": 0.0}, False)])
def test_numbers_may_differ_by_what_the_service_says(pretender: Any, tolerance: Any, passes: bool) -> None:
    url, answers = pretender
    answers["/v1/model"] = (200, {"golden": GOLDEN | {"exact": False, **tolerance}})
    answers["/v1/predict"] = (200, GOLDEN | {"probabilities": {"a": 1.0 - 2e-7}, "confidence": 1.0 - 2e-7})
    assert smoke(url) == passes


OTHER = {"input": {"t": "x"}, "prediction": {"units": 12.5, "returns": [0.5, 1]}, "exact": False}


@pytest.mark.parametrize(
    ("prediction", "passes"),
    [
        (OTHER["prediction"], True),
        ({"units": 12.5 + 1e-12, "returns": [0.5 - 1e-12, 1]}, True),
        ({"units": 12.6, "returns": [0.5, 1]}, False),
        ({"units": 12.5, "returns": [0.5]}, False),
        ({"units": 12.5, "returns": [0.5, 2]}, False),
        ({"units": 12.5}, False),
        (12.5, False),
    ],
)
def test_a_model_of_another_task_is_asked_by_its_name(
    pretender: Any, capsys: pytest.CaptureFixture[str], prediction: Any, passes: bool
) -> None:
    url, answers = pretender
    answers["/health"] = (200, {"status": "healthy", "models": {"sales": {"version": 3}}})
    answers["/v1/models/sales"] = (200, {"golden": OTHER})
    answers["/v1/models/sales/predict"] = (200, {"prediction": prediction})
    assert smoke(url, "sales") == passes
    assert "ok    health: sales version 3 is healthy" in capsys.readouterr().out
