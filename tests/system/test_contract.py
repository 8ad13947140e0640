"""The contract through real sockets: framing, limits, ids and log lines, as only a real server shows them."""

import json
import socket
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import httpx
import pytest

from iris_api.web.problems import MEDIA_TYPE, Problem
from tests.servers import WORKER_LINE, Server, until

pytestmark = pytest.mark.system
MAX_ROW, MAX_BATCH, MAX_ROWS = 400, 2000, 10
IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
BODY = json.dumps(IRIS_ROW).encode()
POST = b"POST /v1/predict HTTP/1.1\r\nHost: iris.test\r\nContent-Type: application/json\r\nConnection: close\r\n"


class Answer:
    """One answer, parsed from everything a connection gave until its end."""

    def __init__(self, received: bytes) -> None:
        head, _, self.body = received.partition(b"\r\n\r\n")
        line, _, fields = head.partition(b"\r\n")
        self.status = int(line.split()[1])
        self.headers = BytesParser(policy=HTTP).parsebytes(fields)

    def problem(self) -> Problem:
        """The body as the problem that it has to be."""
        assert self.headers["Content-Type"] == MEDIA_TYPE, self.body
        assert int(self.headers["Content-Length"]) == len(self.body)
        problem = Problem.model_validate_json(self.body, strict=True, extra="forbid")
        assert problem.status == self.status
        assert problem.request_id == self.headers["X-Request-ID"]
        return problem


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory) -> Iterator[Server]:
    limits = {"IRIS_MAX_ROW_BYTES": str(MAX_ROW), "IRIS_MAX_BATCH_BYTES": str(MAX_BATCH), "IRIS_MAX_BATCH_ROWS": str(MAX_ROWS)}
    log: Path = tmp_path_factory.mktemp("contract") / "log"
    with Server(trained("iris"), log, WEB_CONCURRENCY="1", IRIS_LOG_HASH_KEY="k", **limits) as running:
        yield running


