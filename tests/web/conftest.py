"""Applications in states that the shared one is never in."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from iris_api.app import create_app
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import ModelLoader
from iris_api.inference.models import Models
from iris_api.inference.registry import Registry
from iris_api.inference.seals import ANY_BUNDLE
from iris_api.lifecycle import Lifecycle
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from iris_api.wire.served import RowRules


@pytest.fixture
def fresh(trained: Callable[[str], Path]) -> Flask:
    """An application of this test's own."""
    return create_app(Settings(artifacts=trained("iris")))


@pytest.fixture(scope="session")
def three(several: Path) -> Flask:
    """An application that serves three models; churn is the default."""
    return create_app(Settings(artifacts=several, models="churn,iris,mood"))


@pytest.fixture
def unready(fresh: Flask, trained: Callable[[str], Path]) -> Flask:
    """An application that has loaded no model yet."""
    models = Models({"iris": ModelLoader(Registry(trained("iris"), "iris"), BundleLimits(2**30, 60.0), ANY_BUNDLE, RowRules().serve)})
    fresh.extensions[EXTENSION] = replace(fresh.extensions[EXTENSION], models=models, loader=models["iris"], lifecycle=Lifecycle(models))
    return fresh
