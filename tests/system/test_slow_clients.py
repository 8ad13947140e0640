"""Slow clients by the hundred: nobody else waits, memory stays bounded, and who is late is told so or dropped."""

import json
import selectors
import socket
import time
from contextlib import ExitStack, suppress

import psutil
import pytest

from tests.servers import Server, until
from tests.system.wire import BATCH, IRIS_ROW, LIVE, ROW, chunked, connect, head, post, receive_all, receive_one, replies, statuses, talk

pytestmark = [pytest.mark.system, pytest.mark.lanes]
LARGEST = 16 * 1024**2
# longer than what is read before a thread is asked for
LARGE_BATCH = json.dumps({"instances": [IRIS_ROW] * 4000}).encode()
CLIENTS = 256
# IRIS_MAX_UNREAD_BYTES for each of two workers, and what is being read of each client
GROWTH_BYTES = 2 * 64 * 1024**2 + CLIENTS * 256 * 1024


def slow(number: int) -> bytes:
    """What a slow client sends before it falls silent, one of five kinds."""
    declared = head("POST /v1/predict/batch HTTP/1.1", "Content-Type: application/json", f"Content-Length: {LARGEST}")
    coded = head("POST /v1/predict HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
    return (b"", b"GET /health HTTP/1.1\r\nHost:", post("/v1/predict", ROW)[:-9], coded + b"5\r\n12", declared + b" " * 300_000)[number % 5]


def workers_bytes(server: Server) -> int:
    return sum(child.memory_info().rss for child in psutil.Process(server.process.pid).children())


def test_256_slow_clients_hold_nobody_up(trained, tmp_path) -> None:
    with Server(trained("iris"), tmp_path / "log") as server, ExitStack() as stack:
        for _ in range(20):
            talk(server.port, post("/v1/predict/batch", LARGE_BATCH, "Connection: close"))
        before = workers_bytes(server)
        clients = [stack.enter_context(connect(server.port)) for _ in range(CLIENTS)]
        for number, client in enumerate(clients):
            client.setblocking(False)
            for piece in (slow(number)[start : start + 65536] for start in range(0, len(slow(number)), 65536)):
                try:
                    client.send(piece)
                except BlockingIOError:
                    break
        for turn in range(60):
            for client in clients[4::5]:
                try:
                    client.send(b" " * 30_000)
                except (BlockingIOError, ConnectionError):
                    continue
            started = time.monotonic()
            path, body = (("/v1/predict", ROW), ("/v1/predict/batch", BATCH), ("/v1/predict/batch", LARGE_BATCH))[turn % 3]
            assert statuses(talk(server.port, post(path, body, "Connection: close"))) == [200]
            assert time.monotonic() - started < 1
        assert workers_bytes(server) - before < GROWTH_BYTES


@pytest.fixture(scope="module")
def hasty(trained, tmp_path_factory):
    settings = {"IRIS_HEAD_SECONDS": "1", "IRIS_BODY_SECONDS": "1", "IRIS_MAX_UNREAD_BYTES": "300000", "WEB_CONCURRENCY": "1"}
    with Server(trained("iris"), tmp_path_factory.mktemp("hasty") / "log", **settings) as server:
        yield server


@pytest.mark.parametrize("number", range(1, 5), ids=["head", "body", "chunks", "upload"])
def test_who_is_late_is_told_408(hasty, number) -> None:
    started = time.monotonic()
    assert statuses(talk(hasty.port, slow(number))) == [408]
    assert 0.9 < time.monotonic() - started < 5


def test_a_trickle_does_not_postpone_the_end(hasty) -> None:
    with connect(hasty.port) as connection:
        connection.settimeout(0.1)
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        started, received = time.monotonic(), b""
        while not received and time.monotonic() - started < 5:
            try:
                connection.sendall(b"X: y\r\n"[:1])
                received = connection.recv(65536)
            except TimeoutError:
                continue
        assert received.startswith(b"HTTP/1.1 408 ")


def test_more_unread_bytes_than_a_worker_holds_are_503(hasty) -> None:
    """Bodies that stay incomplete fill it: who has held most for longest gives way. Who sends all at once is answered all the same."""
    part = post("/v1/predict/batch", b" " * 250_000)[:-1]
    with connect(hasty.port) as first, connect(hasty.port) as second:
        first.sendall(part)
        second.sendall(part)
        [shed], [late] = replies(receive_all(first)), replies(receive_all(second))
        assert (shed.status, shed.fields["retry-after"], late.status) == (503, "1", 408)
    assert statuses(talk(hasty.port, post("/v1/predict", ROW, "Connection: close"))) == [200]


def test_who_never_reads_a_big_answer_is_dropped_and_holds_no_thread(hasty) -> None:
    body = json.dumps({"instances": [IRIS_ROW] * 10_000}).encode()
    with ExitStack() as stack:
        deaf = []
        for _ in range(6):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", hasty.port))
            connection.sendall(post("/v1/predict/batch", body) * 6)
            deaf.append(connection)
        for _ in range(5):
            assert statuses(talk(hasty.port, post("/v1/predict/batch", BATCH, "Connection: close"))) == [200]
        [worker] = psutil.Process(hasty.process.pid).children()
        until(lambda: not any(c.status == "ESTABLISHED" for c in worker.net_connections()), "the deaf being dropped", 20)


def test_who_asks_without_waiting_for_answers_makes_the_worker_hold_no_more(hasty) -> None:
    """Each of many connections sends as much as the worker takes, and reads all that it is answered."""
    [worker] = psutil.Process(hasty.process.pid).children()
    before = worker.memory_info().rss
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(40):
            client = stack.enter_context(connect(hasty.port))
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        received = 0
        while received < 4 * 1024**2:
            for key, ready in selector.select(5):
                if ready & selectors.EVENT_READ:
                    received += len(key.fileobj.recv(1024**2))
                if ready & selectors.EVENT_WRITE:
                    with suppress(BlockingIOError):
                        key.fileobj.send(LIVE * 2000)
    assert worker.memory_info().rss - before < 48 * 1024**2


def test_chunks_of_one_byte_keep_nobody_waiting(hasty) -> None:
    request = head("POST /v1/predict/batch HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with ExitStack() as stack:
        for _ in range(64):
            client = stack.enter_context(connect(hasty.port))
            client.setblocking(False)
            client.send(request + b"1\r\n \r\n" * 20_000)
        for _ in range(20):
            started = time.monotonic()
            assert statuses(talk(hasty.port, post("/v1/predict", ROW, "Connection: close"))) == [200]
            assert time.monotonic() - started < 1
    assert statuses(talk(hasty.port, request + chunked(BATCH, 1), half_close=True)) == [200]


def test_a_slow_reader_gets_all_of_its_answers(hasty) -> None:
    """Far more is asked in one breath than fits any buffer: reading late loses and reorders nothing."""
    count = 20_000
    with connect(hasty.port) as connection:
        connection.settimeout(20)
        stream = LIVE * (count - 1) + head("GET /health/live HTTP/1.1", "Connection: close")
        received = b""
        connection.setblocking(False)
        finals = 0
        position, idle = 0, 0
        while True:
            try:
                position += connection.send(stream[position : position + 65536])
            except BlockingIOError:
                idle += 1
            except ConnectionError:
                break
            if position < len(stream) and idle < 1:
                continue
            connection.settimeout(10)
            part = connection.recv(65536)
            connection.setblocking(False)
            if not part:
                break
            finals += (received[-12:] + part).count(b"HTTP/1.1 200") - received[-12:].count(b"HTTP/1.1 200")
            received = part
        assert finals == count
    with connect(hasty.port) as connection:
        connection.sendall(LIVE)
        assert receive_one(connection).status == 200
