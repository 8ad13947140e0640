"""A guard decides before the view, for its own blueprint and no other."""

from types import SimpleNamespace

from flask import Blueprint, Flask

from iris_api.errors import MalformedBody
from iris_api.lifecycle import Lifecycle
from iris_api.services import EXTENSION
from iris_api.web import guards, headers, problems, request_id
from tests.web.wire import assert_problem, call


class Closed:
    """Lets nobody in."""

    def __call__(self) -> None:
        raise MalformedBody("closed")


def build(seen: list[str], **guarded: guards.Guard) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = SimpleNamespace(lifecycle=Lifecycle({}))
    for module in (request_id, problems, headers):
        module.init_app(app)
    for name, guard in guarded.items():
        blueprint = Blueprint(name, __name__)
        blueprint.add_url_rule(f"/{name}", "view", lambda name=name: seen.append(name) or name)
        guards.register(app, blueprint, guard)
    return app


def test_a_guard_that_refuses_keeps_the_view_from_running() -> None:
    seen: list[str] = []
    app = build(seen, shut=Closed(), wide=guards.Open())

    assert_problem(call(app, "GET", "/shut"), 400)
    assert call(app, "GET", "/wide").body == b"wide"
    assert seen == ["wide"]


def test_a_guard_keeps_a_route_with_arguments_too() -> None:
    app = build([])
    blueprint = Blueprint("named", __name__)
    blueprint.add_url_rule("/models/<name>", "view", lambda name: name)
    guards.register(app, blueprint, Closed())

    assert assert_problem(call(app, "GET", "/models/churn"), 400)["detail"] == "closed"


def test_every_group_is_remembered_with_its_guard() -> None:
    shut = Closed()
    app = build([], shut=shut, wide=guards.Open())

    assert app.extensions[guards.EXTENSION]["shut"] is shut
    assert isinstance(app.extensions[guards.EXTENSION]["wide"], guards.Open)
