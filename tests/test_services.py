"""The door from a view to the parts: those of the application that is answering, and of no other."""

import dataclasses

import pytest

from iris_api.app import build_services
from iris_api.services import EXTENSION, services
from iris_api.settings import Settings


def test_a_view_gets_the_parts_of_its_own_application(app) -> None:
    with app.app_context():
        assert services() is app.extensions[EXTENSION]


def test_outside_of_an_application_there_are_none() -> None:
    with pytest.raises(RuntimeError, match="application context"):
        services()


def test_the_parts_are_never_exchanged_one_by_one(tmp_path) -> None:
    parts = build_services(Settings(artifacts=tmp_path))

    with pytest.raises(dataclasses.FrozenInstanceError):
        parts.settings = Settings()  # type: ignore[misc]
