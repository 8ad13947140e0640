from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from iris_api.errors import ArtifactError, ArtifactForbidden
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.manifest import Manifest
from iris_api.inference.model_loader import check
from iris_api.inference.registry import Registry
from iris_api.inference.unpickling import load_estimator
from iris_api.settings import Settings
from iris_api.training import publish
from iris_api.training.datasets import load_dataset
from iris_api.training.publish import adopt, next_command, summary, train

IRIS = load_dataset("iris")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Manifest]:
    registry = Registry(tmp_path_factory.mktemp("artifacts"), "iris")
    return registry, train(IRIS, registry, Settings(), "make train", repeats=1)


def adopted(root: Path, estimator, settings: Settings | None = None) -> Manifest:
    # OpenMP threads started here would hang every child that a later test forks
    with threadpool_limits(limits=1):
        estimator.fit(IRIS.rows, IRIS.labels)
    return adopt(estimator, IRIS, Registry(root, "own"), settings or Settings(), "make train")


def test_a_trained_bundle_passes_the_servers_checks(written):
    registry, manifest = written
    bundle = check(registry.path(1), BundleLimits(10**8, 60))
    assert bundle.manifest == manifest
    assert bundle.warnings == ()
    assert sorted(path.name for path in registry.path(1).iterdir()) == ["card.md", "manifest.json", "model.joblib"]
    assert sorted(path.name for path in registry.folder.iterdir()) == ["1", "SERVING"]


def test_the_pickle_holds_the_estimator_of_the_manifest(written):
    registry, manifest = written
    bundle = read_bundle(registry.path(1), 10**8)
    estimator = load_estimator(bundle.pickled, manifest, bundle.source)
    assert estimator.predict_proba(np.array(manifest.golden.rows)).tolist() == manifest.golden.details
    assert (estimator.n_estimators, estimator.random_state, estimator.n_jobs) == (100, 42, 1)


def test_the_card_is_that_of_the_written_version(written):
    registry, manifest = written
    card = (registry.path(1) / "card.md").read_text(encoding="utf-8")
    assert card.startswith("# iris, version 1\n")
    assert manifest.training_data.sha256 in card
    assert "make train" in card


def test_the_summary_shows_figures(written):
    registry, manifest = written
    text = summary(manifest, registry)
    assert f"iris version 1 is written to {registry.path(1)}" in text
    assert f"{manifest.metrics.accuracy.mean:.3f} ± " in text
    assert "5 folds x 1 repeat of" in text
    twice = manifest.model_copy(update={"metrics": manifest.metrics.model_copy(update={"repeats": 2})})
    assert "5 folds x 2 repeats of" in summary(twice, registry)
    assert "no figures" in summary(manifest.model_copy(update={"metrics": None}), registry)


@pytest.mark.parametrize("metrics", [True, False])
def test_the_summary_names_the_features_to_send(written, metrics):
    registry, manifest = written
    told = manifest if metrics else manifest.model_copy(update={"metrics": None})
    assert "inputs to send: sepal_length, sepal_width, petal_length, petal_width" in summary(told, registry).splitlines()


