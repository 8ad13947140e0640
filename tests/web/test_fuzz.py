"""No body and no header whatever makes a failure, a shapeless error or a wrong answer; an oracle of its own says what is right."""

import contextlib
import json
import os
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.web.wire import JSON, PREDICTING, Reply, assert_headers, assert_problem, call, post

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
VALID_ROW = b'{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}'
VALID = {"row": VALID_ROW, "rows": b'{"instances": [' + VALID_ROW + b", " + VALID_ROW + b"]}"}
MARKER = "zq93{<marker>}"
EXAMPLES = 400 if os.environ.get("CI") else 150

paths = st.sampled_from(PREDICTING)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from([5, 0.1, 10, 11, 1e39, 2**70])
)
MEMBERS = st.one_of(st.sampled_from([*NAMES, "instances", MARKER]), st.text(max_size=5))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=5), max_leaves=20)
ROWS = st.fixed_dictionaries(
    dict.fromkeys(NAMES, st.floats(0, 10) | st.sampled_from([5, 0, 10, 11, None, "5"])), optional={"more": SCALARS}
)
CODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1"])
NUMBERS = st.one_of(
    st.from_regex(r"-?[0-9]{0,3}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True),
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "nan", "1_0", "0x1", "9" * 400, "9" * 5000, "1e999", "10.000000000000001", "true", "+1", "٣"]
    ),
)


def fuzzed(function):
    """As many examples as fit the time the suite has; the same ones on every run under CI (the profile derandomizes)."""
    return settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])(function)


@st.composite
def mutated(draw) -> bytes:
    """A valid body after a few cuts, swaps, repetitions and insertions."""
    body = bytearray(draw(st.sampled_from(sorted(VALID.values()))))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 30)))
        piece = draw(
            st.one_of(
                st.binary(max_size=3), st.sampled_from([b"", bytes(body[start:end]) * 2, b":", b'"', b"1e5", b"\\u0000", b"{}", b",null"])
            )
        )
        body[start:end] = piece
    return bytes(body)


class Refused(Exception):
    """What the oracle says of a text that is no strict JSON."""


def no_constants(_name: str) -> Any:
    raise Refused


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Refused
    return dict(pairs)


def oracle(body: bytes, batch: bool) -> list[list[float]] | None:
    """The rows that are to be answered, or None where the body is to be refused, by Python's own reader of JSON."""
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=no_constants, object_pairs_hook=once)
    except (Refused, ValueError, RecursionError):
        return None
    if not batch:
        content = {"instances": [content]}
    if not isinstance(content, dict) or set(content) != {"instances"} or not isinstance(content["instances"], list):
        return None
    rows = content["instances"]
    return [[float(row[name]) for name in NAMES] for row in rows] if rows and all(map(is_row, rows)) else None


def is_row(row: Any) -> bool:
    return (
        isinstance(row, dict) and set(row) == set(NAMES) and all(type(value) in (int, float) and 0 <= value <= 10 for value in row.values())
    )


def assert_answer(reply: Reply, statuses: set[int]) -> None:
    """A prediction, or one of the refusals as a problem that repeats nothing."""
    assert reply.status in statuses, reply
    if reply.status == 200:
        assert reply.headers["Content-Type"] == JSON
        assert_headers(reply)
        return
    assert_problem(reply, reply.status)
    assert b"zq93" not in reply.body


def assert_agrees(app, path: str, body: bytes) -> None:
    reply = post(app, path, body)
    assert_answer(reply, {200, 400, 422})
    expected = oracle(body, path.endswith("batch"))
    assert (reply.status == 200) == (expected is not None), (body, reply)
    if expected and not path.endswith("batch"):
        assert list(reply.json()["input"].values()) == expected[0]
    if expected and path.endswith("batch"):
        assert len(reply.json()["predictions"]) == len(expected)


@fuzzed
@given(path=paths, body=st.binary(max_size=300))
@example("/v1/predict", b"[" * 60_000)
@example("/v1/predict/batch", b'{"instances":' * 100_000)
@example("/v1/predict", b'{"sepal_length":' + b"9" * 60_000)
def test_random_bytes(app, path, body) -> None:
    assert_agrees(app, path, body)


@fuzzed
@given(path=paths, body=mutated())
def test_mutated_bodies(app, path, body) -> None:
    assert_agrees(app, path, body)


@fuzzed
@given(path=paths, value=VALUES, coding=CODINGS, ascii_only=st.booleans())
def test_any_json_in_any_coding(app, path, value, coding, ascii_only) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode(coding, "replace")

    assert_agrees(app, path, body)


