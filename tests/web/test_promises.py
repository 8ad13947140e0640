"""Schemathesis holds the running application to its own OpenAPI document, with good data, bad data and other methods."""

import functools
import os
from collections import Counter

import schemathesis
from flask import Flask
from schemathesis.engine import events, from_schema

from iris_api.web.render import json_response
from tests.web.wire import call

EXAMPLES = 60 if os.environ.get("CI") else 20
ITSELF = "GET /openapi.json"  # schemathesis leaves out where it read the document; test_openapi.py holds that answer to it


def hold_to_its_document(app: Flask, path: str | None = None) -> tuple[list[str], Counter[str], set[str]]:
    """What broke the contract, how many cases each phase tried, and the operations that were tried; the same on every run."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    schema = schema.include(path=path) if path else schema
    schema.config.seed = 20261122
    schema.config.generation.update(max_examples=EXAMPLES, deterministic=True)
    schema.config.checks.negative_data_rejection.expected_statuses.append("413")
    broken: list[str] = []
    cases: Counter[str] = Counter()
    tried: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, (events.NonFatalError, events.FatalError)):
            broken.append(repr(event))
        if isinstance(event, events.ScenarioFinished):
            tried.add(event.label)
            cases[event.phase.value] += len(event.recorder.cases)
            checks = [check for of_case in event.recorder.checks.values() for check in of_case]
            broken += [f"{event.label}: {check.failure_info.failure}" for check in checks if check.failure_info]
    return broken, cases, tried


def test_nothing_leaves_the_contract(app) -> None:
    broken, cases, tried = hold_to_its_document(app)

    assert broken == []
    described = call(app, "GET", "/openapi.json").json()["paths"]
    assert tried == {f"{method.upper()} {path}" for path, item in described.items() for method in item} - {ITSELF}
    assert cases["examples"] >= 3
    assert cases["coverage"] > 200
    assert cases["fuzzing"] > 5 * EXAMPLES


def test_an_answer_of_another_shape_would_be_seen(fresh) -> None:
    view = fresh.view_functions["v1.model"]
    fresh.view_functions["v1.model"] = functools.wraps(view)(lambda: json_response({"name": "iris"}))

    broken, _, tried = hold_to_its_document(fresh, "/v1/model")

    assert tried == {"GET /v1/model"}
    assert broken
