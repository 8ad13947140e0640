"""What operators ask, in every state that a process can be in."""

import os
import shutil
from pathlib import Path

import pytest

from iris_api import __version__
from iris_api.app import create_app
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from iris_api.web.answers import HealthAnswer, IndexAnswer, LiveAnswer, ReadyAnswer
from tests.inference.bundles import edit
from tests.web.wire import JSON, assert_headers, call


@pytest.mark.parametrize(
    ("path", "model"), [("/", IndexAnswer), ("/health", HealthAnswer), ("/health/live", LiveAnswer), ("/health/ready", ReadyAnswer)]
)
def test_an_answer_has_the_promised_shape(app, path, model) -> None:
    reply = call(app, "GET", path)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == JSON
    assert model.model_validate_json(reply.body, strict=True).model_dump(mode="json").keys() == reply.json().keys()


def test_a_healthy_process_says_what_monitors_expect(app) -> None:
    health = call(app, "GET", "/health").json()

    assert (health["status"], health["model"]) == ("healthy", "loaded")
    assert (health["model_name"], health["model_version"], health["service_version"]) == ("iris", 1, __version__)
    assert health["worker"] == os.getpid()
    assert health["last_reload"] is None
    assert health["uptime_seconds"] >= 0


def test_a_process_without_a_model_is_alive_but_not_ready(unready) -> None:
    live, ready, health = (call(unready, "GET", path) for path in ("/health/live", "/health/ready", "/health"))

    assert (live.status, live.json()) == (200, {"status": "alive"})
    assert (ready.status, ready.json()) == (503, {"status": "starting"})
    assert health.status == 503
    content = HealthAnswer.model_validate_json(health.body, strict=True)
    assert (content.status, content.model, content.model_name, content.model_version) == ("unhealthy", "not loaded", None, None)


def test_a_draining_process_is_not_ready_and_still_alive(fresh, row) -> None:
    fresh.extensions[EXTENSION].lifecycle.drain()

    assert (call(fresh, "GET", "/health/live").status, call(fresh, "GET", "/v1/model").status) == (200, 200)
    ready, health = call(fresh, "GET", "/health/ready"), call(fresh, "GET", "/health")
    assert (ready.status, ready.json()) == (503, {"status": "draining"})
    assert (health.status, health.json()["status"], health.json()["model"]) == (503, "unhealthy", "loaded")
    assert_headers(ready)


def test_health_tells_how_the_last_reload_went(fresh) -> None:
    parts = fresh.extensions[EXTENSION]
    parts.lifecycle.reload()
    succeeded = call(fresh, "GET", "/health")

    parts.loader.refresh = Path("/nowhere").stat
    parts.lifecycle.reload()
    failed = call(fresh, "GET", "/health")

    for reply in (succeeded, failed):
        HealthAnswer.model_validate_json(reply.body, strict=True)
    assert (succeeded.status, succeeded.json()["last_reload"]["outcome"]) == (200, "succeeded")
    assert (failed.status, failed.json()["last_reload"]["outcome"]) == (200, "failed"), "the model before goes on serving"
    assert "/nowhere" not in str(failed.json()["last_reload"])


def test_every_link_of_the_index_leads_somewhere(app) -> None:
    links = call(app, "GET", "/").json()["links"]

    assert {path: call(app, "OPTIONS", path).status for path in links.values()} == dict.fromkeys(links.values(), 200)


@pytest.mark.parametrize("host", ["iris.test", "[::::]", "a:99999"])
def test_an_absolute_target_without_a_path_is_the_index_and_no_redirect(app, host) -> None:
    assert call(app, "GET", "", headers={"Host": host}).body == call(app, "GET", "/").body


def test_health_tells_the_state_of_each_model(three) -> None:
    reply = call(three, "GET", "/health")

    content = HealthAnswer.model_validate_json(reply.body, strict=True)
    assert (content.model_name, content.model_version) == ("churn", 1)
    assert list(content.models) == ["churn", "iris", "mood"]
    assert {(model.loaded, model.version, model.last_reload) for model in content.models.values()} == {(True, 1, None)}


def test_health_tells_which_model_could_not_be_reloaded(several, tmp_path) -> None:
    artifacts = shutil.copytree(several, tmp_path / "artifacts")
    app = create_app(Settings(artifacts=artifacts, models="churn,iris,mood"))
    for name in ("churn", "mood"):
        shutil.copytree(artifacts / name / "1", artifacts / name / "2")
        edit(artifacts / name / "2", lambda content: content.update(version=2))
        (artifacts / name / "SERVING").write_text("2\n")
    (artifacts / "iris" / "SERVING").write_text("7\n")

    app.extensions[EXTENSION].lifecycle.reload()

    health = call(app, "GET", "/health")
    content = HealthAnswer.model_validate_json(health.body, strict=True)
    assert {name: (model.loaded, model.version, model.last_reload.outcome) for name, model in content.models.items()} == {
        "churn": (True, 2, "succeeded"),
        "iris": (True, 1, "failed"),
        "mood": (True, 2, "succeeded"),
    }
    assert (health.status, content.status, content.last_reload) == (200, "healthy", content.models["churn"].last_reload)
    assert str(artifacts) not in health.body.decode()


def test_one_model_that_is_not_loaded_makes_a_process_unhealthy(several) -> None:
    app = create_app(Settings(artifacts=several, models="churn,mood"))
    app.extensions[EXTENSION].models["mood"]._current = None

    reply = call(app, "GET", "/health")

    assert (reply.status, reply.json()["status"], reply.json()["model"]) == (503, "unhealthy", "loaded")
    assert reply.json()["models"]["mood"] == {"loaded": False, "version": None, "last_reload": None}
