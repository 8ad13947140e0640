"""The one typed door from a view to the application's parts."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from iris_api.inference.model_loader import ModelLoader
from iris_api.inference.models import Models
from iris_api.lifecycle import Lifecycle
from iris_api.settings import Settings
from iris_api.telemetry.events import Observers
from iris_api.wire.served import Served

EXTENSION = "iris_api"


@dataclass(frozen=True, slots=True)
class Services:
    """The application's parts, built and joined in ``app.py``; ``loader`` is that of the default of ``models``."""

    settings: Settings
    models: Models[Served]
    loader: ModelLoader[Served]
    lifecycle: Lifecycle
    observers: Observers


def services() -> Services:
    """The parts of the application that is answering."""
    return cast(Services, current_app.extensions[EXTENSION])
