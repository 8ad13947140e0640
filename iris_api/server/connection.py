"""One connection of a client: each request sent down its lane, answers in order, and an end that loses nothing."""

import asyncio
import io
from typing import TYPE_CHECKING, Any, Literal

from iris_api.server.exchange import ClientGone, Exchange
from iris_api.server.refusals import CONTINUE, refusal
from iris_api.server.request_reader import Refused, RequestReader
from iris_api.server.sockets import adopt, read_body, stop_writing
from iris_api.server.wsgi_call import Answer, base_environ

if TYPE_CHECKING:
    from iris_api.server.worker import LaneWorker

Phase = Literal["idle", "head", "body", "busy", "closing"]
STREAM_BYTES = 256 * 1024
LINGER_SECONDS = 2.0


class Connection(asyncio.Protocol):
    """Answers one request at a time.

    One on an inline route is answered on the loop as soon as its body is whole; any other goes to the worker's pool when its
    body is whole or ``STREAM_BYTES`` of it wait. The client must have done its part of the present phase by ``deadline``.
    """

    def __init__(self, worker: "LaneWorker") -> None:
        self._worker = worker
        self.transport: Any = None
        self._reader: RequestReader = RequestReader(worker, {})
        self.phase: Phase = "idle"
        self.deadline = worker.loop.time() + worker.limits.head_seconds
        self._write_deadline: float | None = None
        self._rest = b""
        self._ended = self._is_broken = self._waits = False
        self._exchange: Exchange | None = None

    def connection_made(self, transport: Any) -> None:
        """Adopt the socket."""
        self.transport = transport
        adopt(transport)
        server, client, tls = map(transport.get_extra_info, ("sockname", "peername", "ssl_object"))
        self._reader = RequestReader(self._worker, base_environ(server, client, "https" if tls else "http"))
        self._worker.opened(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Let go of everything that waits for this client."""
        self.phase = "closing"
        self._reader.forget_body()
        self._forget_exchange()
        self._worker.lost(self)

    def data_received(self, data: bytes) -> None:
        """Read on; bytes behind the request that is being answered wait, and no more of them are taken."""
        if self.phase == "closing" or self._is_broken:
            return
        if self.phase == "idle":
            self._begin()
        elif self._reader.is_complete:
            self.transport.pause_reading()
        self._feed(data)

    def eof_received(self) -> bool:
        """The client sends no more; what it asked in full is still answered."""
        self._ended = True
        if self._exchange is None:
            self._end_unless_whole()
        elif not self._reader.is_complete:
            self._break_off()
        return (self.phase == "busy" or self._waits or self._write_deadline is not None) and bool(self.transport.can_write_eof())

    def pause_writing(self) -> None:
        """The client reads too slowly: answer no more until it does."""
        self._write_deadline = self._worker.loop.time() + self._worker.limits.body_seconds
        if self._exchange is not None:
            self._exchange.writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self._write_deadline = None
        if self._exchange is not None:
            self._exchange.writable.set()
        elif self.phase != "busy":
            self._worker.loop.call_soon(self.go_on)  # asyncio may not be told to close from in here

    def sweep(self, now: float) -> None:
        """End the connection if the client is late with its part."""
        if self._write_deadline is not None and now > self._write_deadline:
            self.transport.abort()
        elif now <= self.deadline or self._write_deadline is not None:
            return
        elif self.phase == "closing":
            if not self.transport.get_write_buffer_size() or now > self.deadline + self._worker.limits.body_seconds:
                self.transport.abort()
        elif not self._reader.has_begun:
            self._end()
        elif self._exchange is None or not (self._reader.is_complete or self._is_broken):
            self._break_off(408)

    def hurry(self, deadline: float) -> None:
        """The worker ends: an idle client may send one more request until ``deadline``."""
        if self.phase == "idle":
            self.deadline = min(self.deadline, deadline)

    def answer_now(self) -> None:
        """It is this connection's turn in the line."""
        self._waits = False
        if self.phase != "closing":
            self._answer_inline()
            self.go_on()

    def _begin(self) -> None:
        self.phase = "head"
        self.deadline = self._worker.loop.time() + self._worker.limits.head_seconds

    def _feed(self, data: bytes) -> None:
        reader = self._reader
        try:
            self._take_up_rest()
            reader.feed(data)
            answered = False
            while reader.is_complete and self.phase in ("head", "body") and self._write_deadline is None and not self._waits:
                # whoever sends thousands at once waits for those who do not
                if reader.is_inline and (reader.may_wait or answered) and not self._worker.line.lets_pass(self):
                    self._waits, self.deadline = True, float("inf")
                    return
                self._answer_inline() if reader.is_inline else self._to_pool()
                self._take_up_rest()
                answered = True
            self._ask_for_more()
        except Refused as refused:
            self.refuse(refused.status, refused.detail) if self._exchange is None else self._break_off()
        if self._ended and self._exchange is None:
            self._end_unless_whole()

    def _end_unless_whole(self) -> None:
        """The client sends no more: what is not whole now never will be."""
        if self.phase != "closing" and not (self.phase in ("head", "body") and self._reader.is_complete):
            self.refuse(400) if self._reader.has_begun else self._end()

    def _break_off(self, status: int = 400) -> None:
        """The body that a thread is reading will never be whole: the application learns it, or the client if the thread only waits."""
        self._is_broken = True
        if self._exchange is not None and (status == 400 or self._exchange.has_written):
            self._exchange.body.abort()
            self._worker.pool.schedule()
        else:
            self.refuse(status)

    def _take_up_rest(self) -> None:
        """Begin with what a client sent behind its last request, without waiting for the answer."""
        if self._rest and self.phase == "idle":
            rest, self._rest = self._rest, b""
            self._begin()
            self._reader.feed(rest)

    def _ask_for_more(self) -> None:
        reader = self._reader
        if self._exchange is not None and reader.is_complete and not self._exchange.body.is_whole:
            self._exchange.body.end()
            self._worker.pool.schedule()
        elif self.phase in ("head", "body") and reader.has_head and not reader.is_complete:
            if self.phase == "head":
                self.phase = "body"
                self.deadline = self._worker.loop.time() + self._worker.limits.body_seconds
                read_body(self.transport, is_plain=not reader.is_chunked)
            if self._worker.unread_bytes > self._worker.limits.unread_bytes:
                raise Refused(503)
            if reader.takes_expectation():
                self.transport.write(CONTINUE)
            if reader.body_bytes >= STREAM_BYTES and not reader.is_inline:
                self._to_pool()

    def _keeps(self) -> bool:
        reader = self._reader
        return reader.is_complete and reader.should_keep_alive and (reader.has_rest or not self._ended) and self._worker.may_keep()

    def _answer_inline(self) -> None:
        reader, worker = self._reader, self._worker
        reader.environ["wsgi.input"] = io.BytesIO(reader.take_body())
        answer = Answer(reader.environ, self.transport.write, self._keeps, worker.date)
        try:
            answer.run(worker.wsgi)
        except Exception as error:  # noqa: BLE001 - whatever the application raises must not end the worker
            self.failed(error, answer.started)
        else:
            self.answered(answer)

    def _to_pool(self) -> None:
        exchange = Exchange(self, self._reader.environ, self._keeps, self._worker.date)
        self._reader.stream_to(exchange.body)
        if self._worker.unsent_bytes > self._worker.limits.unread_bytes or not self._worker.pool.submit(exchange):
            raise Refused(503)
        if self._write_deadline is not None:
            exchange.writable.clear()
        self._exchange, self.phase = exchange, "busy"

    def answered(self, answer: Answer) -> None:
        """An answer has been written in full: be ready for the next request, or end."""
        worker, reader = self._worker, self._reader
        worker.count_answer(reader.environ, answer.status, answer.sent_bytes, reader.started)
        self._exchange = None
        if self.phase == "closing":
            return
        if not (answer.keep_alive and reader.is_complete) or (self._ended and not reader.has_rest):
            self._end()
            return
        self._rest, self.phase = reader.next(), "idle"
        read_body(self.transport, is_plain=False)
        self.deadline = worker.loop.time() + worker.keep_alive_seconds

    def go_on(self) -> None:
        """After an answer from the pool: read on."""
        if self.phase != "closing":
            self.transport.resume_reading()
            self._feed(b"")

    def failed(self, error: BaseException, has_sent: bool) -> None:
        """The application raised: say so if nothing was sent yet, else only the end of the connection can tell."""
        self._exchange = None
        is_gone = isinstance(error, ClientGone)
        if not is_gone:
            self._worker.report(self._reader.environ, error)
        if has_sent:
            self.phase = "closing"
            self.transport.abort()
        elif self.phase != "closing":
            self.refuse(400 if is_gone else 500)

    def _forget_exchange(self) -> None:
        if self._exchange is not None:
            self._worker.pool.withdraw(self._exchange)
            self._exchange = None

    def refuse(self, status: int, detail: str | None = None) -> None:
        """Answer with a refusal instead of what is being read or waited for, and end."""
        self._forget_exchange()
        reader = self._reader
        reader.forget_body()
        head, body = refusal(status, reader.environ, detail, in_body=reader.has_head)
        self.transport.write(head + body)
        self._worker.count_answer(reader.environ, status, len(body), reader.started or self._worker.loop.time())
        self._end()

    def _end(self) -> None:
        """Close so that the client can still read the last answer: stop writing, and throw away what it sends for a while."""
        self.phase = "closing"
        self.deadline = self._worker.loop.time() + LINGER_SECONDS
        stop_writing(self.transport, client_has_ended=self._ended)
