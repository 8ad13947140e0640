"""What a view promises, declared on the view itself and read by the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from iris_api.errors import RequestError

View = TypeVar("View", bound=Callable[..., Any])
READS_JSON = "json"


@dataclass(frozen=True, slots=True)
class Contract:
    """One operation: what it takes and gives, and how it refuses.

    ``takes`` is one row, a batch of rows, or nothing; ``errors`` are what its view may raise.
    """

    summary: str
    gives: type[BaseModel]
    takes: Literal["row", "rows"] | None = None
    errors: tuple[type[RequestError], ...] = ()
    may_be_unready: bool = False
    deprecated: bool = False


def promises(contract: Contract) -> Callable[[View], View]:
    """Attach ``contract`` to a view."""

    def attach(view: View) -> View:
        view.contract = contract  # type: ignore[attr-defined]  # a function takes any attribute
        return view

    return attach