def exchange(server: Server, *pieces: bytes, half_close: bool = False) -> bytes:
    """Send ``pieces``, each in a segment of its own, and receive until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = []
        try:
            for piece in pieces:
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            received.extend(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:
            assert received, "the connection was reset without an answer"
    return b"".join(received)


def ask(server: Server, *pieces: bytes, half_close: bool = False) -> Answer:
    return Answer(exchange(server, *pieces, half_close=half_close))


def chunks(body: bytes, size: int) -> list[bytes]:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return [b"%x\r\n%b\r\n" % (len(part), part) for part in parts] + [b"0\r\n\r\n"]


def lines_of(server: Server, identifier: str, message: str) -> list[dict[str, Any]]:
    return [line for line in server.lines() if line.get("request_id") == identifier and line["message"] == message]


def test_the_worker_is_of_the_class_under_test(server) -> None:
    assert WORKER_LINE in [line["message"] for line in server.lines()]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_body_in_chunks_is_answered_however_it_is_cut(server, size) -> None:
    answer = ask(server, POST + b"Transfer-Encoding: chunked\r\n\r\n", *chunks(BODY, size))

    assert answer.status == 200
    assert json.loads(answer.body)["prediction"] == "setosa"


def test_a_body_in_single_bytes_is_answered(server) -> None:
    request = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

    assert ask(server, *(bytes([byte]) for byte in request)).status == 200


@pytest.mark.parametrize("over", [0, 1, 5000])
def test_the_limit_holds_for_a_body_in_chunks(server, over) -> None:
    body = BODY.ljust(MAX_ROW + over)

    answer = ask(server, POST + b"Transfer-Encoding: chunked\r\n\r\n", *chunks(body, 97))

    assert answer.status == (413 if over else 200)
    if over:
        assert answer.problem().type.endswith("body-too-large")


def test_a_body_declared_too_large_is_refused_before_it_is_sent(server) -> None:
    answer = ask(server, POST + b"Content-Length: %d\r\n\r\n" % (MAX_ROW + 1))

    assert answer.status == 413
    assert str(MAX_ROW) in answer.problem().detail


def test_too_many_rows_are_413(server) -> None:
    small = dict.fromkeys(IRIS_ROW, 1)
    statuses = []
    for count in (MAX_ROWS, MAX_ROWS + 1):
        body = json.dumps({"instances": [small] * count}).encode()
        head = POST.replace(b"/v1/predict", b"/v1/predict/batch")
        statuses.append(ask(server, head + b"Content-Length: %d\r\n\r\n" % len(body) + body).status)

    assert statuses == [200, 413]


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: %d\r\n\r\n" % (len(BODY) + 1) + BODY,
        b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks(BODY, 20)[:-1]),
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"\r\n",
        b"Content-Length: 0\r\n\r\n",
    ],
    ids=["shorter", "unended", "no-hex", "longer-chunk", "negative", "no-length", "empty"],
)
def test_a_body_that_is_not_what_its_framing_says_is_400(server, framing) -> None:
    assert ask(server, POST + framing, half_close=True).problem().type.endswith("malformed-body")


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET /health/live HTTP/1.1", None, 400),
        ("GET /health/live HTTP/1.1", "", 400),
        ("GET /health/live HTTP/1.1", "a b", 400),
        ("GET /health/live HTTP/1.1", "<b>", 400),
        ("GET /health/live HTTP/1.0", None, 200),
        ("GET /health/live HTTP/1.1", "[::1]:8000", 200),
        ("GET http://iris.test HTTP/1.1", "iris.test", 200),
        ("GET http://iris.test/health/live HTTP/1.1", "iris.test", 200),
        ("GET /v1//model HTTP/1.1", "[::::]", 404),
        ("OPTIONS * HTTP/1.1", "iris.test", 404),
    ],
)
def test_the_host_and_the_target_decide_before_all_else(server, request_line, host, status) -> None:
    field = "" if host is None else f"Host: {host}\r\n"

    answer = ask(server, f"{request_line}\r\n{field}Connection: close\r\n\r\n".encode())

    assert answer.status == status
    if status >= 400:
        answer.problem()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/predict", 405),
        ("PROPFIND", "/health", 405),
        ("HEAD", "/health", 200),
        ("OPTIONS", "/predict", 200),
    ],
)
def test_every_answer_has_its_headers_on_the_wire(server, method, path, status) -> None:
    answer = ask(server, f"{method} {path} HTTP/1.1\r\nHost: h\r\nX-Request-ID: wire-1\r\nConnection: close\r\n\r\n".encode())

    assert answer.status == status
    assert answer.headers.get_all("X-Request-ID") == ["wire-1"]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_all("Cache-Control") == ["no-store"]
    assert not any(character.isdigit() for character in answer.headers.get("Server", "")), "no version of the server"
    assert ("Allow" in answer.headers) == (status == 405 or method == "OPTIONS")
    if method == "HEAD":
        assert answer.body == b""
        assert int(answer.headers["Content-Length"]) > 0


def test_an_error_leaves_the_connection_in_step(server) -> None:
    """A refused request's body is never taken for the next request."""
    smuggled = b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"
    bad = b"POST /v1/predict HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(smuggled) + smuggled
    good = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

    received = exchange(server, bad + good)

    statuses = [line.split()[1] for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert statuses in ([b"415", b"200"], [b"415"])


def test_two_request_ids_are_none(server) -> None:
    answer = ask(server, b"GET /health HTTP/1.1\r\nHost: h\r\nX-Request-ID: a\r\nX-Request-ID: b\r\nConnection: close\r\n\r\n")

    assert answer.headers["X-Request-ID"] not in ("a", "b", "a,b")
    assert len(answer.headers.get_all("X-Request-ID")) == 1


def test_a_request_is_found_in_the_log_by_its_id(server) -> None:
    identifier = "find.me_1-2"
    httpx.post(f"{server.url}/v1/predict", json=IRIS_ROW, headers={"X-Request-ID": identifier}, trust_env=False)
    [line] = until(lambda: lines_of(server, identifier, "request"), "the line")

    assert (line["model"], line["version"], line["label"], line["rows"], line["confidence"]) == ("iris", 1, "setosa", 1, 1.0)
    assert len(line["input_hash"]) == 32
    assert 0 < line["prediction_milliseconds"] < 60_000
    assert not {"inputs", "sepal_length"} & set(line)
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v1/predict", 200)


@pytest.mark.lanes
@pytest.mark.parametrize(
    ("sent", "status", "path"),
    [
        (b"garbage\r\n\r\n", 400, None),
        (b"POST /v1/predict HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 413, "/v1/predict"),
        (b"HEAD /health HTTP/1.1\r\nHost: h\r\nExpect: much\r\n\r\n", 417, "/health"),
    ],
)
def test_a_refusal_is_logged_with_who_was_refused_and_what_was_sent(server, sent, status, path) -> None:
    answer = ask(server, sent)
    [line] = until(lambda: lines_of(server, answer.headers["X-Request-ID"], "request"), "the access line")

    assert (answer.status, line["status"], line["path"]) == (status, status, path)
    assert (line["client"], line["sent_bytes"]) == ("127.0.0.1", len(answer.body))


def test_nothing_a_client_sends_breaks_a_line_of_the_log(server) -> None:
    rest = b'Host: h\r\nX-Request-ID: nasty\r\nUser-Agent: "x" {"level": "FAKE"} \\ \xff\r\nConnection: close\r\n\r\n'
    exchange(server, b'GET /"\n{"fake":1} HTTP/1.1\r\n' + rest)
    assert ask(server, b"GET /%0A%22x%22 HTTP/1.1\r\n" + rest).status == 404

    [line] = until(lambda: lines_of(server, "nasty", "request"), "the access line")
    assert line["path"] == '/\n"x"'
    assert line["level"] == "INFO"
    assert all("request_id" in each for each in server.lines())
