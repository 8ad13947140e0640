"""Real bundles, trained once a run, and the application that serves them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

# a process that has used OpenMP with more threads than one hangs the children that it forks later
os.environ["OMP_NUM_THREADS"] = "1"

from iris_api.app import create_app
from iris_api.settings import Settings
from tests.servers import PROJECT, WORKER_CLASS, clean_environment

hypothesis_settings.register_profile("ci", derandomize=True, max_examples=200, deadline=None)
hypothesis_settings.register_profile("local", max_examples=100, deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "local")

IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


def pytest_report_header() -> str:
    return f"worker class: {WORKER_CLASS}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what only the event-loop worker promises where another class is tested."""
    if WORKER_CLASS != "lanes":
        for item in items:
            if item.get_closest_marker("lanes"):
                item.add_marker(pytest.mark.skip(reason="the event-loop worker alone promises it: docs/workers.md"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the artifacts folder with version 1 of a data set's model, trained on first use. Never change what is in it."""
    root = tmp_path_factory.mktemp("trained")

    def train(dataset: str) -> Path:
        if not (root / dataset).exists():
            command = [sys.executable, "scripts/train.py", "--dataset", dataset, "--artifacts", str(root)]
            subprocess.run(command, cwd=PROJECT, env=clean_environment(), check=True, timeout=100, capture_output=True)
        return root

    return train


@pytest.fixture
def artifacts(trained: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of the artifacts folder with version 1 of the Iris model, for one test to change."""
    shutil.copytree(trained("iris") / "iris", tmp_path / "artifacts" / "iris")
    return tmp_path / "artifacts"


@pytest.fixture(scope="session")
def several(trained: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts folder of three models: iris, the small classifier churn, and mood, which takes texts. Never change what is in it."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    from iris_api.training import bundle_model
    from tests.inference.bundles import write

    root = tmp_path_factory.mktemp("several")
    shutil.copytree(trained("iris") / "iris", root / "iris")
    rows = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    write(root, DecisionTreeClassifier(random_state=0).fit(rows, ["no", "no", "yes", "yes"]), rows, "churn")
    texts, moods = ["a good day", "a bad day", "good luck", "bad luck"] * 5, ["glad", "sad"] * 10
    bundle_model(make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, moods), texts, moods, name="mood", artifacts=root)
    return root


@pytest.fixture(scope="session")
def app(trained: Callable[[str], Path]) -> Flask:
    """The application serving the Iris model."""
    return create_app(Settings(artifacts=trained("iris")))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of that application, without a socket between."""
    return app.test_client()


@pytest.fixture
def row() -> dict[str, float]:
    """The first row of Iris, a setosa."""
    return dict(IRIS_ROW)
