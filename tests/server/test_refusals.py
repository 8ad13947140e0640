"""Answers of the worker itself have the shape of all others."""

import json

import pytest

from iris_api.server.refusals import _DETAILS, name_request, refusal
from tests.system.wire import replies


@pytest.mark.parametrize("status", _DETAILS)
@pytest.mark.parametrize("in_body", [False, True])
def test_each_is_one_whole_problem(status, in_body) -> None:
    [reply] = replies(b"".join(refusal(status, {"HTTP_X_REQUEST_ID": "an-id"}, in_body=in_body)))
    body = json.loads(reply.body)
    assert (reply.status, body["status"], body["request_id"], reply.fields["x-request-id"]) == (status, status, "an-id", "an-id")
    assert reply.fields["connection"] == "close"
    assert ("retry-after" in reply.fields) == (status == 503)
    assert body["type"].endswith("malformed-body") == (status == 400 and in_body)


def test_a_detail_may_be_given() -> None:
    [reply] = replies(b"".join(refusal(413, {}, "At most 7.")))
    assert json.loads(reply.body)["detail"] == "At most 7."


def test_a_head_request_gets_the_head_alone() -> None:
    head, body = refusal(413, {"REQUEST_METHOD": "HEAD"})
    assert body == b""
    assert int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]) > 0


@pytest.mark.parametrize(("sent", "kept"), [("a.B-1_", True), ("", False), ("a b", False), ("a" * 129, False), ("é", False)])
def test_only_harmless_ids_are_taken(sent, kept) -> None:
    environ = {"HTTP_X_REQUEST_ID": sent}
    assert (name_request(environ) == sent) == kept
    assert len(environ["iris_api.request_id"]) > 5 or kept
