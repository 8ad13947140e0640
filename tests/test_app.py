"""The application as it is joined: from settings or the environment, loaded and ready, or a plain refusal to start."""

import shutil

import pytest

from iris_api.app import BLUEPRINTS, build_services, create_app
from iris_api.errors import ArtifactError, ArtifactMissing, ConfigurationError, NotReady
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from tests.inference.bundles import edit


def test_it_is_ready_once_it_is_made(app) -> None:
    parts = app.extensions[EXTENSION]

    assert parts.lifecycle.state == "ready"
    assert parts.loader.current.predictor.manifest.name == "iris"
    assert set(app.blueprints) == {blueprint.name for blueprint, _ in BLUEPRINTS}


def test_it_is_made_from_the_environment_without_settings(trained, monkeypatch) -> None:
    monkeypatch.setenv("IRIS_ARTIFACTS", str(trained("iris")))
    monkeypatch.setenv("IRIS_MAX_BATCH_ROWS", "17")

    settings = create_app().extensions[EXTENSION].settings

    assert settings.artifacts == trained("iris")
    assert settings.max_batch_rows == 17


def test_it_is_not_made_from_a_misspelt_environment(monkeypatch) -> None:
    monkeypatch.setenv("IRIS_ARTEFACTS", "x")

    with pytest.raises(ConfigurationError, match="IRIS_ARTIFACTS"):
        create_app()


def test_it_is_not_made_without_a_model(tmp_path) -> None:
    with pytest.raises(ArtifactMissing, match=str(tmp_path)):
        create_app(Settings(artifacts=tmp_path))


def test_its_parts_are_joined_before_anything_is_loaded(tmp_path) -> None:
    parts = build_services(Settings(artifacts=tmp_path))

    assert parts.lifecycle.state == "starting"
    assert not parts.loader.is_loaded
    with pytest.raises(NotReady):
        _ = parts.loader.current


def test_two_applications_share_nothing(trained) -> None:
    one, other = (create_app(Settings(artifacts=trained("iris"))) for _ in range(2))
    one.extensions[EXTENSION].lifecycle.drain()

    assert one.test_client().get("/health/ready").status_code == 503
    assert other.test_client().get("/health/ready").status_code == 200


def test_no_files_are_served(app) -> None:
    assert [rule for rule in app.url_map.iter_rules() if rule.endpoint.endswith("static")] == []


def test_a_bundles_warnings_are_known_at_the_start_and_at_a_reload(artifacts) -> None:
    edit(artifacts / "iris" / "1", lambda content: content["libraries"].update(numpy="1.0"))

    parts = create_app(Settings(artifacts=artifacts)).extensions[EXTENSION]

    assert [warning for warning in parts.loader.warnings if "numpy 1.0" in warning]
    assert parts.lifecycle.reload()["iris"].warnings == parts.loader.warnings


def test_several_models_are_all_loaded_and_the_first_is_the_default(several) -> None:
    parts = create_app(Settings(artifacts=several, models="mood,churn")).extensions[EXTENSION]

    assert {name: loader.current.predictor.manifest.name for name, loader in parts.models.items()} == {"mood": "mood", "churn": "churn"}
    assert parts.models.default == "mood"
    assert parts.loader is parts.models["mood"]


@pytest.mark.parametrize("bad", ["churn", "mood"])
def test_it_is_not_made_where_one_of_several_models_cannot_be_served(several, tmp_path, bad) -> None:
    artifacts = shutil.copytree(several, tmp_path / "artifacts")
    (artifacts / bad / "1" / "model.joblib").write_bytes(b"")

    with pytest.raises(ArtifactError, match=str(artifacts / bad / "1")):
        create_app(Settings(artifacts=artifacts, models="churn,iris,mood"))


def test_the_pin_is_that_of_the_one_model(several) -> None:
    with pytest.raises(ArtifactMissing, match="churn/7"):
        create_app(Settings(artifacts=several, models="churn", model_version=7))
