"""The body reader: what the headers promise is held against every byte that comes."""

import itertools
import json

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from iris_api.app import create_app
from iris_api.settings import Settings
from tests.web.wire import JSON, PREDICTING, Pieces, assert_problem, call, post, well_formed

MAX_ROW, MAX_BATCH, MAX_ROWS = 300, 900, 5


@pytest.fixture(scope="module")
def tight(trained) -> Flask:
    """An application with small limits."""
    return create_app(Settings(artifacts=trained("iris"), max_row_bytes=MAX_ROW, max_batch_bytes=MAX_BATCH, max_batch_rows=MAX_ROWS))


def padded(row: dict[str, float], length: int) -> bytes:
    return json.dumps(row).encode().ljust(length)


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; a=b",
    ],
)
def test_json_is_taken_however_its_media_type_is_spelt(app, row, path, media_type) -> None:
    assert post(app, path, well_formed(app, row, path), Content_Type=media_type).status == 200


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json5",
        "application/problem+json",
        "application/*",
        "json",
        ";",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset*=utf-8''utf-16",
        "application/json, application/json",
        "\xff\xfe",
    ],
)
def test_another_media_type_or_charset_is_415_and_the_one_taken_is_named(app, row, path, media_type) -> None:
    reply = post(app, path, well_formed(app, row, path), Content_Type=media_type)

    assert_problem(reply, 415, slug="unsupported-media-type")
    assert reply.headers["Accept-Post"] == JSON


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip", "deflate", "x", "aws-chunked"])
def test_a_content_coding_is_415_and_the_one_taken_is_named(app, row, path, coding) -> None:
    reply = post(app, path, well_formed(app, row, path), Content_Encoding=coding)

    assert_problem(reply, 415, slug="unsupported-content-coding")
    assert reply.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity", " identity "])
def test_the_identity_coding_is_none(app, row, coding) -> None:
    assert post(app, "/v1/predict", row, Content_Encoding=coding).status == 200


@pytest.mark.parametrize(("path", "limit"), [("/v1/predict", MAX_ROW), ("/predict", MAX_ROW), ("/v1/predict/batch", MAX_BATCH)])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_the_limit_is_exact_whether_the_length_is_declared_or_not(tight, row, path, limit, declared) -> None:
    content = well_formed(tight, row, path)

    def send(length: int):
        body = padded(content, length)
        if declared:
            return post(tight, path, body)
        return call(tight, "POST", path, Pieces([body]), {"Content-Type": JSON}, **{"wsgi.input_terminated": True})

    assert send(limit).status == 200
    problem = assert_problem(send(limit + 1), 413, slug="body-too-large")
    assert str(limit) in problem["detail"]


def test_a_body_declared_too_large_is_refused_unread(tight) -> None:
    stream = Pieces([b"{}"])

    reply = call(tight, "POST", "/v1/predict", stream, {"Content-Type": JSON, "Content-Length": str(MAX_ROW + 1)})

    assert_problem(reply, 413)
    assert stream.read() == b"{}"


def test_an_endless_chunked_body_is_read_to_one_byte_past_the_limit(tight) -> None:
    stream = Pieces([b" " * 100] * 1000)

    reply = call(tight, "POST", "/v1/predict", stream, {"Content-Type": JSON}, **{"wsgi.input_terminated": True})

    assert_problem(reply, 413)
    assert sum(map(len, iter(stream.read, b""))) == 100_000 - MAX_ROW - 1


def test_more_rows_than_allowed_are_413_even_when_a_later_row_or_member_is_bad(tight, row) -> None:
    allowed, over = [row] * MAX_ROWS, [{"a": 1}] * (MAX_ROWS + 1)

    assert post(tight, "/v1/predict/batch", {"instances": allowed}).status == 200
    problem = assert_problem(post(tight, "/v1/predict/batch", {"instances": [row] * (MAX_ROWS + 1)}), 413, slug="body-too-large")
    assert str(MAX_ROWS) in problem["detail"]
    assert_problem(post(tight, "/v1/predict/batch", {"instances": over}), 422)
    small = dict.fromkeys(row, 1)
    for extra in ({"x": 1, "instances": [small] * (MAX_ROWS + 1)}, {"instances": [small] * (MAX_ROWS + 1), "x": 1}):
        assert_problem(post(tight, "/v1/predict/batch", extra), 413)


@pytest.mark.parametrize("path", PREDICTING)
def test_a_body_shorter_than_declared_is_400(app, row, path) -> None:
    body = json.dumps(well_formed(app, row, path)).encode()

    reply = post(app, path, body, Content_Length=str(len(body) + 1))

    assert_problem(reply, 400, slug="malformed-body")


def test_no_more_than_the_declared_length_is_read(app, row) -> None:
    body = json.dumps(row).encode()
    stream = Pieces([body + b"GET / HTTP/1.1"])

    reply = call(app, "POST", "/v1/predict", stream, {"Content-Type": JSON, "Content-Length": str(len(body))})

    assert reply.status == 200
    assert stream.read() == b"GET / HTTP/1.1"


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", "0x10", "99999999999999999999999999", " "])
@pytest.mark.parametrize("terminated", [False, True])
def test_a_content_length_that_is_no_length_is_refused(app, row, length, terminated) -> None:
    headers = {"Content-Type": JSON, "Content-Length": length}

    reply = call(app, "POST", "/v1/predict", json.dumps(row).encode(), headers, **{"wsgi.input_terminated": terminated})

    assert_problem(reply, 413 if length.isascii() and length.isdigit() else 400)


def test_a_length_beside_chunks_is_400(app, row) -> None:
    headers = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}

    reply = call(app, "POST", "/v1/predict", json.dumps(row).encode(), headers, **{"wsgi.input_terminated": True})

    assert "chunks" in assert_problem(reply, 400, slug="malformed-body")["detail"]


def test_neither_length_nor_chunks_is_an_empty_body_and_never_waits_for_one(app) -> None:
    stream = Pieces([b"{}"])

    assert_problem(call(app, "POST", "/v1/predict", stream, {"Content-Type": JSON}), 400, slug="malformed-body")
    assert stream.read() == b"{}"


@pytest.mark.parametrize("error", [OSError("reset"), ValueError("bad chunk"), EOFError(), RuntimeError("gunicorn says no")])
def test_a_transfer_that_breaks_is_400(app, row, error) -> None:
    body = json.dumps(row).encode()

    for headers, environ in (({"Content-Length": str(len(body))}, {}), ({}, {"wsgi.input_terminated": True})):
        reply = call(app, "POST", "/v1/predict", Pieces([body[:9], error]), {"Content-Type": JSON, **headers}, **environ)
        assert_problem(reply, 400, slug="malformed-body")


@given(cuts=st.lists(st.integers(0, 80)), chunked=st.booleans())
def test_however_a_body_is_split_the_answer_is_the_same(app, cuts, chunked) -> None:
    body = b'{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}'
    edges = [0, *sorted(cuts), len(body)]
    pieces = Pieces(body[start:end] for start, end in itertools.pairwise(edges))

    headers, environ = ({}, {"wsgi.input_terminated": True}) if chunked else ({"Content-Length": str(len(body))}, {})
    reply = call(app, "POST", "/v1/predict", pieces, {"Content-Type": JSON, **headers}, **environ)

    assert reply.status == 200
    assert reply.json()["input"] == json.loads(body)
