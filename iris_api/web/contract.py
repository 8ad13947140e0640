"""What a view promises, declared on the view itself and read by the OpenAPI document."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule

from iris_api.errors import RequestError
from iris_api.inference.models import Models
from iris_api.lifecycle import Lane
from iris_api.wire.served import Served

View = TypeVar("View", bound=Callable[..., Any])
READS_JSON = "json"
MODEL_ARGUMENT = "name"
"""The argument of a route that names a model."""


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


def served_paths(rule: Rule, models: Models[Served]) -> Iterator[tuple[str, str]]:
    """Each path that ``rule`` matches for a served model, with that model's name; one that names none is of the default model."""
    if MODEL_ARGUMENT not in rule.arguments:
        yield rule.rule, models.default
        return
    for name in models:
        yield rule.rule.replace(f"<{MODEL_ARGUMENT}>", name), name


def lanes(app: Flask, models: Models[Served]) -> dict[str, Lane]:
    """The requests of ``app``, by method and path, that are answered at once or take no more than a row."""
    found: dict[str, Lane] = {}
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "contract", None)
        if contract is None or rule.arguments - {MODEL_ARGUMENT} or not (contract.inline or contract.takes == "row"):
            continue
        for path, name in served_paths(rule, models):
            lane = _lane(contract, models[name].current)
            found |= {f"{method} {path}": lane for method in rule.methods or ()}
    return found


def _lane(contract: Contract, served: Served) -> Lane:
    if not contract.takes:
        return Lane(contract.inline, 0)
    return Lane(contract.inline and served.predictor.is_quick, served.max_row_bytes)
