"""Where a process stands in its life, and how it takes on other bundles of its models."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from iris_api.errors import ServiceError
from iris_api.in_flight import InFlight

State = Literal["starting", "ready", "draining"]


@dataclass(frozen=True, slots=True)
class Reload:
    """One attempt to take on a model's bundle in service.

    ``at_seconds`` is Unix time; ``detail`` is the error's sentence for the log, None after a success; ``warnings`` is what
    is to be said, also for the log, of a bundle that was taken on.
    """

    outcome: Literal["succeeded", "failed"]
    at_seconds: float
    detail: str | None = None
    warnings: tuple[str, ...] = ()


class Refreshable(Protocol):
    """A model that loads its bundle in service and swaps it in."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said, for the log, of the bundle that was taken on last."""
        ...

    def refresh(self) -> None:
        """Take on the bundle in service; raise, with nothing changed, when that cannot be."""
        ...


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
    models
        The models by name, each refreshed by itself.
    lanes
        How requests (``"POST /v1/predict"``) are answered, where it is not as all others: in a thread, with the longest body
        that the service takes.
    in_flight
        The requests that this process is answering; each worker has its own.
    """

    models: Mapping[str, Refreshable]
    lanes: Callable[[], Mapping[str, Lane]] = dict
    in_flight: InFlight = field(default_factory=InFlight)
    state: State = "starting"
    last_reloads: dict[str, Reload] = field(default_factory=dict)
    started_seconds: float = field(default_factory=time.time)

    def start(self) -> None:
        """Load every model and become ready; raises `ServiceError` when one of them cannot be served."""
        for model in self.models.values():
            model.refresh()
        self.state = "ready"

    def reload(self) -> dict[str, Reload]:
        """Load the bundle in service of each model again; one where that fails stays as it was. Never raises. Returns how each went."""
        self.last_reloads = {name: _attempt(model) for name, model in self.models.items()}
        return self.last_reloads

    def drain(self) -> None:
        """Announce the end: readiness fails from here on while requests are still answered."""
        self.state = "draining"


def _attempt(model: Refreshable) -> Reload:
    try:
        model.refresh()
    except ServiceError as error:
        return Reload("failed", time.time(), str(error))
    except Exception as error:  # noqa: BLE001 - an exception that escapes a Gunicorn hook ends the master
        return Reload("failed", time.time(), f"unexpected {type(error).__name__} while loading")
    return Reload("succeeded", time.time(), warnings=model.warnings)
