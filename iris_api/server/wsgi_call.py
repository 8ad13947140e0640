"""PEP 3333 between bytes and an application: the environ, ``start_response``, and the framing of the answer."""

import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Result = TypeVar("Result")

MAX_CACHED_BYTES = 256
_STATUS = re.compile(r"[2-9][0-9]{2} [^\x00-\x1f\x7f]*")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "date",
        "server",
    )
)


def _cached(convert: Callable[[bytes], Result]) -> Callable[[bytes], Result]:
    """Remember the results of short arguments: of long ones, clients could send enough to fill the memory."""
    remembered = lru_cache(maxsize=1024)(convert)
    return lambda sent: remembered(sent) if len(sent) <= MAX_CACHED_BYTES else convert(sent)


@_cached
def _environ_name(name: bytes) -> str:
    text = name.decode("latin-1").upper().replace("-", "_")
    return text if text in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + text


@lru_cache(maxsize=1024)
def _lowered(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the application's header {name!r} is no header")
    return name.lower()


@_cached
def _split(target: bytes) -> tuple[str, str, str]:
    """The raw target as text, its unquoted path and its query."""
    raw = target.decode("latin-1")
    path, _, query = target.partition(b"#")[0].partition(b"?")
    if not path.startswith(b"/") and b"://" in path:
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    return raw, unquote_to_bytes(path).decode("latin-1"), query.decode("latin-1")


def base_environ(server: Any, client: Any, scheme: str) -> Environ:
    """What every request of one connection has in common; addresses as the socket gives them."""
    is_pair = isinstance(server, tuple)
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "SERVER_SOFTWARE": "gunicorn",
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0] if is_pair else "localhost",
        "SERVER_PORT": str(server[1]) if is_pair else "80",
        "REMOTE_ADDR": client[0] if isinstance(client, tuple) else "",
    }


def complete_environ(environ: Environ, method: bytes, target: bytes, version: tuple[int, int], headers: list[tuple[bytes, bytes]]) -> str:
    """Add one request to ``environ`` and return its path. Names with an underscore are dropped: they could pose as others."""
    environ["REQUEST_METHOD"] = method.decode("latin-1")
    environ["SERVER_PROTOCOL"] = "HTTP/1.1" if version == (1, 1) else "HTTP/1.0"
    environ["RAW_URI"], environ["PATH_INFO"], environ["QUERY_STRING"] = _split(target)
    for name, value in headers:
        if b"_" in name:
            continue
        key, text = _environ_name(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return str(environ["PATH_INFO"])


class Answer:
    """One response: collects the head, frames the body, and hands finished bytes to ``send``.

    Parameters
    ----------
    environ
        The request it answers.
    send
        Takes bytes for the client, in order.
    keeps
        Says, when the head is made, whether the connection may be kept after it. ``keep_alive`` is what became of it.
    date
        The ``Date`` and ``Server`` lines.
    """

    __slots__ = (
        "_chunked",
        "_date",
        "_environ",
        "_head",
        "_keeps",
        "_left",
        "_omits_body",
        "_send",
        "keep_alive",
        "sent_bytes",
        "started",
        "status",
    )

    def __init__(self, environ: Environ, send: Callable[[bytes], None], keeps: Callable[[], bool], date: bytes) -> None:
        self._environ, self._send, self._keeps, self._date = environ, send, keeps, date
        self.keep_alive = False
        self._head: tuple[str, Headers] | None = None
        self._left: int | None = None
        self._chunked = self._omits_body = self.started = False
        self.status = 0
        self.sent_bytes = 0

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
        """PEP 3333's ``start_response``."""
        if exc_info:
            try:
                if self.started:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._head is not None:
            raise AssertionError("start_response was called twice without exc_info")
        if not _STATUS.fullmatch(status):
            raise ValueError(f"{status!r} is no status line")
        self._head = (status, list(headers))
        return self.write

    def run(self, app: App) -> None:
        """Call ``app`` and send all of its answer; its iterable is closed whatever happens."""
        result = app(self._environ, self.start_response)
        try:
            known = len(result) if isinstance(result, list | tuple) else None
            for part in result:
                if part:
                    self._write(part, only=known == 1)
            self._finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def write(self, part: bytes) -> None:
        """PEP 3333's old-style ``write``."""
        self._write(part, only=False)

    def _write(self, part: bytes, only: bool) -> None:
        if not isinstance(part, bytes):
            raise TypeError(f"the application's body has a {type(part).__name__} in it, not bytes")
        head = b"" if self.started else self._start(len(part) if only else None)
        if self._omits_body:
            part = b""
        elif self._left is not None:
            part = part[: self._left]
            self._left -= len(part)
        self.sent_bytes += len(part)
        if self._chunked and part:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        if head or part:
            self._send(head + part if head else part)

    def _finish(self) -> None:
        if not self.started:
            self._send(self._start(0))
        elif self._chunked:
            self._send(b"0\r\n\r\n")
        if self._left and not self._omits_body:
            # less came than was promised: only the end of the connection can tell the client
            self.keep_alive = False

    def _start(self, length: int | None) -> bytes:
        if self._head is None:
            raise AssertionError("the application sent a body before start_response")
        status, headers = self._head
        self.status = int(status[:3])
        self._omits_body = self._environ["REQUEST_METHOD"] == "HEAD" or self.status in (204, 304)
        self.keep_alive = self._keeps()
        lines = [f"HTTP/1.1 {status}\r\n"]
        declared = None
        for name, value in headers:
            lowered = _lowered(name)
            if not value.isprintable() and _BAD_VALUE.search(value):
                raise ValueError(f"the application's header {name!r} has a value that no header may have")
            if lowered == "content-length":
                if declared is not None or not _LENGTH.fullmatch(value):
                    raise ValueError("the application's Content-Length is not one number")
                declared = int(value)
                if self.status == 204:
                    continue
            elif lowered in _OURS:
                self.keep_alive = self.keep_alive and not (lowered == "connection" and "close" in value.lower())
                continue
            lines.append(f"{name}: {value}\r\n")
        self._frame(declared, length, lines)
        lines.append("Connection: keep-alive\r\n" if self.keep_alive else "Connection: close\r\n")
        head = "".join(lines).encode("latin-1") + self._date
        self.started = True
        return head

    def _frame(self, declared: int | None, length: int | None, lines: list[str]) -> None:
        self._left = declared
        if declared is not None or self._omits_body:
            return
        if length is not None:
            self._left = length
            lines.append(f"Content-Length: {length}\r\n")
        elif self._environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            self._chunked = True
            lines.append("Transfer-Encoding: chunked\r\n")
        else:
            self.keep_alive = False
