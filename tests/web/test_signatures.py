"""Signatures drawn at random: valid rows are answered as the estimator answers, broken ones refused with a pointer, none fails."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from iris_api.inference.columns import Boolean, Category, Column, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame, Matrix
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression, Target
from tests.inference.drawn import IMPOSSIBLE_DAY, encode, names, plain_date, signatures, valid, wrong
from tests.web.served import Served, fitted, serve
from tests.web.wire import assert_problem, call, post

SIGNATURES, BODIES, TRAINING_ROWS = 6, 40, 6
DTYPES = {
    Number: ["float64", "object", "Float64"],
    Integer: ["int64", "Int64", "float64", "int8", "uint16"],
    Boolean: ["bool", "boolean", "object"],
    Text: ["object", "str", "string"],
    Datetime: ["datetime64[us]", "datetime64[ns]", "datetime64[s]"],
}


@st.composite
def dtypes_of(draw, column: Column) -> str:
    if isinstance(column, Category):
        kinds = {bool: ["bool", "object"], int: ["int64", "object"], str: ["object", "str"]}[column.value_type]
        return draw(st.sampled_from(kinds if column.is_open else [*kinds, "category", "category, ordered"]))
    dtype = draw(st.sampled_from(DTYPES[type(column)]))
    return dtype.replace("]", ", UTC]") if getattr(column, "is_zoned", False) else dtype


@st.composite
def drawn_signatures(draw) -> Signature:
    columns = draw(signatures(most=4))
    labels = st.lists(st.text(max_size=3) | st.text(max_size=1), min_size=2, max_size=3, unique=True)
    tasks = [
        st.builds(Classification, classes=labels.map(sorted)),
        st.just(Classification(classes=[False, True])),
        st.just(Classification(classes=[-1, 7])),
        st.lists(names, min_size=1, max_size=2, unique=True).map(lambda given: Regression(targets=[Target(name=name) for name in given])),
    ]
    task = draw(st.one_of(tasks))
    if Matrix().fault(columns) is None and draw(st.booleans()):
        return Signature(inputs=columns, layout=Matrix(), task=task)
    if any(column.kind == "array" for column in columns):
        return Signature(inputs=[column for column in columns if Matrix().fault([column]) is None], layout=Matrix(), task=task)
    dtypes = [draw(dtypes_of(column)) for column in columns]
    layout = Frame(dtypes=dtypes)
    narrow = zip(columns, layout.narrowed(columns), strict=True)
    dtypes = ["float64" if _is_empty(narrowed) else dtype for (_, narrowed), dtype in zip(narrow, dtypes, strict=True)]
    return Signature(inputs=columns, layout=Frame(dtypes=dtypes), task=task)


def _is_empty(column: Column) -> bool:
    return isinstance(column, Integer) and column.range[0] > column.range[1]


def rows_of(columns: list[Column]) -> st.SearchStrategy[list[tuple[Any, Any]]]:
    """Valid rows: for each column its JSON value and what it is read as."""
    return st.tuples(*map(valid, columns)).map(list)


@st.composite
def broken(draw, columns: list[Column], row: list[tuple[Any, Any]]) -> tuple[dict[str, Any], str | None]:
    """``row`` with one thing wrong, and the name at which the fault is; None if that may not be repeated."""
    members = {column.name: value for column, (value, _) in zip(columns, row, strict=True)}
    column = draw(st.sampled_from(columns))
    what = draw(st.sampled_from(["value", "value", "value", "missing", "unknown"]))
    if what == "missing" and not column.nullable:
        del members[column.name]
        return members, column.name
    if what == "unknown":
        name = draw(names.filter(lambda name: name not in members))
        return {**members, name: 1}, None
    return {**members, column.name: draw(wrong(column))}, column.name


def resolve(content: Any, pointer: str) -> list[str]:
    """Follow ``pointer`` (RFC 6901) through ``content``; its parts. Only its last one may lead nowhere."""
    assert pointer.startswith("#")
    parts = [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")[1:]]
    for part in parts[:-1]:
        content = content[int(part)] if isinstance(content, list) else content[part]
    assert not parts or isinstance(content, dict | list)
    return parts


def assert_answered(served: Served, rows: list[list[tuple[Any, Any]]], described: Draft202012Validator) -> None:
    bodies = [{column.name: value for column, (value, _) in zip(served.columns, row, strict=True)} for row in rows]
    # what is missing may be left out
    bodies = [{name: value for name, value in body.items() if value is not None or index % 2} for index, body in enumerate(bodies)]
    expected = served.answers([[read for _, read in row] for row in rows])
    for body, row in zip(bodies, rows, strict=True):
        assert list(described.iter_errors(body)) == []
        reply = post(served.app, "/v1/predict", body)
        assert reply.status == 200, (body, reply)
        answer = reply.json()
        alone = served.answers([[read for _, read in row]])[0]
        assert {name: answer[name] for name in alone} == json.loads(json.dumps(alone))
        assert answer["input"] == {
            column.name: json.loads(json.dumps(plain_date(read))) for column, (_, read) in zip(served.columns, row, strict=True)
        }
    reply = post(served.app, "/v1/predict/batch", {"instances": bodies})
    assert reply.status == 200, (bodies, reply)
    given = [{name: value for name, value in answer.items() if name != "warnings"} for answer in reply.json()["predictions"]]
    assert given == json.loads(json.dumps(expected))


def assert_refused(served: Served, body: dict[str, Any], name: str | None, good: dict[str, Any]) -> None:
    problem = assert_problem(post(served.app, "/v1/predict", body), 422, slug="invalid-input")
    parts = [resolve(body, fault["pointer"]) for fault in problem["errors"]]
    assert [part[:1] for part in parts] == [[name]] if name is not None else len(parts) == 1
    batch = {"instances": [good, body]}
    problem = assert_problem(post(served.app, "/v1/predict/batch", batch), 422, slug="invalid-input")
    assert [resolve(batch, fault["pointer"]) for fault in problem["errors"]] == [["instances", "1", *part] for part in parts]


# scikit-learn adds up the largest numbers of 32 bits
@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered in reduce:RuntimeWarning")
@settings(
    max_examples=SIGNATURES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(signature=drawn_signatures(), data=st.data())
def test_any_signature_is_served_as_it_says(tmp_path_factory, signature, data) -> None:
    columns = signature.layout.narrowed(signature.inputs)
    training = data.draw(st.lists(rows_of(columns), min_size=TRAINING_ROWS, max_size=TRAINING_ROWS))
    model = fitted(signature, [[read for _, read in row] for row in training])
    served = serve(tmp_path_factory.mktemp("drawn"), signature, model, [[value for value, _ in row] for row in training])
    document = call(served.app, "GET", "/openapi.json").json()
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert call(served.app, "GET", "/v1/model").status == 200
    described = Draft202012Validator(document["components"]["schemas"]["Row"])
    strictly = Draft202012Validator(document["components"]["schemas"]["Row"], format_checker=FormatChecker())
    rows = data.draw(st.lists(rows_of(columns), min_size=BODIES, max_size=BODIES))
    assert_answered(served, rows, described)
    for row in rows:
        body, name = data.draw(broken(columns, row))
        # JSON Schema has no format for a time without a zone, and a pattern cannot know how many days a month has
        assert not strictly.is_valid(body) or IMPOSSIBLE_DAY in body.values()
        assert_refused(served, body, name, {column.name: value for column, (value, _) in zip(columns, row, strict=True)})
    for body in data.draw(st.lists(st.binary(max_size=40) | st.text(max_size=40).map(encode), max_size=10)):
        for path in ("/v1/predict", "/v1/predict/batch"):
            assert post(served.app, path, body).status in (400, 422)
