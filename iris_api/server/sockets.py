"""What a connection does with its socket beside reading and writing: how much at a time, and how it stops."""

import fcntl
import struct
import termios
from asyncio import sslproto
from typing import Any

HIGH_WATER_BYTES = 64 * 1024
PARTS_READ_BYTES = 2 * 1024
TLS_READ_BYTES = 16 * 1024
TLS_WRITE_BYTES = 32 * 1024
BODY_READ_BYTES = 256 * 1024


def adopt(transport: Any) -> None:
    """Bound what waits to be sent, and read little at a time until a body of known length comes."""
    transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)
    choose_read_size(transport, is_plain=False)


def choose_read_size(transport: Any, is_plain: bool) -> None:
    """Read much at a time where a body of known length follows, little where each byte may have to be looked at.

    A head or small chunks take the parser up to two microseconds a byte, in which nobody else is answered. Of a TLS
    transport, `bound_tls_reads` decides.
    """
    transport.max_size = BODY_READ_BYTES if is_plain else PARTS_READ_BYTES


def bound_tls_reads() -> None:
    """Have TLS connections read no more than a record at a time; asyncio has a buffer of 256 KiB for each, and keeps it."""
    sslproto.SSLProtocol.max_size = TLS_READ_BYTES


def write(transport: Any, data: bytes) -> None:
    """Write ``data``; by TLS in pieces, as OpenSSL keeps a buffer as large as the largest."""
    if len(data) <= TLS_WRITE_BYTES or transport.get_extra_info("ssl_object") is None:
        transport.write(data)
        return
    for start in range(0, len(data), TLS_WRITE_BYTES):
        if transport.is_closing():
            return
        transport.write(data[start : start + TLS_WRITE_BYTES])


def unsent_bytes(transport: Any) -> int:
    """How much waits to be sent. Of a TLS transport, also what is encrypted already, which it does not count itself."""
    lower = transport.get_extra_info("ssl_object") and transport._ssl_protocol._transport  # noqa: SLF001 - nothing public says it
    return int(transport.get_write_buffer_size()) + (int(lower.get_write_buffer_size()) if lower else 0)


def undelivered_bytes(transport: Any) -> int:
    """How much has been written that the client's system does not have yet; what the kernel holds for it counts too."""
    made = transport.get_extra_info("socket")
    if made is None or made.fileno() < 0:
        # closed already; a TLS transport has none from a moment before it says so
        return unsent_bytes(transport)
    try:
        (queued,) = struct.unpack("i", fcntl.ioctl(made, termios.TIOCOUTQ, bytes(4)))
    except OSError:
        # a system that does not tell
        queued = 0
    return unsent_bytes(transport) + int(queued)


def stop_writing(transport: Any, lingers: bool) -> None:
    """Tell the client that this was all; without lingering, or where the client has gone, that is the end."""
    if transport.is_closing():
        # asyncio has closed it by itself; a TLS transport that is closed twice loses what it is asked for afterwards
        return
    if not lingers or not transport.can_write_eof():
        transport.close()
        return
    try:
        transport.write_eof()
    except OSError:
        # a client that has gone is noticed here before the loop has read so
        transport.abort()
    else:
        transport.resume_reading()
