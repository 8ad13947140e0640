"""A worker that dies while it answers: the log has the ids of what it was answering, and the service goes on."""

import json
import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.servers import Server, until

pytestmark = pytest.mark.system
IDENTIFIER = "the-request-that-died"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL], ids=lambda number: number.name)
def test_the_log_names_the_requests_that_a_dead_worker_was_answering(artifacts, tmp_path, row, number):
    with Server(artifacts, tmp_path / "log", WEB_CONCURRENCY="1") as server:
        (worker,) = server.workers()
        body = json.dumps({"instances": [row] * 20_000}).encode()
        head = f"POST /v1/predict/batch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nX-Request-ID: {IDENTIFIER}\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
            # the body is not whole, so the thread that reads it is still waiting after this
            assert server.get("/health").status_code == 200
            until(lambda: waits_in_a_thread(worker) and is_read(server.port, client), "a thread that has read what there is of the body")
            os.kill(worker, number)
        until(lambda: [line for line in server.lines() if line.get("request_ids") == [IDENTIFIER]], "the line of the dead worker")
        (line,) = (line for line in server.lines() if line.get("request_ids"))
        assert (line["level"], line["worker"]) == ("ERROR", worker)
        assert "5.1" not in json.dumps(line)
        until(lambda: server.workers() - {worker}, "another worker")
        assert server.get("/health").status_code == 200


def is_read(port: int, client: socket.socket) -> bool:
    """Whether the server has read all that ``client`` has sent: nothing is in the receive queue of its end (proc(5), /proc/net/tcp)."""
    ends = f":{port:04X}", f":{client.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, queues = line.split()[1:5]
        if (local[-5:], remote[-5:]) == ends:
            return queues.endswith(":00000000")
    return False


def waits_in_a_thread(pid: int) -> bool:
    """Whether the process has a thread besides its first one."""
    return len(os.listdir(f"/proc/{pid}/task")) > 1


def test_a_worker_that_ends_in_peace_leaves_no_line(artifacts, tmp_path, row):
    with Server(artifacts, tmp_path / "log", WEB_CONCURRENCY="1") as server:
        assert httpx.post(server.url + "/v1/predict", json=row, trust_env=False, timeout=10).status_code == 200
        (worker,) = server.workers()
        os.kill(worker, signal.SIGTERM)
        until(lambda: server.workers() - {worker}, "another worker")
        assert not [line for line in server.lines() if "request_ids" in line]
