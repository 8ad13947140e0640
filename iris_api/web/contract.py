"""What a view promises, declared on the view itself and read by the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask
from pydantic import BaseModel

from iris_api.errors import RequestError
from iris_api.lifecycle import Lane

View = TypeVar("View", bound=Callable[..., Any])
READS_JSON = "json"


@dataclass(frozen=True, slots=True)
class Contract:
    """One operation: what it takes and gives, and how it refuses.

    ``takes`` is one row, a batch of rows, or nothing; ``errors`` are what its view may raise. ``inline`` says that it is
    answered at once, without waiting for anything; one that takes a row is so only while the model is quick.
    """

    summary: str
    gives: type[BaseModel]
    takes: Literal["row", "rows"] | None = None
    errors: tuple[type[RequestError], ...] = ()
    may_be_unready: bool = False
    deprecated: bool = False
    inline: bool = False


def promises(contract: Contract) -> Callable[[View], View]:
    """Attach ``contract`` to a view."""

    def attach(view: View) -> View:
        view.contract = contract  # type: ignore[attr-defined]  # a function takes any attribute
        return view

    return attach


def lanes(app: Flask, model_is_quick: bool, max_row_bytes: int) -> dict[str, Lane]:
    """The requests of ``app``, by method and path, that are answered at once or take no more than a row."""
    found: dict[str, Lane] = {}
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "contract", None)
        if contract is None or rule.arguments or not (contract.inline or contract.takes == "row"):
            continue
        is_inline = contract.inline and (model_is_quick or not contract.takes)
        for method in rule.methods or ():
            found[f"{method} {rule.rule}"] = Lane(is_inline, max_row_bytes if contract.takes else 0)
    return found
