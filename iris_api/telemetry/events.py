"""What happened, as a fact, and those who are told."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from iris_api.inference.layouts import Rows
from iris_api.inference.predictions import Predictions
from iris_api.inference.signature import Signature


class Predicted(NamedTuple):
    """A request was answered with predictions.

    ``rows`` and ``predictions`` are n, as ``signature`` describes them; ``seconds`` ran from the body's first byte read to the
    answer rendered.
    """

    request_id: str
    model: str
    version: int
    signature: Signature
    rows: Rows
    predictions: Predictions
    seconds: float


Observer = Callable[[Predicted], None]


class Observers:
    """Tells every observer of each prediction; one that fails is counted in ``failures`` and never heard by the client."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers = tuple(observers)
        self.failures = 0

    def tell(self, fact: Predicted) -> None:
        """Pass ``fact`` on. Never raises."""
        for observer in self._observers:
            try:
                observer(fact)
            except Exception:  # noqa: BLE001 - telemetry must never cost a client its answer
                self.failures += 1
