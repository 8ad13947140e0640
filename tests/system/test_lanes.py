"""Both lanes of a real worker: PEP 3333, streams in both directions, shedding, and connections spread over workers."""

import hashlib
import json
import time
from contextlib import ExitStack

import psutil
import pytest

from tests.servers import Server, until
from tests.system.wire import LIVE, connect, head, receive_all, receive_one, replies, statuses, talk

pytestmark = [pytest.mark.system, pytest.mark.lanes]


class SmallServer(Server):
    app = "tests.server.apps:app"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lanes")
    with SmallServer(folder, folder / "log", WEB_CONCURRENCY="1", IRIS_MAX_WAITING="4", IRIS_MAX_BATCH_BYTES=str(2**25)) as running:
        yield running


def send(path: str, body: bytes) -> bytes:
    return head(f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}", "Connection: close") + body


@pytest.mark.parametrize("lane", ["", "/inline"])
def test_both_lanes_hold_to_pep_3333(server, lane) -> None:
    body = b"one\ntwo\nthree" * 100
    [read], [lines] = talk(server.port, send(lane + "/read", body)), talk(server.port, send(lane + "/lines", body))
    assert read.body.decode() == hashlib.sha256(body).hexdigest()
    assert int(lines.body) == len(body)


@pytest.mark.parametrize("lane", ["", "/inline"])
def test_an_exception_is_a_500_problem(server, lane) -> None:
    [reply] = talk(server.port, head(f"GET {lane}/raise HTTP/1.1", "X-Request-ID: oops"))
    assert (reply.status, reply.fields["x-request-id"]) == (500, "oops")
    assert "LookupError" not in reply.body.decode()


def test_a_large_body_is_streamed_within_bounded_memory(server) -> None:
    body = bytes(range(256)) * 4096 * 20
    [worker] = psutil.Process(server.process.pid).children()
    before = worker.memory_info().rss
    [reply] = talk(server.port, send("/read", body))
    assert reply.body.decode() == hashlib.sha256(body).hexdigest()
    assert worker.memory_info().rss - before < 12 * 1024**2


def test_a_large_answer_waits_for_its_reader(server) -> None:
    [worker] = psutil.Process(server.process.pid).children()
    before = worker.memory_info().rss
    with connect(server.port) as connection:
        connection.sendall(head("GET /big HTTP/1.1", "Connection: close"))
        for _ in range(20):
            assert statuses(talk(server.port, head("GET /ok HTTP/1.1", "Connection: close"))) == [200]
        assert worker.memory_info().rss - before < 12 * 1024**2
        [reply] = replies(receive_all(connection))
    assert len(reply.body) == 65536 * 1024


@pytest.mark.parametrize("size", [0, 400_000], ids=["small", "long enough to be streamed"])
def test_more_than_can_wait_is_shed_and_the_loop_still_answers(server, size) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server.port)) for _ in range(16)]
        for number, client in enumerate(clients):
            client.sendall(send("/wait", b" " * size if number > 4 else b""))
        assert statuses(talk(server.port, head("GET /inline/ok HTTP/1.1", "Connection: close"))) == [200]
        clients[-1].settimeout(2)  # it is told at once, not when it has waited
        found = [replies(receive_all(client))[0] for client in reversed(clients)]
    assert sorted(statuses(found)) == [200] * 8 + [503] * 8
    assert {reply.fields["retry-after"] for reply in found if reply.status == 503} == {"1"}


@pytest.mark.parametrize("size", [0, 400_000], ids=["small", "long enough to be streamed"])
def test_stalled_uploads_never_take_the_last_thread(server, size) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(connect(server.port))
            client.sendall(send("/read", b" " * 400_000)[:-1])
        for _ in range(20):
            started = time.monotonic()
            assert statuses(talk(server.port, send("/read", b" " * size))) == [200]
            assert time.monotonic() - started < 2


def test_no_other_event_loop_is_taken_whatever_is_installed_or_asked_for(trained, tmp_path) -> None:
    (tmp_path / "uvloop.py").write_text("def new_event_loop(): raise AssertionError('taken')\n")
    with Server(trained("iris"), tmp_path / "log", "--asgi-loop", "uvloop", PYTHONPATH=str(tmp_path)) as server:
        assert statuses(talk(server.port, head("GET /health/live HTTP/1.1", "Connection: close"))) == [200]


@pytest.mark.parametrize("workers", [2, 4])
def test_kept_connections_are_spread_over_the_workers(trained, tmp_path, workers) -> None:
    with Server(trained("iris"), tmp_path / "log", WEB_CONCURRENCY=str(workers)) as server:
        server.until_all_serve(workers)
        for count in (8, 16, 64):
            until(lambda: server.connections() == 0, "the connections before being gone")
            with ExitStack() as stack:
                pids = []
                for client in [stack.enter_context(connect(server.port)) for _ in range(count)]:
                    client.sendall(LIVE.replace(b"/health/live", b"/health"))
                    pids.append(json.loads(receive_one(client).body)["worker"])
            assert max(map(pids.count, pids)) <= 1.5 * count / workers
