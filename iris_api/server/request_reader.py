"""One client's requests, read strictly and within limits: what is refused is refused before the application hears of it."""

from typing import TYPE_CHECKING

from gunicorn.asgi.parser import ParseError

from iris_api.lifecycle import Lane
from iris_api.server.strict_parser import StrictParser, status_of
from iris_api.server.wsgi_call import Environ, complete_environ

if TYPE_CHECKING:
    from iris_api.server.exchange import BodyStream
    from iris_api.server.worker import LaneWorker

MAX_HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 64 * 1024
INLINE_BYTES = 64 * 1024
POOL = Lane(is_inline=False, max_body_bytes=0)


class Refused(Exception):
    """A request is refused with a status before the application is asked."""

    def __init__(self, status: int, detail: str | None = None) -> None:
        super().__init__(status)
        self.status, self.detail = status, detail


class RequestReader:
    """Takes bytes and holds the request they make.

    ``environ`` is that of the request being read; until its head is whole, only what all of its connection have in common.
    ``is_inline`` is its lane, ``started`` the loop time when its head was complete, and ``body_bytes`` how much of its body has
    come. One that ``may_wait`` stands in line; health never does.
    """

    def __init__(self, worker: "LaneWorker", base: Environ) -> None:
        self._worker, self._base = worker, base
        self._parser = StrictParser(
            on_headers_complete=self._head_complete,
            on_body=self._body_came,
            limit_request_line=worker.cfg.limit_request_line,
            limit_request_fields=worker.cfg.limit_request_fields,
            limit_request_field_size=worker.cfg.limit_request_field_size,
        )
        self._body: list[bytearray] = []
        self._stream: BodyStream | None = None
        self._limit = self._counted_bytes = self._head_bytes = 0
        self.environ = dict(base)
        self.is_inline = self.may_wait = self.has_head = self.expects_continue = False
        self.body_bytes = 0
        self.started = 0.0

    def feed(self, data: bytes) -> None:
        """Read on. Raises `Refused`."""
        try:
            self._parser.feed(data)
        except ParseError as error:
            raise self._refused(status_of(error)) from None
        except ValueError:
            # a Content-Length of more digits than Python turns into a number
            raise self._refused(400) from None
        if not self.has_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                raise self._refused(431)
        elif self.body_bytes + self._parser.missing_chunk_bytes > self._limit:
            # a chunk that declares more than is left of the limit is not waited for
            raise self._too_large()
        elif self._stream is not None:
            self._pass_on(self._stream)
        elif self._body:
            self._count_body()

    @property
    def has_begun(self) -> bool:
        """Whether something of a request has come."""
        return self.has_head or bool(self._parser.has_begun)

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return bool(self._parser.is_chunked)

    @property
    def is_complete(self) -> bool:
        """Whether the request is whole; bytes behind it wait."""
        return bool(self._parser.is_complete)

    @property
    def has_rest(self) -> bool:
        """Whether bytes wait behind a whole request."""
        return self._parser.waiting_bytes > 0

    @property
    def should_keep_alive(self) -> bool:
        """Whether the client wants to ask more over this connection; what follows a CONNECT would be no HTTP (RFC 9931)."""
        # Gunicorn's parser lets the last of several Connection lines win; close is final (RFC 9112, 9.6)
        closes = "close" in self.environ.get("HTTP_CONNECTION", "").lower()
        return bool(self._parser.should_keep_alive) and not closes and self._parser.method != b"CONNECT"

    def takes_expectation(self) -> bool:
        """Whether the client waits to be told that its body is wanted; True once a request."""
        waits, self.expects_continue = self.expects_continue and not self.body_bytes, False
        return waits

    def take_body(self) -> bytes:
        """What has come of the body; it counts against the worker's limit until the request is over."""
        body, self._body = b"".join(self._body), []
        return body

    def stream_to(self, stream: "BodyStream") -> None:
        """Let what has come of the body, and what comes, go to ``stream``."""
        self._pass_on(stream)
        if self.is_complete:
            stream.end()
        else:
            self._count_body()
        self._stream = stream

    def forget_body(self) -> None:
        """Let go of what has come of the body."""
        self._body, self._stream = [], None
        self._count_body()

    def next(self) -> None:
        """Be ready for another request, which begins with the bytes that came behind this one."""
        self.forget_body()
        self._parser.next_message()
        self.has_head, self.expects_continue, self.body_bytes, self._head_bytes = False, False, 0, self._parser.waiting_bytes
        self.environ, self.started = dict(self._base), 0.0

    def _refused(self, status: int) -> Refused:
        """The refusal of a head that is not whole: what is known of it is for the answer, which a HEAD has no body of, and the log."""
        if self._parser.method:
            self.environ.setdefault("REQUEST_METHOD", self._parser.method.decode("latin-1"))
        return Refused(status)

    def _head_complete(self) -> bool:
        parser, worker = self._parser, self._worker
        self.started, self.has_head = worker.loop.time(), True
        path = complete_environ(self.environ, parser.method, parser.path, parser.http_version, parser.headers)
        if parser.is_chunked and self.environ["HTTP_TRANSFER_ENCODING"].lower() != "chunked":
            raise Refused(501)
        lane = worker.lanes.get(f"{self.environ['REQUEST_METHOD']} {path}", POOL)
        self._limit = lane.max_body_bytes or worker.limits.body_bytes
        most_bytes = self._limit if parser.is_chunked else parser.content_length or 0
        # parsing a long body would block the event loop; a route without a body limit is inline only without a body
        self.is_inline = lane.is_inline and most_bytes <= (INLINE_BYTES if lane.max_body_bytes else 0)
        self.may_wait = self.is_inline and most_bytes > 0
        if (parser.content_length or 0) > self._limit:
            raise self._too_large()
        expectation = self.environ.get("HTTP_EXPECT")
        if expectation is not None and parser.http_version == (1, 1):
            if expectation.lower() != "100-continue":
                raise Refused(417)
            self.expects_continue = True
        return False

    def _body_came(self, chunk: bytes) -> None:
        self.body_bytes += len(chunk)
        # of a body that is streamed, the application takes no more than it wants
        if self._stream is None and self.body_bytes > self._limit:
            raise self._too_large()
        # one that grows for long would be copied from place to place, and leave holes in memory
        if not self._body or len(self._body[-1]) >= BLOCK_BYTES:
            self._body.append(bytearray())
        self._body[-1] += chunk

    def _pass_on(self, stream: "BodyStream") -> None:
        for block in self._body:
            stream.feed(block)
        self._body = []

    def _count_body(self) -> None:
        held_bytes = sum(map(len, self._body))
        self._worker.unread_bytes += held_bytes - self._counted_bytes
        self._counted_bytes = held_bytes

    def _too_large(self) -> Refused:
        return Refused(413, f"The body may have at most {self._limit} bytes.")
