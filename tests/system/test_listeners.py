"""What carries the bytes: a Unix socket and TLS serve as plain TCP does, in both lanes and to the end."""

import json
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, until
from tests.system.test_reload import logged, reload
from tests.system.wire import BATCH, IRIS_ROW, LIVE, ROW, connect, head, post, receive_all, receive_one, replies, statuses

pytestmark = pytest.mark.system
LARGE_ROWS = 5_000


class UnixServer(Server):
    """A service on a Unix socket beside its log."""

    def __init__(self, artifacts: Path, log: Path, *arguments: str, **environment: str) -> None:
        self.path = log.with_name("s")
        super().__init__(artifacts, log, *arguments, **({"IRIS_BIND": f"unix:{self.path}"} | environment))

    def get(self, path: str) -> httpx.Response:
        self.connect().close()  # httpx would leave its socket open where nobody listens yet
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.path)), timeout=5) as client:
            return client.get("http://iris.test" + path)

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        try:
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        return connection


class TlsServer(Server):
    """A service behind a certificate that only its clients here trust."""

    def __init__(self, artifacts: Path, log: Path, *arguments: str, **environment: str) -> None:
        self.certificate, self._key = log.with_name("certificate"), log.with_name("key")
        self.renew()
        super().__init__(artifacts, log, "--certfile", str(self.certificate), "--keyfile", str(self._key), *arguments, **environment)
        self.url = f"https://127.0.0.1:{self.port}"

    def renew(self) -> None:
        """Put a new certificate in the place of the old, and trust no other."""
        kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(self._key), "-out", str(self.certificate)]
        subprocess.run(["openssl", *kind.split(), *files], check=True, capture_output=True, timeout=60)
        self._trust = ssl.create_default_context(cafile=str(self.certificate))

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, verify=self._trust, trust_env=False, timeout=5)

    def connect(self) -> socket.socket:
        return self._trust.wrap_socket(connect(self.port), server_hostname="127.0.0.1")


class SmallTlsServer(TlsServer):
    app = "tests.server.apps:app"


tls = pytest.param(TlsServer, id="tls", marks=pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command"))
ON_EACH = pytest.mark.parametrize("kind", [pytest.param(UnixServer, id="unix"), tls])


@pytest.fixture
def start(trained: Callable[[str], Path], tmp_path: Path) -> Callable[..., Any]:
    return lambda kind, **settings: kind(trained("iris"), tmp_path / "log", WEB_CONCURRENCY="1", **settings)


@ON_EACH
def test_one_connection_carries_rows_and_batches_large_ones_too(start, kind) -> None:
    large = json.dumps({"instances": [IRIS_ROW] * LARGE_ROWS}).encode()
    with start(kind) as server, server.connect() as connection:
        for _ in range(3):
            connection.sendall(post("/v1/predict", ROW))
            reply = receive_one(connection)
            assert (reply.label, reply.fields["connection"]) == ("setosa", "keep-alive")
            for body, rows in ((BATCH, 3), (large, LARGE_ROWS)):
                connection.sendall(post("/v1/predict/batch", body))
                answered = json.loads(receive_one(connection).body)["predictions"]
                assert [each["prediction"] for each in answered] == ["setosa"] * rows
        connection.sendall(
            post("/v1/predict", ROW) + post("/v1/predict/batch", BATCH) + LIVE + head("GET /nowhere HTTP/1.1", "Connection: close")
        )
        assert statuses(replies(receive_all(connection))) == [200, 200, 200, 404]
        server.lines()


@ON_EACH
def test_sigterm_answers_what_has_begun_and_ends_the_rest(start, kind) -> None:
    request = post("/v1/predict", ROW)
    with start(kind) as server, server.connect() as busy, server.connect() as idle:
        idle.sendall(LIVE)
        assert receive_one(idle).status == 200
        busy.sendall(request[:-5])
        server.signal(signal.SIGTERM)
        until(lambda: any("Handling signal: term" in line["message"] for line in server.lines()), "the signal")
        busy.sendall(request[-5:])
        [reply] = replies(receive_all(busy))
        assert reply.label == "setosa"
        assert idle.recv(1) == b""
        assert server.process.wait(15) == 0
        if kind is UnixServer:
            assert not server.path.exists()


@pytest.mark.lanes
@pytest.mark.parametrize("kind", [tls])
def test_who_never_finishes_a_handshake_delays_no_end(start, kind) -> None:
    with start(kind, IRIS_HEAD_SECONDS="60") as server, connect(server.port) as silent, connect(server.port) as plain:
        silent.sendall(b"\x16\x03\x01")
        plain.sendall(LIVE)
        assert plain.recv(1) == b""
        server.signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
        assert all(line["level"] == "INFO" for line in server.lines())


@pytest.mark.lanes
@pytest.mark.parametrize("kind", [tls])
def test_who_never_finishes_a_handshake_gives_way_to_those_that_wait(start, kind) -> None:
    with start(kind, IRIS_HEAD_SECONDS="60", IRIS_MAX_CONNECTIONS="8") as server, ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connect(server.port)).sendall(b"\x16\x03\x01")
        assert server.get("/health").status_code == 200
        assert all(line["level"] == "INFO" for line in server.lines())


@pytest.mark.lanes
@pytest.mark.parametrize("kind", [tls])
def test_by_tls_too_one_that_waits_takes_the_place_of_one(start, kind) -> None:
    with start(kind, IRIS_MAX_CONNECTIONS="8", IRIS_KEEPALIVE_SECONDS="60") as server, ExitStack() as stack:
        kept = [stack.enter_context(server.connect()) for _ in range(8)]
        for connection in kept:
            connection.sendall(LIVE)
            assert receive_one(connection).fields["connection"] == "keep-alive"
        assert server.get("/health").status_code == 200
        still = 0
        for connection in kept:
            with suppress(OSError, AssertionError):
                connection.sendall(LIVE)
                still += receive_one(connection).status == 200
        assert still >= 6


@pytest.mark.lanes
@pytest.mark.parametrize("kind", [tls])
def test_a_reload_takes_on_a_new_certificate_and_survives_a_damaged_one(start, kind) -> None:
    with start(kind) as server:
        server.certificate.write_text("damaged")
        assert reload(server)["outcome"] == "succeeded"
        assert len(logged(server, "the certificate cannot be read")) == 1
        server.renew()
        assert not trusted(server)
        server.signal(signal.SIGHUP)
        until(lambda: trusted(server), "the new certificate")


def trusted(server: TlsServer) -> bool:
    try:
        return server.get("/health").status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.lanes
@pytest.mark.parametrize("kind", [tls])
def test_a_certificate_that_is_none_stops_the_start(start, kind) -> None:
    server = start(kind)
    server.certificate.write_text("damaged")
    with pytest.raises(AssertionError, match=r"(?s)ended with 78: .*iris-api: --certfile and --keyfile: no certificate"), server:
        pass


@pytest.mark.parametrize("kind", [tls])
def test_the_application_knows_that_it_is_reached_by_tls(tmp_path, kind) -> None:
    with SmallTlsServer(tmp_path, tmp_path / "log", WEB_CONCURRENCY="1") as server:
        assert [server.get(path).text for path in ("/scheme", "/inline/scheme")] == ["https", "https"]
