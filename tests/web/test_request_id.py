"""The id of a request: given back if harmless, else made, on whatever is answered."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.wire import JSON, call, post

HARMLESS = r"[A-Za-z0-9._-]{1,128}"
MADE = re.compile(r"[0-9a-f]{32}")
HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=200)
ANSWERS = [
    ("GET", "/", 200),
    ("HEAD", "/health", 200),
    ("OPTIONS", "/v1/predict", 200),
    ("POST", "/v1/predict", 400),
    ("POST", "/predict", 400),
    ("GET", "/predict", 405),
    ("GET", "/nowhere", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
@pytest.mark.parametrize("identifier", ["a", "x" * 128, "8e03978e-40d5-43dd-bc93-6894a57f9324", "A.b_c-9"])
def test_a_harmless_id_comes_back_on_every_answer(app, method, path, status, identifier) -> None:
    reply = call(app, method, path, headers={"X-Request-ID": identifier, "Content-Type": JSON})

    assert reply.status == status
    assert reply.headers.get_all("X-Request-ID") == [identifier]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
@pytest.mark.parametrize("identifier", [None, "", "x" * 129, "a b", "a\n", "a,b", "<x>", "é", "a;b", '"a"', "٣"])
def test_a_missing_or_odd_id_is_replaced_on_every_answer(app, method, path, status, identifier) -> None:
    replies = [call(app, method, path, headers={"X-Request-ID": identifier, "Content-Type": JSON}) for _ in range(2)]

    made = {reply.headers["X-Request-ID"] for reply in replies}
    assert len(made) == 2
    assert all(MADE.fullmatch(each) for each in made)
    assert {reply.status for reply in replies} == {status}


@given(identifier=st.one_of(st.from_regex(HARMLESS, fullmatch=True), HEADER_TEXT))
@example("a\x7f")
def test_an_id_is_taken_exactly_if_it_has_the_harmless_form(app, identifier) -> None:
    given_back = call(app, "GET", "/health/live", headers={"X-Request-ID": identifier}).headers["X-Request-ID"]

    assert (given_back == identifier) == bool(re.fullmatch(HARMLESS, identifier, re.ASCII))


def test_an_id_does_not_leak_into_the_next_request(app, row) -> None:
    assert post(app, "/v1/predict", row, X_Request_ID="first").headers["X-Request-ID"] == "first"
    assert post(app, "/v1/predict", row).headers["X-Request-ID"] != "first"
