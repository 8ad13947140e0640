"""What every answer carries, whatever it is."""

import pytest

from tests.web.wire import JSON, assert_headers, call


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("OPTIONS", "/v1/predict", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/model", 200),
        ("POST", "/v1/predict", 400),
        ("GET", "/v1/predict", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/v1//model", 404),
        ("HEAD", "/nowhere", 404),
    ],
)
def test_every_answer_is_nosniff_and_no_store(app, method, path, status) -> None:
    reply = call(app, method, path, headers={"Content-Type": JSON})

    assert reply.status == status
    assert_headers(reply)


@pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/health/ready", "/openapi.json", "/v1/model"])
def test_head_is_get_without_its_body(app, path) -> None:
    got, headed = (call(app, method, path, headers={"X-Request-ID": "same"}) for method in ("GET", "HEAD"))

    assert headed.body == b""
    assert headed.status == got.status == 200
    if path != "/health":  # the uptime moves
        assert dict(headed.headers) == dict(got.headers)


@pytest.mark.parametrize("path", ["/v1/predict", "/nowhere"])
def test_an_error_to_head_has_no_body(app, path) -> None:
    reply = call(app, "HEAD", path)

    assert reply.status in (404, 405)
    assert reply.body == b""


@pytest.mark.parametrize(("path", "methods"), [("/v1/predict", {"OPTIONS", "POST"}), ("/health", {"GET", "HEAD", "OPTIONS"})])
def test_options_lists_the_methods(app, path, methods) -> None:
    reply = call(app, "OPTIONS", path)

    assert reply.status == 200
    assert reply.body == b""
    assert set(reply.headers["Allow"].split(", ")) == methods
