"""A worker that holds as many connections as it may: who is silent gives way, and nobody else is disturbed."""

import json
import socket
from contextlib import ExitStack, suppress

import pytest

from tests.servers import Server, until
from tests.system.wire import BATCH, IRIS_ROW, LIVE, ROW, connect, head, post, receive_one, statuses, talk

pytestmark = [pytest.mark.system, pytest.mark.lanes]
PLACES = 20
LARGE_BATCH = json.dumps({"instances": [IRIS_ROW] * 4000}).encode()
# well below every time limit, and above what a silent client is given
PATIENCE_SECONDS = 6


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory):
    settings = {"IRIS_MAX_CONNECTIONS": str(PLACES), "WEB_CONCURRENCY": "1", "IRIS_KEEPALIVE_SECONDS": "60"}
    with Server(trained("iris"), tmp_path_factory.mktemp("full") / "log", **settings) as running:
        yield running


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /health/live HTTP/1.1\r\nHost: ",
        LIVE,
        b"garbage\r\n\r\n",
        post("/v1/predict", ROW)[:-1],
        post("/v1/predict/batch", BATCH)[:-1],
    ],
    ids=["silent", "in the head", "kept", "refused and not gone", "in the body", "in the body of a batch"],
)
def test_silent_clients_give_way_to_those_that_wait(server, sent) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(server.port)) for _ in range(PLACES)]
        for client in silent:
            client.sendall(sent)
        for _ in range(3):
            with connect(server.port, PATIENCE_SECONDS) as connection:
                connection.sendall(head("GET /health HTTP/1.1", "Connection: close"))
                assert receive_one(connection).status == 200


def test_who_asks_for_much_and_does_not_read_keeps_no_place(server) -> None:
    with ExitStack() as stack:
        for number in range(PLACES):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(post("/v1/predict/batch", LARGE_BATCH, *(["Connection: close"] if number % 2 else [])))
        with connect(server.port, 2 * PATIENCE_SECONDS) as connection:
            connection.sendall(head("GET /health HTTP/1.1", "Connection: close"))
            assert receive_one(connection).status == 200


def test_a_trickle_keeps_no_place_however_much_came_before(server) -> None:
    with ExitStack() as stack:
        trickling = [stack.enter_context(connect(server.port)) for _ in range(PLACES)]
        for client in trickling:
            client.sendall(
                head("POST /v1/predict/batch HTTP/1.1", "Content-Type: application/json", "Content-Length: 99999") + b" " * 50_000
            )
        waiting = stack.enter_context(connect(server.port, 0.2))
        waiting.sendall(LIVE)
        for _ in range(int(PATIENCE_SECONDS / 0.2)):
            with suppress(OSError):
                for client in trickling:
                    client.sendall(b" ")
            with suppress(TimeoutError):
                assert receive_one(waiting).status == 200
                return
        raise AssertionError("nobody gave way")


def test_one_that_waits_takes_the_place_of_one(server) -> None:
    until(lambda: server.connections() == 0, "the clients before being gone")
    with ExitStack() as stack:
        kept = [stack.enter_context(connect(server.port)) for _ in range(PLACES)]
        for client in kept:
            client.sendall(LIVE)
            assert receive_one(client).fields["connection"] == "keep-alive"
        with connect(server.port, PATIENCE_SECONDS) as waiting:
            waiting.sendall(LIVE)
            assert receive_one(waiting).status == 200
            assert sum(_is_open(client) for client in kept) >= PLACES - 3


def _is_open(client: socket.socket) -> bool:
    try:
        client.sendall(LIVE)
        return receive_one(client).status == 200
    except (OSError, AssertionError):
        return False


def test_a_client_at_work_keeps_its_place(server) -> None:
    """Uploads and requests that are being answered are not silent, however many wait."""
    with ExitStack() as stack:
        part = post("/v1/predict/batch", b'{"instances": ' + b" " * 50)
        at_work = [stack.enter_context(connect(server.port)) for _ in range(PLACES)]
        for client in at_work:
            client.sendall(part[:-1])
        waiting = stack.enter_context(connect(server.port, 2))
        waiting.sendall(LIVE)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        for client in at_work:
            client.sendall(part[-1:])
            assert receive_one(client).status == 400
        waiting.settimeout(PATIENCE_SECONDS)
        assert receive_one(waiting).status == 200


def test_a_worker_that_is_full_keeps_its_connections_while_nobody_waits(server) -> None:
    until(lambda: server.connections() == 0, "the clients before being gone")
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server.port, PATIENCE_SECONDS)) for _ in range(PLACES)]
        for _ in range(3):
            for client in clients:
                client.sendall(LIVE)
                assert receive_one(client).fields["connection"] == "keep-alive"
    assert statuses(talk(server.port, head("GET /health/live HTTP/1.1", "Connection: close"))) == [200]
