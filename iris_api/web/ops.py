"""What operators and their machines ask: is it there, is it ready, how is it, and what is it."""

import os
import time
from datetime import UTC, datetime

from flask import Blueprint, Response

from iris_api import __version__
from iris_api.errors import NotReady
from iris_api.inference.model_loader import ModelLoader
from iris_api.lifecycle import Reload
from iris_api.services import Services, services
from iris_api.web import answers
from iris_api.web.contract import Contract, promises
from iris_api.web.render import json_response
from iris_api.wire.served import Served

bp = Blueprint("ops", __name__)
LINKS = {
    "predict": "/v1/predict",
    "batch": "/v1/predict/batch",
    "model": "/v1/model",
    "models": "/v1/models",
    "health": "/health",
    "openapi": "/openapi.json",
}


@bp.get("/health/live")
@promises(Contract("Is the process alive?", answers.LiveAnswer, inline=True))
def live() -> Response:
    """Answer as long as this process answers at all; restart it when it does not."""
    return json_response({"status": "alive"})


@bp.get("/health/ready")
@promises(Contract("Should it be sent requests?", answers.ReadyAnswer, may_be_unready=True, inline=True))
def ready() -> Response:
    """Answer 200 once every check of every model has passed and until the process drains; 503 otherwise."""
    state = services().lifecycle.state
    return json_response({"status": state}, status=200 if state == "ready" else 503)


@bp.get("/health")
@promises(Contract("How is it?", answers.HealthAnswer, may_be_unready=True, inline=True))
def health() -> Response:
    """Tell the state of the worker that answers: its models, the whole service's uptime and how the last reload went for each."""
    content = _health(services())
    return json_response(content, status=200 if content["status"] == "healthy" else 503)


@bp.get("/", strict_slashes=False)
@promises(Contract("What is this?", answers.IndexAnswer, errors=(NotReady,), inline=True))
def index() -> Response:
    """Name the service, its default model and where to go from here."""
    manifest = services().loader.current.predictor.manifest
    model = {"name": manifest.name, "version": manifest.version}
    return json_response({"service": "iris-api", "version": __version__, "model": model, "links": LINKS})


def _health(parts: Services) -> dict[str, object]:
    lifecycle = parts.lifecycle
    models = {name: _model(loader, lifecycle.last_reloads.get(name)) for name, loader in parts.models.items()}
    default, is_loaded = models[parts.models.default], parts.loader.is_loaded
    all_loaded = all(loader.is_loaded for loader in parts.models.values())
    return {
        "status": "healthy" if all_loaded and lifecycle.state == "ready" else "unhealthy",
        "model": "loaded" if is_loaded else "not loaded",
        "model_name": parts.models.default if is_loaded else None,
        "model_version": default["version"],
        "service_version": __version__,
        "worker": os.getpid(),
        "state": lifecycle.state,
        "uptime_seconds": round(time.time() - lifecycle.started_seconds, 3),
        "last_reload": default["last_reload"],
        "models": models,
    }


def _model(loader: ModelLoader[Served], reload: Reload | None) -> dict[str, object]:
    version = loader.current.predictor.manifest.version if loader.is_loaded else None
    return {"loaded": loader.is_loaded, "version": version, "last_reload": _reload(reload)}


def _reload(reload: Reload | None) -> dict[str, object] | None:
    if reload is None:
        return None
    at = datetime.fromtimestamp(reload.at_seconds, UTC).isoformat(timespec="seconds")
    return {"outcome": reload.outcome, "at": at}
