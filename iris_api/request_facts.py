"""The facts of the request that is being answered, which its line in the log carries.

The application collects them; the server that answers the request logs them together with the status and the time.
"""

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


def note(name: str, fact: Any) -> None:
    """Add a fact to the line of the request that this thread answers; outside a request, do nothing."""
    facts = current_facts.get()
    if facts is not None:
        facts[name] = fact