@fuzzed
@given(rows=st.lists(ROWS, max_size=4), spelling=st.sampled_from([None, 0, 3]))
def test_rows_good_and_bad(app, rows, spelling) -> None:
    assert_agrees(app, "/v1/predict/batch", json.dumps({"instances": rows}, indent=spelling).encode())
    for row in rows:
        assert_agrees(app, "/v1/predict", json.dumps(row, indent=spelling).encode())


@fuzzed
@given(path=paths, number=NUMBERS)
@example("/v1/predict", "9" * 5000)
@example("/predict", "-0.0")
def test_spellings_of_a_number(app, path, number) -> None:
    body = VALID["rows" if path.endswith("batch") else "row"].replace(b"1.4", number.encode())

    assert_agrees(app, path, body)


@fuzzed
@given(
    path=paths,
    body=st.sampled_from(sorted(VALID.values())) | st.binary(max_size=20),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "Content-Type": st.one_of(
                st.sampled_from([JSON, f"text/{MARKER}", f"{JSON}; {MARKER}", "multipart/form-data", f"{JSON};charset*0*=utf-8''%ff"]),
                st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=40),
                st.builds("application/json; charset={}".format, st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)),
            ),
            "Content-Encoding": st.one_of(
                st.sampled_from(["gzip", "identity", MARKER]), st.text(st.characters(max_codepoint=255), max_size=10)
            ),
            "Content-Length": st.one_of(st.integers(-5, 400).map(str), st.text(st.characters(max_codepoint=255), max_size=5)),
            "Transfer-Encoding": st.sampled_from(["chunked", "identity", "gzip, chunked", MARKER]),
            "Accept": st.sampled_from(["*/*", "text/html", "application/xml;q=1", MARKER]),
            "Accept-Encoding": st.sampled_from(["gzip", MARKER]),
            "Expect": st.just("100-continue"),
            "X-Request-ID": st.just(MARKER),
            "X-Http-Method-Override": st.sampled_from(["GET", "DELETE"]),
            "Cookie": st.just(MARKER),
            "Authorization": st.just(f"Basic {MARKER}"),
            "Range": st.just("bytes=0-1"),
            "If-None-Match": st.just("*"),
        },
    ),
    terminated=st.booleans(),
)
def test_any_headers(app, path, body, headers, terminated) -> None:
    reply = call(app, "POST", path, body, headers, **({"wsgi.input_terminated": True} if terminated else {}))

    assert_answer(reply, {200, 400, 413, 415, 422})


@fuzzed
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "FOO"])
    | st.from_regex(r"[A-Z!#$%&'*+.^_`|~-]{1,10}", fullmatch=True),
    path=st.one_of(
        st.sampled_from(["/", "", "*", "//", "/v1/predict/", "/v1//predict", "/health/../predict", "/%2e%2e/", f"/{MARKER}", "http:"]),
        st.text(st.characters(max_codepoint=255), max_size=20).map("/".__add__),
    ),
    query=st.sampled_from(["", f"a={MARKER}", "%ff", "&&&=", "a" * 5000]),
    host=st.sampled_from(["iris.test", "a:99999", "[::::]", "..", ".", "xn--a", "%41", "a" * 70, "-", "127.1", "[v1.a]"]),
)
def test_any_method_path_query_and_host(app, method, path, query, host) -> None:
    reply = call(app, method, path, b"{}", {"Content-Type": JSON, "Host": host}, QUERY_STRING=query)

    assert reply.status in (200, 400, 404, 405, 422)
    assert_headers(reply)
    assert "zq93" not in f"{reply.headers}{reply.body!r}"
    if reply.status >= 400 and method != "HEAD":
        assert_problem(reply, reply.status)
    if reply.status == 405:
        assert re.fullmatch(r"[A-Z]+(, [A-Z]+)*", reply.headers["Allow"])


@pytest.mark.parametrize("body", [b"{}", b'{"instances": []}', VALID_ROW])
def test_the_oracle_itself_tells_good_from_bad(body) -> None:
    assert oracle(VALID["row"], False) == [[5.1, 3.5, 1.4, 0.2]]
    assert oracle(VALID["rows"], True) == [[5.1, 3.5, 1.4, 0.2]] * 2
    assert oracle(body, True) is None
    with contextlib.suppress(Refused):
        assert oracle(b'{"a":1,"a":1}', False) is None
