"""How a connection stops, whatever its client has done meanwhile."""

import asyncio
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from iris_api.server.sockets import (
    BODY_READ_BYTES,
    PARTS_READ_BYTES,
    adopt,
    choose_read_size,
    stop_writing,
    undelivered_bytes,
    unsent_bytes,
)


class Served(asyncio.Protocol):
    """A server's side of one connection, which reads nothing by itself."""

    def connection_made(self, transport) -> None:
        self.transport = transport
        adopt(transport)
        transport.pause_reading()


async def connected() -> tuple[Served, socket.socket]:
    ours, theirs = socket.socketpair()
    _, served = await asyncio.get_running_loop().create_connection(Served, sock=ours)
    return served, theirs


def test_little_is_read_at_a_time_but_of_a_plain_body() -> None:
    async def run() -> None:
        served, client = await connected()
        with client:
            assert served.transport.max_size == PARTS_READ_BYTES
            choose_read_size(served.transport, is_plain=True)
            assert served.transport.max_size == BODY_READ_BYTES
            choose_read_size(served.transport, is_plain=False)
            assert served.transport.max_size == PARTS_READ_BYTES
            served.transport.abort()

    asyncio.run(run())


@pytest.mark.parametrize("lingers", [True, False])
def test_the_client_reads_the_end(lingers) -> None:
    async def run() -> None:
        served, client = await connected()
        with client:
            served.transport.write(b"last")
            stop_writing(served.transport, lingers=lingers)
            assert client.recv(10) == b"last"
            await asyncio.sleep(0)
            assert client.recv(10) == b""
            assert served.transport.is_closing() != lingers
            served.transport.abort()

    asyncio.run(run())


def test_a_client_that_has_gone_is_no_failure() -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            ours, _ = listener.accept()
            ours.setblocking(False)
            _, served = await asyncio.get_running_loop().create_connection(Served, sock=ours)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            stop_writing(served.transport, lingers=True)
            assert served.transport.is_closing()

    asyncio.run(run())


def certified(folder: Path) -> ssl.SSLContext:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


@asynccontextmanager
async def tls(folder: Path) -> AsyncIterator[tuple[asyncio.Transport, asyncio.Transport]]:
    """Both sides of an encrypted connection; neither reads by itself."""
    loop = asyncio.get_running_loop()
    made = loop.create_future()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport) -> None:
            made.set_result(transport)

    server = await loop.create_server(Accepted, "127.0.0.1", 0, ssl=certified(folder))
    trusting = ssl.create_default_context(cafile=str(folder / "certificate"))
    client, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname(), ssl=trusting, server_hostname="localhost")
    client.pause_reading()
    async with asyncio.timeout(10):
        transport = await made
    try:
        yield transport, client
    finally:
        transport.abort()
        client.abort()
        server.close()
        await server.wait_closed()


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_what_a_tls_connection_has_encrypted_and_not_sent_counts(tmp_path) -> None:
    async def run() -> None:
        async with tls(tmp_path) as (transport, _):
            written = 32 * 1024**2
            transport.write(bytes(written))
            assert transport.get_write_buffer_size() < written / 2 < unsent_bytes(transport)

    asyncio.run(run())


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_a_tls_connection_whose_socket_is_gone_can_still_be_asked(tmp_path) -> None:
    """asyncio lets go of the socket a round of the loop before it says that the connection is lost."""

    async def run() -> None:
        async with tls(tmp_path) as (transport, client):
            client.abort()
            async with asyncio.timeout(10):
                while transport.get_extra_info("socket") is not None:
                    await asyncio.sleep(0)
            assert undelivered_bytes(transport) == 0

    asyncio.run(run())


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_a_tls_connection_that_stops_twice_can_still_be_asked_and_aborted(tmp_path) -> None:
    """asyncio closes one whose client ended its side by itself, and what is behind a second close would be gone."""

    async def run() -> None:
        async with tls(tmp_path) as (transport, _):
            for _ in range(2):
                stop_writing(transport, lingers=False)
            assert unsent_bytes(transport) >= 0

    asyncio.run(run())
