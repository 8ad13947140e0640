"""The facts of the request that is being answered, which its line in the log carries.

The application collects them; the server that answers the request logs them together with the status and the time.
"""

import logging
import os
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

ENVIRON = "iris_api.facts"
"""Where the facts are in a WSGI environ."""

current_facts: ContextVar[dict[str, Any] | None] = ContextVar("current_facts", default=None)
"""The facts of the request that this thread answers, its ``request_id`` among them; None outside a request."""


@dataclass(slots=True)
class RequestLog:
    """Whether the server of this process logs a line for every request, with its facts."""

    is_written: bool = False


request_log = RequestLog()


class FactRecords:
    """Makes records of one logger with the same message, each with its ``facts``.

    `logging.Logger.info` looks up the thread and the caller for each record, which no line has, and takes twice as long.
    """

    def __init__(self, logger: logging.Logger, message: str) -> None:
        self._logger = logger
        self._template = logger.makeRecord(logger.name, logging.INFO, "", 0, message, (), None).__dict__

    def log(self, facts: dict[str, Any]) -> None:
        """Log a record of now, if the logger takes that level."""
        if self._logger.isEnabledFor(logging.INFO):
            record, now = logging.LogRecord.__new__(logging.LogRecord), time.time()
            record.__dict__.update(self._template, facts=facts, created=now, msecs=now % 1 * 1000, process=os.getpid())
            self._logger.handle(record)


def note(name: str, fact: Any) -> None:
    """Add a fact to the line of the request that this thread answers; outside a request, do nothing."""
    facts = current_facts.get()
    if facts is not None:
        facts[name] = fact
