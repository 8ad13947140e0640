"""The one place where the application's parts are built and joined; each is named once, and wiring is a list."""

from flask import Flask

from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import ModelLoader
from iris_api.inference.models import Models
from iris_api.inference.registry import Registry
from iris_api.inference.seals import Trust
from iris_api.lifecycle import Lifecycle
from iris_api.services import EXTENSION, Services
from iris_api.settings import Settings, load_settings
from iris_api.telemetry.events import Observers
from iris_api.telemetry.logs import PredictionLog
from iris_api.web import guards, headers, hosts, openapi, ops, problems, request_id, v1
from iris_api.web.api import Api
from iris_api.web.contract import lanes
from iris_api.wire.served import RowRules

MIDDLEWARE = (request_id, problems, headers, hosts)
BLUEPRINTS = (
    (ops.bp, guards.Open()),
    (openapi.bp, guards.Open()),
    (v1.bp, guards.Open()),
    (v1.unversioned, guards.Open()),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the WSGI application with its models loaded and verified.

    Parameters
    ----------
    settings
        What to build it from; the environment if None.

    Raises
    ------
    ServiceError
        If a setting is wrong or a model cannot be served.
    """
    app = Api("iris_api")
    parts = app.extensions[EXTENSION] = build_services(settings or load_settings())
    for module in MIDDLEWARE:
        module.init_app(app)
    for blueprint, guard in BLUEPRINTS:
        guards.register(app, blueprint, guard)
    parts.lifecycle.lanes = lambda: lanes(app, parts.models)
    parts.lifecycle.start()
    return app


def build_services(settings: Settings) -> Services:
    """The application's parts, joined; nothing is loaded yet."""
    home, pinned = settings.artifacts, settings.model_version
    given = BundleLimits.of(settings), Trust.of(settings), RowRules.of(settings).serve
    models = Models({name: ModelLoader(Registry(home, name, pinned), *given) for name in settings.served_models})
    key = settings.log_hash_key.get_secret_value().encode() if settings.log_hash_key else None
    observers = Observers([PredictionLog(key, settings.log_inputs, settings.log_format == "split")])
    return Services(settings, models, models[models.default], Lifecycle(models), observers)
