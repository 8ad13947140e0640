"""One line of log a request: what was predicted, or why it was refused, and never a value of the client."""

import json
import re
import socket
import subprocess
import sys

import httpx
import pytest

from tests.servers import PROJECT, Server, clean_environment, free_port, until

pytestmark = pytest.mark.system
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
CANARY = "canary8d1f"
NUMBER = 7.654321
JSON = {"Content-Type": "application/json"}


def sent(server: Server, raw: bytes) -> bytes:
    """The answer to bytes over a connection of their own."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(raw)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def documented() -> set[str]:
    """The fields in the table of docs/logging.md."""
    return set(re.findall(r"^\| `(\w+)` \|", (PROJECT / "docs/logging.md").read_text(), re.MULTILINE))


def post(server: Server, path: str, **options) -> httpx.Response:
    return httpx.post(server.url + path, trust_env=False, timeout=10, **options)


def line_of(server: Server, request_id: str) -> dict:
    """The one line with that id."""
    until(lambda: request_id in server.log.read_text(), f"the line of {request_id}")
    (line,) = [line for line in server.lines() if line["request_id"] == request_id]
    return line


def test_a_prediction_is_in_the_line_of_its_request(trained, tmp_path):
    with Server(trained("iris"), tmp_path / "log") as server:
        single = post(server, "/v1/predict", json=ROW, headers={"X-Request-ID": "one"})
        batch = post(server, "/v1/predict/batch", json={"instances": [ROW, ROW]}, headers={"X-Request-ID": "many"})
        assert (single.status_code, batch.status_code) == (200, 200)
        one, many = line_of(server, "one"), line_of(server, "many")
    expected = {"logger": "gunicorn.access", "message": "request", "method": "POST", "path": "/v1/predict", "status": 200}
    assert expected.items() <= one.items()
    assert {"model": "iris", "version": 1, "rows": 1, "label": "setosa"}.items() <= one.items()
    assert 0 < one["prediction_milliseconds"] < one["milliseconds"] + 1
    assert (many["rows"], many["labels"]) == (2, {"setosa": 2})
    assert {*one, *many} <= documented()


def test_split_gives_a_prediction_a_line_of_its_own(trained, tmp_path):
    with Server(trained("iris"), tmp_path / "log", IRIS_LOG_FORMAT="split") as server:
        post(server, "/v1/predict", json=ROW, headers={"X-Request-ID": "one"})
        until(lambda: server.log.read_text().count('"request_id":"one"') == 2, "two lines")
        prediction, request = (line for line in server.lines() if line["request_id"] == "one")
    assert (prediction["logger"], prediction["label"]) == ("iris_api.predictions", "setosa")
    assert request["logger"] == "gunicorn.access"
    assert "label" not in request


def test_without_lines_of_requests_predictions_have_theirs(trained, tmp_path):
    with Server(trained("iris"), tmp_path / "log", IRIS_ACCESS_LOG="false") as server:
        post(server, "/v1/predict", json=ROW, headers={"X-Request-ID": "one"})
        assert line_of(server, "one")["logger"] == "iris_api.predictions"


def test_text_is_one_readable_line(trained, tmp_path):
    with Server(trained("iris"), tmp_path / "log", IRIS_LOG_FORMAT="text") as server:
        post(server, "/v1/predict", json=ROW, headers={"X-Request-ID": "one"})
        until(lambda: "(one)" in server.log.read_text(), "the line")
        (line,) = [line for line in server.log.read_text().splitlines() if line.endswith("(one)")]
    pattern = (
        r"\d\d:\d\d:\d\d\.\d{3} INFO POST /v1/predict 200 [\d.]+ ms model=iris version=1 rows=1 .*label=setosa confidence=[\d.]+ \(one\)"
    )
    assert re.fullmatch(pattern, line), line


REFUSED = {
    "no JSON": ("/v1/predict", {"content": CANARY, "headers": JSON}, 400, "malformed-body", None),
    "a repeated member": ("/v1/predict", {"content": f'{{"{CANARY}": 1, "{CANARY}": 1}}', "headers": JSON}, 400, "malformed-body", ["#"]),
    "no media type": (
        "/v1/predict",
        {"content": CANARY, "headers": {"Content-Type": f"text/{CANARY}"}},
        415,
        "unsupported-media-type",
        None,
    ),
    "a coding": (
        "/v1/predict",
        {"content": "{}", "headers": {**JSON, "Content-Encoding": CANARY}},
        415,
        "unsupported-content-coding",
        None,
    ),
    "a wrong kind": ("/v1/predict", {"json": {**ROW, "sepal_length": CANARY}}, 422, "invalid-input", ["#/sepal_length"]),
    "out of bounds": ("/v1/predict", {"json": {**ROW, "petal_width": -NUMBER}}, 422, "invalid-input", ["#/petal_width"]),
    "a name of its own": ("/v1/predict", {"json": {**ROW, CANARY: NUMBER}}, 422, "invalid-input", ["#"]),
    "many of them": (
        "/v1/predict",
        {"json": {f"{CANARY}{index}": NUMBER for index in range(30)}},
        422,
        "invalid-input",
        None,
    ),
    "a row of a batch": (
        "/v1/predict/batch",
        {"json": {"instances": [ROW, {**ROW, "sepal_width": CANARY}]}},
        422,
        "invalid-input",
        ["#/instances/1/sepal_width"],
    ),
    "too long": ("/v1/predict", {"json": {**ROW, "sepal_width": CANARY * 20_000}}, 413, "body-too-large", None),
    "no such model": ("/v1/models/nothing/predict", {"json": ROW}, 404, "unknown-model", None),
    "no such path": ("/v1/nothing", {"json": {"x": CANARY}}, 404, "Not Found", None),
    "no such method": ("/v1/model", {"json": {"x": CANARY}}, 405, "Method Not Allowed", None),
}


def test_a_refusal_says_why_and_repeats_nothing(trained, tmp_path):
    with Server(trained("iris"), tmp_path / "log") as server:
        for number, (path, options, status, _, _) in enumerate(REFUSED.values()):
            headers = {**options.get("headers", {}), "X-Request-ID": f"refused-{number}"}
            query = f"?{CANARY}={NUMBER}"
            answer = post(server, path + query, **{**options, "headers": headers})
            assert answer.status_code == status, answer.text
        lines = [line_of(server, f"refused-{number}") for number in range(len(REFUSED))]
        whole = server.log.read_text()
    for line, (name, (_, _, status, problem, pointers)) in zip(lines, REFUSED.items(), strict=True):
        assert (line["status"], line["problem"]) == (status, problem), name
        assert pointers is None or line["pointers"] == pointers, name
        assert len(line.get("pointers", ())) <= 10, name
    assert set().union(*lines) <= documented()
    assert CANARY not in whole
    assert str(NUMBER) not in whole


@pytest.mark.lanes
def test_what_the_worker_refuses_says_why_too(trained, tmp_path):
    cases = {
        "Bad Request": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Request-ID: ids\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "Not Implemented": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Request-ID: ids\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "body-too-large": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Request-ID: ids\r\nContent-Length: 999999999\r\n\r\n",
        "malformed-body": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Request-ID: ids\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    }
    with Server(trained("iris"), tmp_path / "log") as server:
        for raw in cases.values():
            sent(server, raw)
        until(lambda: server.log.read_text().count('"problem"') == len(cases), "a line for each")
        assert [line["problem"] for line in server.lines() if "problem" in line] == list(cases)


def test_the_development_server_has_lines_of_predictions_without_colours(trained, tmp_path):
    port, log = free_port(), tmp_path / "log"
    variables = clean_environment(IRIS_ARTIFACTS=str(trained("iris")), FORCE_COLOR="1")
    with log.open("wb") as output:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "run", "--debug", "--no-reload", "--port", str(port)]
        process = subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            until(lambda: b"Running on" in log.read_bytes(), "the development server")
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/predict", json=ROW, headers={"X-Request-ID": "one"}, trust_env=False)
            assert answer.status_code == 200
            httpx.get(f"http://127.0.0.1:{port}/nothing", trust_env=False)
            until(lambda: b"/nothing" in log.read_bytes(), "its own line")
        finally:
            process.terminate()
            process.wait(10)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [line["label"] for line in lines if line["logger"] == "iris_api.predictions"] == ["setosa"]
    assert "1b[" not in log.read_text()