def test_takes_the_next_free_version(tmp_path):
    assert [adopted(tmp_path, LogisticRegression(max_iter=1000)).version for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("estimator", [make_pipeline(StandardScaler(), LogisticRegression()), HistGradientBoostingClassifier(max_iter=2)])
def test_any_classifier_can_be_adopted(tmp_path, estimator):
    manifest = adopted(tmp_path, estimator)
    assert manifest.metrics is not None
    assert manifest.metrics.accuracy.mean > 0.9
    assert check(tmp_path / "own" / "1", BundleLimits(10**8, 60)).manifest == manifest


def test_a_bundle_that_does_not_pass_leaves_no_version(tmp_path):
    with pytest.raises(ArtifactError, match="IRIS_MAX_ARTIFACT_BYTES"):
        adopted(tmp_path, LogisticRegression(max_iter=1000), Settings(max_artifact_bytes=10))
    assert list(tmp_path.iterdir()) == []


class Unsteady(GaussianNB):
    """Pickled as the class it comes from, it answers with other labels than it does here."""

    def predict(self, rows):
        return super().predict(rows)[::-1]

    def __reduce__(self):
        return GaussianNB, (), {**vars(self), "_sklearn_version": sklearn.__version__}


def test_a_bundle_is_no_version_while_it_is_tried(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(publish, "verify", lambda bundle, *_limits: seen.append((bundle.source, Registry(tmp_path, "own").versions())))
    adopted(tmp_path, LogisticRegression(max_iter=1000))
    assert seen == [(str(tmp_path / "own" / "1" / "model.joblib"), [])]


def test_a_bundle_that_fails_its_trial_leaves_the_version_before_in_service(tmp_path):
    adopted(tmp_path, LogisticRegression(max_iter=1000))
    with pytest.raises(ArtifactError, match=r"own/2/model\.joblib answers golden row 0 otherwise"):
        adopted(tmp_path, Unsteady())
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["1", "SERVING"]


def test_says_what_to_type_next(tmp_path):
    settings = Settings(artifacts=tmp_path, model_name="iris")
    for name in ("iris", "wine"):
        for version in ("1", "2"):
            (tmp_path / name / version).mkdir(parents=True)
        Registry(tmp_path, name).promote(1)
    then = ", then kill -HUP the Gunicorn master (until then version 1 serves)"
    assert next_command("iris-api", Registry(tmp_path, "iris"), 1, settings) == "make serve"
    assert next_command("iris-api", Registry(tmp_path, "iris"), 2, settings) == "iris-api promote 2" + then
    assert next_command("iris-api", Registry(tmp_path, "wine"), 1, settings) == "IRIS_MODEL_NAME=wine make serve"
    assert next_command("iris-api", Registry(tmp_path, "wine"), 2, settings) == "IRIS_MODEL_NAME=wine iris-api promote 2" + then
    elsewhere = Settings(artifacts=tmp_path / "other", model_name="iris", model_version=1)
    expected = f"IRIS_ARTIFACTS={tmp_path} IRIS_MODEL_VERSION=2 make serve"
    assert next_command("iris-api", Registry(tmp_path, "iris"), 2, elsewhere) == expected


def test_the_next_command_of_a_first_and_of_a_later_version(tmp_path):
    settings, registry = Settings(artifacts=tmp_path, model_name="own"), Registry(tmp_path, "own")
    first = adopted(tmp_path, LogisticRegression(max_iter=1000)).version
    assert next_command("iris-api", registry, first, settings) == "make serve"
    second = adopted(tmp_path, LogisticRegression(max_iter=1000)).version
    assert next_command("iris-api", registry, second, settings).startswith("iris-api promote 2, ")
    assert registry.serving() == 1


def test_a_folder_that_cannot_be_written_is_told_before_any_work(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    registry = Registry(tmp_path / "file", "own")
    with pytest.raises(ArtifactForbidden, match=r"file/own cannot be written \(Not a directory\); make room or choose another folder"):
        train(IRIS, registry, Settings(), "make train", repeats=1)
    with pytest.raises(ArtifactForbidden, match="cannot be written"):
        adopt(GaussianNB().fit(IRIS.rows, IRIS.labels), IRIS, registry, Settings(), "make train")
    assert capsys.readouterr().err == ""


def test_a_model_whose_numbers_are_used_up_is_told_before_any_work(tmp_path, capsys):
    (tmp_path / "own" / "999999999").mkdir(parents=True)
    with pytest.raises(ArtifactError, match="highest number a version can have"):
        train(IRIS, Registry(tmp_path, "own"), Settings(), "make train", repeats=1)
    assert capsys.readouterr().err == ""


def test_says_what_to_type_next_where_several_models_are_served(tmp_path):
    settings = Settings(artifacts=tmp_path, models="iris, wine")
    (tmp_path / "wine" / "1").mkdir(parents=True)
    (tmp_path / "own" / "1").mkdir(parents=True)
    assert next_command("iris-api", Registry(tmp_path, "wine"), 1, settings) == "make serve"
    assert next_command("iris-api", Registry(tmp_path, "own"), 1, settings) == "IRIS_MODELS=iris,wine,own make serve"
    (tmp_path / "wine" / "2").mkdir()
    (tmp_path / "wine" / "SERVING").write_text("1\n")
    expected = "iris-api promote 2 --name wine, then kill -HUP the Gunicorn master (until then version 1 serves)"
    assert next_command("iris-api", Registry(tmp_path, "wine"), 2, settings) == expected
