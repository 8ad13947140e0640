"""The end of a worker, of all, and of the master: what was accepted is answered, and nobody stays behind."""

import json
import os
import signal
import threading
import time
from contextlib import ExitStack

import pytest

from tests.servers import Server, running, until
from tests.system.wire import BATCH, LIVE, ROW, connect, head, post, receive_all, receive_one, replies, statuses

pytestmark = pytest.mark.system


@pytest.mark.lanes
def test_everything_accepted_is_answered_with_close(trained, tmp_path) -> None:
    """Also what waits in the backlog: a stopped worker accepts nothing until after it has been told to end."""
    with Server(trained("iris"), tmp_path / "log", WEB_CONCURRENCY="1") as server:
        kept = [connect(server.port) for _ in range(4)]
        for connection in kept:
            connection.sendall(LIVE)
            assert receive_one(connection).fields["connection"] == "keep-alive"
        [worker] = server.workers()
        os.kill(worker, signal.SIGSTOP)
        waiting = [connect(server.port) for _ in range(40)]
        for number, connection in enumerate(waiting):
            connection.sendall(post("/v1/predict", ROW) if number % 2 else post("/v1/predict/batch", BATCH))
        for connection in kept[:2]:
            connection.sendall(LIVE)
        server.signal(signal.SIGTERM)
        until(lambda: any("SIGTERM" in line["message"] or "Handling signal" in line["message"] for line in server.lines()), "the signal")
        os.kill(worker, signal.SIGCONT)
        for connection in [*waiting, *kept[:2]]:
            [reply] = replies(receive_all(connection))
            assert reply.status == 200
            assert reply.fields["connection"] == "close" or connection in kept
        for connection in kept[2:]:
            assert connection.recv(1) == b""
        for connection in [*waiting, *kept]:
            connection.close()
        assert server.process.wait(10) == 0


@pytest.mark.lanes
def test_while_draining_it_is_not_ready_and_still_answers(trained, tmp_path) -> None:
    with Server(trained("iris"), tmp_path / "log", WEB_CONCURRENCY="1", IRIS_DRAIN_SECONDS="2") as server:
        with connect(server.port) as connection:
            [worker] = server.workers()
            os.kill(worker, signal.SIGTERM)  # the master's own listener stays open, as it does on a reload
            connection.sendall(head("GET /health/ready HTTP/1.1"))
            until(lambda: _ready(connection) == 503, "readiness failing")
            connection.sendall(post("/v1/predict", ROW))
            reply = receive_one(connection)
            assert (reply.status, reply.fields["connection"]) == (200, "keep-alive")
            assert connection.recv(1) == b""
        until(lambda: not running(worker), "the worker ending")
        assert any(line["message"].startswith("draining: not ready") for line in server.lines())


def _ready(connection) -> int:
    status = receive_one(connection).status
    if status != 503:
        connection.sendall(head("GET /health/ready HTTP/1.1"))
    return status


@pytest.mark.lanes
def test_a_worker_that_is_replaced_is_ready_to_the_last_and_does_not_wait(trained, tmp_path) -> None:
    """A load balancer that saw 503 at a reload would take a service out that goes on."""
    with Server(trained("iris"), tmp_path / "log", IRIS_DRAIN_SECONDS="60") as server:
        before = until(lambda: len(server.workers()) == 2 and server.workers(), "two workers")
        kept = [connect(server.port) for _ in range(4)]
        for connection in kept:
            connection.sendall(LIVE)
            assert receive_one(connection).status == 200
        server.signal(signal.SIGHUP)
        seen = set()
        while any(map(running, before)) and seen <= {200}:
            with connect(server.port) as fresh:
                fresh.sendall(head("GET /health/ready HTTP/1.1"))
                seen.add(receive_one(fresh).status)
            while kept:
                with kept.pop() as connection:
                    connection.sendall(head("GET /health/ready HTTP/1.1"))
                    seen.add(receive_one(connection).status)
        assert seen == {200}


@pytest.mark.lanes
def test_a_worker_that_has_answered_enough_is_ready_to_the_last(trained, tmp_path) -> None:
    with Server(trained("iris"), tmp_path / "log", "--max-requests", "40", IRIS_DRAIN_SECONDS="60") as server:
        before = until(lambda: len(server.workers()) == 2 and server.workers(), "two workers")
        seen = set()
        while any(map(running, before)) and seen <= {200}:
            with connect(server.port) as fresh:
                fresh.sendall(head("GET /health/ready HTTP/1.1"))
                seen.add(receive_one(fresh).status)
        assert seen == {200}
        until(lambda: len(server.workers()) == 2, "two workers again")


