"""A service with fewer file descriptors than connections: silent clients do not keep health out."""

import socket
from contextlib import ExitStack

import pytest

from tests.servers import Server, until

pytestmark = [pytest.mark.system, pytest.mark.lanes]
CLIENTS = 600


class FewDescriptors(Server):
    """A service whose processes may open 256 files."""

    prefix = ("prlimit", "--nofile=256:256", "--")


def test_silent_clients_do_not_keep_health_out(artifacts, tmp_path):
    with FewDescriptors(artifacts, tmp_path / "log", WEB_CONCURRENCY="1") as server, ExitStack() as clients:
        assert any("a worker holds at most 208 connections instead of 1000 (IRIS_MAX_CONNECTIONS)" in str(line) for line in server.lines())
        for _ in range(CLIENTS):
            clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        until(lambda: server.connections() > 150, "many connections held")
        for _ in range(5):
            assert server.get("/health").elapsed.total_seconds() < 4
        assert not any("cannot accept" in str(line) for line in server.lines())
