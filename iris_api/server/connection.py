"""One connection of a client: each request sent down its lane, answers in order, and an end that loses nothing."""

import asyncio
import io
from typing import TYPE_CHECKING, Any, Literal

from iris_api.server.exchange import ClientGone, Exchange
from iris_api.server.refusals import CONTINUE, refusal
from iris_api.server.request_reader import Refused, RequestReader
from iris_api.server.sockets import adopt, choose_read_size, stop_writing
from iris_api.server.wsgi_call import Answer, base_environ

if TYPE_CHECKING:
    from iris_api.server.worker import LaneWorker

Phase = Literal["idle", "head", "body", "busy", "closing"]
STREAM_BYTES = 256 * 1024
LEAST_BYTES_A_SECOND = 500
CLIENT_LEFT = 499
LINGER_SECONDS = 2.0


class Connection(asyncio.Protocol):
    """Answers one request at a time.

    One on an inline route is answered on the loop as soon as its body is whole; any other goes to the worker's pool when its body is
    whole, or ``STREAM_BYTES`` of it wait and a thread is free to read the rest as it comes. The client must have done its part of the
    present phase by ``deadline``; what it has sent of a body pays for the time until ``heard``, so that a trickle falls behind.
    """

    transport: Any = None
    reader: RequestReader
    phase: Phase
    entered = heard = read_at = 0.0
    undelivered = 0

    def __init__(self, worker: "LaneWorker") -> None:
        self._worker = worker
        self.write_deadline: float | None = None
        self._ended = self.is_broken = self.is_kept = self._waits = False
        self._exchange: Exchange | None = None

    def connection_made(self, transport: Any) -> None:
        """Adopt the socket."""
        self.transport = transport
        adopt(transport)
        server, client, tls = map(transport.get_extra_info, ("sockname", "peername", "ssl_object"))
        self.reader = RequestReader(self._worker, base_environ(server, client, "https" if tls else "http"))
        self._enter("idle", self._worker.limits.head_seconds)
        self._worker.opened(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Let go of everything that waits for this client."""
        exchange = self._exchange
        if exchange is not None or (self.phase in ("head", "body") and self.reader.is_complete):
            status, sent_bytes = (exchange.answer.status, exchange.answer.sent_bytes) if exchange is not None else (0, 0)
            self._worker.count_answer(self.reader.environ, status or CLIENT_LEFT, sent_bytes, self.reader.started)
        self.phase = "closing"
        self._forget()
        self._worker.lost(self)

    def data_received(self, data: bytes) -> None:
        """Read on; bytes behind the request that is being answered wait, and no more of them are taken."""
        if self.phase == "body":
            self.heard = min(self._worker.loop.time(), self.heard + len(data) / LEAST_BYTES_A_SECOND)
        if self.phase == "closing" or self.is_broken:
            return
        if self.reader.is_complete:
            self.transport.pause_reading()
        self._feed(data)

    def eof_received(self) -> bool:
        """The client sends no more; what it asked in full is still answered."""
        self._ended = True
        if self._exchange is None:
            self._end_unless_whole()
        elif not self.reader.is_complete:
            self.break_off()
        return (self.phase == "busy" or self._waits or self.write_deadline is not None) and bool(self.transport.can_write_eof())

    def pause_writing(self) -> None:
        """The client reads too slowly: answer no more until it does."""
        self.write_deadline = self._worker.loop.time() + self._worker.limits.body_seconds
        if self._exchange is not None:
            self._exchange.writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self.write_deadline = None
        if self._exchange is not None:
            self._exchange.writable.set()
        elif self.phase != "busy":
            self._worker.loop.call_soon(self.go_on)  # asyncio may not be told to close from in here

    def answer_now(self) -> None:
        """It is this connection's turn in the line."""
        self._waits = False
        if self.phase != "closing":
            self._answer_inline()
            self.go_on()

    def _enter(self, phase: Phase, seconds: float) -> None:
        self.phase, self.undelivered = phase, 0
        self.entered = self.heard = self._worker.loop.time()
        self.deadline = self.entered + seconds

    def _feed(self, data: bytes) -> None:
        try:
            self._read(data)
            self._answer_whole()
            self._ask_for_more()
        except Refused as refused:
            self.break_off(refused.status, refused.detail)
        if self._ended and self._exchange is None:
            self._end_unless_whole()

    def _read(self, data: bytes) -> None:
        if self.phase == "idle" and (data or self.reader.has_begun):
            self._enter("head", self._worker.limits.head_seconds)
        self.reader.feed(data)
        if data and self.reader.is_complete:
            choose_read_size(self.transport, is_plain=False)

    def _answer_whole(self) -> None:
        """Answer what is whole, in order, unless a thread has to; whoever sends thousands at once waits for those who do not."""
        reader, has_answered = self.reader, False
        while reader.is_complete and self.phase in ("head", "body") and self.write_deadline is None and not self._waits:
            if reader.is_inline and (reader.may_wait or has_answered) and not self._worker.line.lets_pass(self):
                self._waits, self.deadline = True, float("inf")
            elif reader.is_inline:
                self._answer_inline()
                if reader.has_rest:
                    self._read(b"")
            else:
                self._to_pool()
            has_answered = True

    def _end_unless_whole(self) -> None:
        """The client sends no more: what is not whole now never will be."""
        if self.phase == "closing" or (self.phase in ("head", "body") and self.reader.is_complete):
            return
        if self.reader.has_begun:
            self.refuse(400)
        else:
            self.end()

    def break_off(self, status: int = 400, detail: str | None = None) -> None:
        """What is being read will never be whole: the application learns it, if it reads along or has begun to answer, else the client."""
        self.is_broken = True
        if self._exchange is not None and (status == 400 or self._exchange.answer.started):
            self._exchange.body.abort()
        else:
            self.refuse(status, detail)

    def _ask_for_more(self) -> None:
        reader, worker = self.reader, self._worker
        if self._exchange is not None and reader.is_complete:
            self._exchange.body.end()
        elif self.phase in ("head", "body") and reader.has_head and not reader.is_complete:
            if self.phase == "head":
                self._enter("body", worker.limits.body_seconds)
                choose_read_size(self.transport, is_plain=not reader.is_chunked)
            # a quick one is short: were it counted, whole bodies that wait for a thread would keep it out
            if not (reader.is_inline or worker.can_hold_body_of(self)):
                raise Refused(503)
            if reader.takes_expectation():
                self.transport.write(CONTINUE)
            if reader.body_bytes >= STREAM_BYTES and not reader.is_inline and worker.pool.can_stream:
                self._to_pool()

    def _keeps(self) -> bool:
        reader = self.reader
        return reader.is_complete and reader.should_keep_alive and (reader.has_rest or not self._ended) and self._worker.may_keep()

    def _answer_inline(self) -> None:
        reader, worker = self.reader, self._worker
        reader.environ["wsgi.input"] = io.BytesIO(reader.take_body())
        answer = Answer(reader.environ, self.transport.write, self._keeps, worker.date)
        try:
            answer.run(worker.wsgi)
        except Exception as error:  # noqa: BLE001 - whatever the application raises must not end the worker
            self.failed(error, answer)
        else:
            self.answered(answer)

    def _to_pool(self) -> None:
        worker = self._worker
        if worker.unsent_bytes > worker.limits.unread_bytes or not worker.pool.has_room:
            raise Refused(503)
        self._exchange, self.phase = Exchange(self, self.reader.environ, self._keeps, worker.date), "busy"
        self.reader.stream_to(self._exchange.body)
        if self.write_deadline is not None:
            self._exchange.writable.clear()
        worker.pool.submit(self._exchange)

    def answered(self, answer: Answer) -> None:
        """An answer has been written in full: be ready for the next request, or end."""
        worker, reader = self._worker, self.reader
        worker.count_answer(reader.environ, answer.status, answer.sent_bytes, reader.started)
        self._exchange = None
        if self.phase == "closing":
            return
        if not (answer.keep_alive and reader.is_complete) or (self._ended and not reader.has_rest):
            self.end()
            return
        reader.next()
        self.is_kept = True
        self._enter("idle", worker.keep_alive_seconds)

    def go_on(self) -> None:
        """Look at what has come meanwhile; no more is read while a request waits."""
        if self.phase != "closing":
            self._feed(b"")
            if not self.reader.is_complete:
                self.transport.resume_reading()

    def failed(self, error: BaseException, answer: Answer) -> None:
        """The application raised: say so if nothing was sent yet, else only the end of the connection can tell."""
        worker, reader = self._worker, self.reader
        self._exchange = None
        is_gone = isinstance(error, ClientGone)
        if not is_gone:
            worker.report(reader.environ, error)
        if answer.started:
            worker.count_answer(reader.environ, answer.status, answer.sent_bytes, reader.started)
            self.phase = "closing"
            self.transport.abort()
        elif self.phase != "closing":
            self.refuse(400 if is_gone else 500)

    def _forget(self) -> None:
        """Nobody waits for the request any more."""
        self.reader.forget_body()
        if self._exchange is not None:
            self._worker.pool.withdraw(self._exchange)
            self._exchange = None

    def refuse(self, status: int, detail: str | None = None, *, lingers: bool = True) -> None:
        """Answer with a refusal instead of what is being read or waited for, and end."""
        self._forget()
        head, body = refusal(status, self.reader.environ, detail, in_body=self.reader.has_head)
        self.transport.write(head + body)
        self._worker.count_answer(self.reader.environ, status, len(body), self.reader.started or self._worker.loop.time())
        self.end(lingers=lingers)

    def end(self, *, lingers: bool = True) -> None:
        """Close so that the client can still read the last answer: stop writing, and throw away what it sends for a while."""
        self.reader.forget_body()
        self._enter("closing", LINGER_SECONDS)
        stop_writing(self.transport, lingers=lingers and not self._ended)