@pytest.mark.lanes
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_have_answered_enough_accept_until_their_last_clients_have_gone(trained, tmp_path, workers) -> None:
    """Clients that are idle, and some that upload for long, leave nobody without an answer meanwhile, though they come again and again."""
    settings = {"WEB_CONCURRENCY": str(workers), "IRIS_GRACE_SECONDS": "4"}
    with (
        Server(trained("iris"), tmp_path / "log", "--max-requests", "60", **settings) as server,
        ExitStack() as stack,
    ):
        before = until(lambda: len(server.workers()) == workers and server.workers(), "the workers")
        started = renewed = time.monotonic()
        while time.monotonic() - started < 8:
            if time.monotonic() > renewed:
                renewed += 0.5
                for sent in (LIVE, post("/v1/predict/batch", BATCH)[:-1]):
                    stack.enter_context(connect(server.port)).sendall(sent)
            with connect(server.port, 4) as fresh:
                fresh.sendall(LIVE)
                assert receive_one(fresh).status == 200
        assert not before & server.workers(), "no worker has retired"


@pytest.mark.lanes
def test_a_worker_ends_by_itself_at_the_end_of_its_grace(trained, tmp_path) -> None:
    """Only one that has stopped answering is to be killed: what it knows by then would be lost."""
    with Server(trained("iris"), tmp_path / "log", IRIS_GRACE_SECONDS="1", WEB_CONCURRENCY="1") as server, connect(server.port) as stalled:
        stalled.sendall(post("/v1/predict/batch", BATCH)[:-1])
        [worker] = until(server.workers, "the worker")
        ended = os.pidfd_open(worker)
        server.signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        os.close(ended)
        assert any(line["message"] == f"Worker exiting (pid: {worker})" for line in server.lines())


@pytest.mark.lanes
def test_sigterm_under_load_loses_no_accepted_request(trained, tmp_path) -> None:
    """A client may be refused a connection; one that got it is answered."""
    with Server(trained("iris"), tmp_path / "log") as server:
        lost: list[str] = []
        answered: list[int] = []

        def ask() -> None:
            while True:
                try:
                    connection = connect(server.port)
                except OSError:
                    return
                with connection:
                    try:
                        connection.sendall(post("/v1/predict", ROW, "Connection: close"))
                        answered.extend(statuses(replies(receive_all(connection))))
                    except (OSError, AssertionError) as error:
                        lost.append(repr(error))

        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        until(lambda: len(answered) > 100, "the load")
        server.signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
        for client in clients:
            client.join(10)
        assert set(answered) == {200}
        assert lost == []


class Kept:
    """A client that knows the worker behind its connection, asks without pause, and connects again when it is cut off."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.worker: int | None = None
        self.answers = 0
        self.lost: list[int | None] = []
        self._thread = threading.Thread(target=self._ask)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._port) as connection:
                    connection.sendall(head("GET /health HTTP/1.1"))
                    self.worker = json.loads(receive_one(connection).body)["worker"]
                    while not self._stop.is_set():
                        connection.sendall(post("/v1/predict", ROW))
                        assert receive_one(connection).label == "setosa"
                        self.answers += 1
            except (OSError, AssertionError):
                self.lost.append(self.worker)
                self.worker = None


def test_a_killed_worker_loses_at_most_what_it_had_in_flight(trained, tmp_path) -> None:
    """A client has one request on its way at most; those of the other worker notice nothing."""
    with Server(trained("iris"), tmp_path / "log") as server:
        before = until(lambda: len(server.workers()) == 2 and server.workers(), "two workers")
        clients = [Kept(server.port) for _ in range(8)]
        try:
            for client in clients:
                client.start()
            until(lambda: all(client.answers for client in clients), "every client being answered")
            held = [client.worker for client in clients]
            killed = max(before, key=held.count)
            os.kill(killed, signal.SIGKILL)
            until(lambda: len(server.workers()) == 2 and server.workers() != before, "another worker")
            answers = [client.answers for client in clients]
            until(lambda: all(client.answers > seen for client, seen in zip(clients, answers, strict=True)), "every client going on")
        finally:
            for client in clients:
                client.stop()
    assert [client.lost for client in clients] == [[killed] if worker == killed else [] for worker in held]


def test_workers_end_with_their_master(trained, tmp_path) -> None:
    with Server(trained("iris"), tmp_path / "log") as server, connect(server.port) as idle:
        idle.sendall(LIVE)
        assert receive_one(idle).status == 200
        orphans = until(lambda: len(server.workers()) == 2 and server.workers(), "two workers")
        server.process.kill()
        until(lambda: not any(map(running, orphans)), "the workers ending")
