"""The second lane's threads and the line before them."""

import asyncio
import subprocess
import sys
import threading

import pytest

from iris_api.server.pool import GIVE_BACK_SECONDS, Pool
from tests.server.exchanges import Client, exchange, settled
from tests.server.heap import HOLES_MIB, anonymous_mib, with_holes
from tests.servers import PROJECT


def test_the_line_is_bounded_and_streams_leave_a_thread_free() -> None:
    gate = threading.Event()

    def app(environ, start_response):
        if environ.get("streams"):
            environ["wsgi.input"].read()
        else:
            gate.wait(10)
        start_response("200 OK", [])
        return [b"x"]

    async def run() -> None:
        pool, client = Pool(app, 2, 1, 5.0), Client()
        stream = exchange(client, whole=False)
        stream.answer._environ["streams"] = True
        assert pool.can_stream
        pool.submit(stream)
        assert (pool.can_stream, pool.has_room) == (False, True)
        pool.submit(exchange(client))
        assert pool.has_room
        pool.submit(exchange(client))
        assert not pool.has_room
        stream.body.end()
        assert not pool.can_stream
        gate.set()
        await settled(lambda: client.outcomes == [200] * 3)
        assert pool.can_stream
        pool.stop()

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="reads proc(5)")
def test_memory_that_answers_left_behind_is_given_back_while_the_worker_runs() -> None:
    # in a process of its own: what other tests left behind would be given back at any moment
    program = "from tests.server.test_pool import answer_with_holes; answer_with_holes()"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def answer_with_holes() -> None:
    """Answer with memory in holes, and fail unless it is given back when it is time, and not before."""
    kept = []

    def app(environ, start_response):
        kept.append(with_holes())
        start_response("200 OK", [])
        return [b"x"]

    async def run() -> None:
        pool, client, loop = Pool(app, 2, 1, 5.0), Client(), asyncio.get_running_loop()
        pool.submit(exchange(client))
        await settled(lambda: client.outcomes == [200])
        held = anonymous_mib()
        pool.tick(loop.time())
        assert anonymous_mib() > held - HOLES_MIB / 2
        pool.tick(loop.time() + GIVE_BACK_SECONDS)
        await settled(lambda: anonymous_mib() < held - HOLES_MIB / 2)
        pool.stop()

    asyncio.run(run())
