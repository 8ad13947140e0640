"""A request says which host it is for, or is refused before anything else is looked at."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.wire import assert_problem, call

HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"))


@pytest.mark.parametrize(
    "host", ["localhost", "iris.example", "iris.example:8000", "127.0.0.1:1", "[::1]", "[::1]:8000", "a_b-c", "xn--bcher-kva.example"]
)
def test_a_legal_host_is_taken(app, host) -> None:
    assert call(app, "GET", "/health/live", headers={"Host": host}).status == 200


@pytest.mark.parametrize("path", ["/health/live", "/v1/predict", "/nowhere", "/predict"])
@pytest.mark.parametrize(
    "host", [None, "", "a b", "a/b", "user@host", "a:b", "a:", "::1", "[::1", "<script>", "a\xe9", "a:123456", "x" * 256, "a?b", "a#b"]
)
def test_a_missing_or_illegal_host_is_400_on_every_path(app, path, host) -> None:
    problem = assert_problem(call(app, "GET", path, headers={"Host": host}), 400, slug="host")

    assert "<" not in problem["detail"]


@pytest.mark.parametrize(("protocol", "host", "status"), [("HTTP/1.0", None, 200), ("HTTP/1.0", "a b", 400), ("HTTP/1.1", None, 400)])
def test_only_http_1_0_may_leave_the_host_out(app, protocol, host, status) -> None:
    assert call(app, "GET", "/health", headers={"Host": host}, SERVER_PROTOCOL=protocol).status == status


@given(host=HEADER_TEXT, path=st.sampled_from(["/health/live", "//health", "/nowhere", "/health/"]))
@example("a:99999", "//health")
@example("[::::]", "/health/live")
@example("..", "//health")
@example("-.-:0", "/health/live")
def test_no_host_makes_a_failure_or_a_redirect(app, host, path) -> None:
    reply = call(app, "GET", path, headers={"Host": host})

    assert reply.status in (200, 400, 404)
    assert "Location" not in reply.headers
