"""What Flask does for sites and an API leaves out: no redirects, no sessions, no routing by host."""

import pytest
from flask import session, url_for

from tests.web.wire import call


@pytest.mark.parametrize("path", ["/v1//model", "/health/", "/v1/model//"])
def test_a_path_that_is_almost_one_is_not_found_and_leads_nowhere(app, path) -> None:
    reply = call(app, "GET", path)

    assert reply.status == 404
    assert "Location" not in reply.headers


@pytest.mark.parametrize("host", ["iris.test", "other.example:81", "[::1]", "a.b.iris.test"])
def test_the_host_decides_nothing(app, host) -> None:
    assert call(app, "GET", "/v1/model", headers={"Host": host}).body == call(app, "GET", "/v1/model").body


def test_an_upgrade_is_not_taken_up(app) -> None:
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "x"}

    assert call(app, "GET", "/health/live", headers=upgrade).status == 200


def test_there_are_no_sessions(app) -> None:
    with app.test_request_context("/"):
        assert dict(session) == {}
        with pytest.raises(RuntimeError):
            session["user"] = "someone"
    for path in ("/", "/v1/model", "/nowhere"):
        assert "Set-Cookie" not in call(app, "GET", path, headers={"Cookie": "session=forged"}).headers


def test_addresses_are_paths_within_a_request_and_need_a_host_outside(app) -> None:
    [rule] = [rule for rule in app.url_map.iter_rules() if rule.rule == "/v1/model"]
    with app.test_request_context("/"):
        assert url_for(rule.endpoint) == "/v1/model"
    with app.app_context(), pytest.raises(RuntimeError):
        url_for(rule.endpoint)
