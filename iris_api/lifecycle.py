"""Where a process stands in its life, and how it takes on another model."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from iris_api.errors import ServiceError
from iris_api.in_flight import InFlight

State = Literal["starting", "ready", "draining"]


@dataclass(frozen=True, slots=True)
class Reload:
    """One attempt to take on the bundle in service.

    ``at_seconds`` is Unix time; ``detail`` is the error's sentence for the log, None after a success; ``warnings`` is what
    is to be said, also for the log, of a bundle that was taken on.
    """

    outcome: Literal["succeeded", "failed"]
    at_seconds: float
    detail: str | None = None
    warnings: tuple[str, ...] = ()


class Lane(NamedTuple):
    """How a request is answered: at once, in less time than handing it to a thread is worth, or in a thread.

    ``max_body_bytes`` is the longest body it may have; 0 says that it has none of its own.
    """

    is_inline: bool
    max_body_bytes: int


@dataclass(slots=True)
class Lifecycle:
    """The state of this process: starting, ready, or draining before its end.

    Parameters
    ----------
    refresh
        Loads the bundle in service and swaps it in; raises, with nothing changed, when it cannot.
    lanes
        How requests (``"POST /v1/predict"``) are answered, where it is not as all others: in a thread, with the longest body
        that the service takes.
    warnings
        What is to be said of the bundle that ``refresh`` took on.
    in_flight
        The requests that this process is answering; each worker has its own.
    """

    refresh: Callable[[], None]
    lanes: Callable[[], Mapping[str, Lane]] = dict
    warnings: Callable[[], tuple[str, ...]] = tuple
    in_flight: InFlight = field(default_factory=InFlight)
    state: State = "starting"
    last_reload: Reload | None = None
    started_seconds: float = field(default_factory=time.time)

    def start(self) -> None:
        """Load the first model and become ready; raises `ServiceError` when there is none to serve."""
        self.refresh()
        self.state = "ready"

    def reload(self) -> Reload:
        """Load the bundle in service again; the model before stays where that fails. Never raises."""
        try:
            self.refresh()
        except ServiceError as error:
            self.last_reload = Reload("failed", time.time(), str(error))
        except Exception as error:  # noqa: BLE001 - an exception that escapes a Gunicorn hook ends the master
            self.last_reload = Reload("failed", time.time(), f"unexpected {type(error).__name__} while loading")
        else:
            self.last_reload = Reload("succeeded", time.time(), warnings=self.warnings())
        return self.last_reload

    def drain(self) -> None:
        """Announce the end: readiness fails from here on while requests are still answered."""
        self.state = "draining"
