"""The end of a worker, of all, and of the master: what was accepted is answered, and nobody stays behind."""

import gc
import json
import os
import signal
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

import pytest

from tests.servers import Server, until
from tests.system.test_reload import load
from tests.system.wire import BATCH, LIVE, ROW, LaneServer, connect, head, post, receive_all, receive_one, replies, statuses

pytestmark = pytest.mark.system


def workers(server: Server) -> set[int]:
    children = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            with open(f"/proc/{pid}/stat") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
            if int(parent) == server.process.pid and state != "Z":
                children.add(int(pid))
    return children


def running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_everything_accepted_is_answered_with_close(trained, tmp_path) -> None:
    """Also what waits in the backlog: a stopped worker accepts nothing until after it has been told to end."""
    with LaneServer(trained("iris"), tmp_path / "log", WEB_CONCURRENCY="1") as server:
        kept = [connect(server.port) for _ in range(4)]
        for connection in kept:
            connection.sendall(LIVE)
            assert receive_one(connection).fields["connection"] == "keep-alive"
        [worker] = workers(server)
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


def test_while_draining_it_is_not_ready_and_still_answers(trained, tmp_path) -> None:
    with LaneServer(trained("iris"), tmp_path / "log", WEB_CONCURRENCY="1", IRIS_DRAIN_SECONDS="2") as server:
        with connect(server.port) as connection:
            [worker] = workers(server)
            os.kill(worker, signal.SIGTERM)  # the master's own listener stays open, as it does on a reload
            connection.sendall(head("GET /health/ready HTTP/1.1"))
            until(lambda: _ready(connection) == 503, "readiness failing")
            connection.sendall(post("/v1/predict", ROW))
            reply = receive_one(connection)
            assert (reply.status, reply.fields["connection"]) == (200, "keep-alive")
            assert connection.recv(1) == b""
        until(lambda: not running(worker), "the worker ending")


def _ready(connection) -> int:
    status = receive_one(connection).status
    if status != 503:
        connection.sendall(head("GET /health/ready HTTP/1.1"))
    return status


def test_sigterm_under_load_loses_no_accepted_request(trained, tmp_path) -> None:
    """A client may be refused a connection; one that got it is answered."""
    with LaneServer(trained("iris"), tmp_path / "log") as server:
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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # http.client leaves a torn answer's socket open
def test_a_killed_worker_loses_at_most_what_it_held(trained, tmp_path, row) -> None:
    with LaneServer(trained("iris"), tmp_path / "log") as server, load(server.port, row) as clients:
        before = until(lambda: len(workers(server)) == 2 and workers(server), "two workers")
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(workers(server)) == 2 and workers(server) != before, "another worker")
        count = len(clients.answers)
        until(lambda: len(clients.answers) > count + 100, "answers")
        assert len(clients.failures) <= 6, clients.failures
    gc.collect()


def test_signals_under_load_lose_nothing(trained, tmp_path, row) -> None:
    with LaneServer(trained("iris"), tmp_path / "log") as server, load(server.port, row) as clients:
        for number, count in ((signal.SIGTTIN, 3), (signal.SIGTTOU, 2), (signal.SIGUSR1, 2), (signal.SIGTTOU, 1), (signal.SIGTTIN, 2)):
            server.signal(number)
            until(lambda count=count: len(workers(server)) == count, f"{count} workers")
            seen = len(clients.answers)
            until(lambda seen=seen: len(clients.answers) > seen + 100, "answers")
    assert clients.failures == []


def test_a_new_master_takes_over_under_load(trained, tmp_path, row) -> None:
    pidfile = tmp_path / "pid"
    with LaneServer(trained("iris"), tmp_path / "log", "--pid", str(pidfile)) as server:
        with load(server.port, row) as clients:
            server.signal(signal.SIGUSR2)
            successor = tmp_path / "pid.2"
            new = int(until(lambda: successor.exists() and successor.read_text().strip(), "the new master"))
            old = workers(server) - {new}
            until(lambda: _asked(server.port) not in old | {None}, "a worker of the new master answering")
            server.signal(signal.SIGTERM)
            server.process.wait(15)
            seen = len(clients.answers)
            until(lambda: len(clients.answers) > seen + 100, "answers of the new master")
        assert clients.failures == []
        os.kill(new, signal.SIGTERM)
        until(lambda: not running(new), "the new master ending")


def _asked(port: int) -> int | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return int(json.loads(connection.getresponse().read())["worker"])
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def test_workers_end_with_their_master(trained, tmp_path) -> None:
    with LaneServer(trained("iris"), tmp_path / "log") as server, connect(server.port) as idle:
        idle.sendall(LIVE)
        assert receive_one(idle).status == 200
        orphans = until(lambda: len(workers(server)) == 2 and workers(server), "two workers")
        server.process.kill()
        until(lambda: not any(map(running, orphans)), "the workers ending")
