"""From data to a bundle that has passed the server's own checks, and a table of figures for the person who asked for it."""

import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from iris_api.inference.bundle import check_writable, read_bundle, write_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.layouts import Frame
from iris_api.inference.manifest import Manifest
from iris_api.inference.model_loader import verify
from iris_api.inference.registry import Registry
from iris_api.inference.seals import Trust
from iris_api.inference.unpickling import forget_names
from iris_api.settings import Settings
from iris_api.training.baselines import baseline_of
from iris_api.training.card import count, figures, model_card
from iris_api.training.datasets import Dataset
from iris_api.training.describe import describe
from iris_api.training.fit import cross_validate, fit_pipeline
from iris_api.training.model_pickles import pickle_model
from iris_api.training.pipelines import pipeline_for
from iris_api.training.progress import Progress
from iris_api.training.tasks_of import task_of


class Model(NamedTuple):
    """A fitted estimator that is fit to serve, and the data that it was fitted on, as it takes it."""

    estimator: Any
    dataset: Dataset


def train(dataset: Dataset, registry: Registry, settings: Settings, command: str, repeats: int | None) -> Manifest:
    """Fit the plainest good pipeline on ``dataset``, find its figures, and write and check the next version of the model.

    Parameters
    ----------
    dataset
        Rows and labels.
    registry
        Where the model's versions are.
    settings
        Its limits are those the server checks with.
    command
        What makes the same bundle again, for the model card.
    repeats
        How often the cross-validation is repeated; chosen by the number of rows if None.

    Raises
    ------
    ArtifactForbidden
        If the model's folder cannot be written, before anything is fitted.
    ArtifactError
        If the bundle cannot be written or does not pass; then there is no new version.
    """
    check_writable(registry)
    return publish(fit_plainest(dataset), registry, settings, command, repeats)


def fit_plainest(dataset: Dataset) -> Model:
    """The plainest good pipeline, fitted on ``dataset``, which has labels, and the data as it takes it.

    Raises
    ------
    ArtifactError
        If it cannot be fitted.
    """
    pipeline = pipeline_for(dataset)
    # a forked child of a process that has used OpenMP's threads hangs in them, and the check forks one
    with threadpool_limits(limits=1):
        Progress(sys.stderr).say(f"fitting {pipeline.name} on {len(dataset.rows)} rows of {dataset.name}")
        estimator = fit_pipeline(pipeline.estimator, dataset)
        if isinstance(dataset.layout, Frame):
            from iris_api.training.frame_samples import opened

            dataset = replace(dataset, inputs=opened(dataset.inputs, dataset.layout, dataset.rows, estimator))
    return Model(estimator, dataset)


def publish(model: Model, registry: Registry, settings: Settings, command: str, repeats: int | None) -> Manifest:
    """Find figures of a model that was fitted on its data, and of the baseline, and write and check it; see `train`."""
    estimator, dataset, progress = model.estimator, model.dataset, Progress(sys.stderr)
    with threadpool_limits(limits=1):
        task = dataset.task or task_of(estimator, dataset, f"the model of {dataset.name}")
        metrics = cross_validate(estimator, dataset, task, progress, repeats)
        draft = describe(registry.name, estimator, dataset, task, metrics)
        if metrics is not None:
            draft = draft.model_copy(update={"baseline": baseline_of(dataset, task, metrics.repeats)})
        return _write_and_check(registry, draft, estimator, settings, command)


def adopt(estimator: Any, dataset: Dataset, registry: Registry, settings: Settings, command: str) -> Manifest:
    """Write and check the next version of a model from an estimator that is already fitted.

    Parameters
    ----------
    estimator
        The estimator, fit to serve.
    dataset
        Rows that describe it; with labels, unfitted copies of the estimator are cross-validated on them.
    registry, settings, command
        As for `train`.

    Raises
    ------
    ArtifactError
        As `train` does; and if the estimator cannot answer the rows.
    """
    check_writable(registry)
    progress = Progress(sys.stderr)
    if not isinstance(dataset.layout, Frame):
        forget_names(estimator)
    with threadpool_limits(limits=1):
        progress.say(f"describing the model with {len(dataset.rows)} rows of {dataset.name}")
        task = dataset.task or task_of(estimator, dataset, f"the model {registry.name}")
        metrics = cross_validate(estimator, dataset, task, progress)
        draft = describe(registry.name, estimator, dataset, task, metrics)
        return _write_and_check(registry, draft, estimator, settings, command)


def summary(manifest: Manifest, registry: Registry) -> str:
    """What was written and how good it is, as a few lines of text."""
    lines = [f"{manifest.name} version {manifest.version} is written to {registry.path(manifest.version)} and fit to serve"]
    features = f"inputs to send: {', '.join(manifest.signature.names)}"
    if manifest.code is not None:
        features += f"\nit has code of its own run, and serves only where this is set: {manifest.code.setting}"
    metrics = manifest.metrics
    if metrics is None:
        return f"{lines[0]} (no figures: they need rows whose target is known, and enough of them)\n{features}"
    rows = [(name.lower() if name != "R²" else name, value, beside) for name, value, beside, _ in figures(metrics, manifest.baseline)]
    lines += [features, ""]
    if manifest.baseline is not None:
        rows.insert(0, ("", "this model", f"baseline ({manifest.baseline.estimator})"))
    lines += [f"  {name:<26}{value:<18}{beside}".rstrip() for name, value, beside in rows]
    lines.append(f"  mean ± standard deviation over {metrics.folds} folds x {count(metrics.repeats, 'repeat')} of cross-validation")
    return "\n".join(lines)


def next_command(program: str, registry: Registry, version: int, settings: Settings) -> str:
    """What to type next so that ``version`` is served: serve, where it is the model's first and in service already, else promote it.

    ``program`` is how ``iris-api`` is called. ``settings`` are those of the environment it will be typed in; whatever must
    differ is set in front. A version pinned there goes before whatever is promoted, so that only another start helps.
    """
    needed = {
        "IRIS_ARTIFACTS": (str(registry.root), str(settings.artifacts)),
        **_naming(registry.name, settings),
        "IRIS_MODEL_VERSION": (str(version), str(settings.model_version or version)),
    }
    front = "".join(f"{name}={shlex.quote(value)} " for name, (value, now) in needed.items() if value != now)
    if settings.model_version is None and (serving := registry.serving()) != version:
        which = f" --name {registry.name}" if settings.models else ""
        return f"{front}{program} promote {version}{which}, then kill -HUP the Gunicorn master (until then version {serving} serves)"
    return f"{front}make serve"


def _naming(name: str, settings: Settings) -> dict[str, tuple[str, str]]:
    """The variable that has to name the model, with what it has to be and what it is."""
    if settings.models is None:
        return {"IRIS_MODEL_NAME": (name, settings.model_name)}
    served = settings.served_models
    return {"IRIS_MODELS": (",".join(dict.fromkeys((*served, name))), ",".join(served))}


def _write_and_check(registry: Registry, draft: Manifest, estimator: Any, settings: Settings, command: str) -> Manifest:
    pickled = pickle_model(estimator)
    # code of the user's own is in an estimator only if the person who makes the bundle has named it
    attempt = partial(_try, registry, settings, Trust(allowed_globals=frozenset(pickled.names)))
    draft = draft.model_copy(update={"code": pickled.code})
    return write_bundle(registry, draft, pickled.files, partial(model_card, command=command), attempt)


def _try(registry: Registry, settings: Settings, trust: Trust, draft: Path) -> None:
    """Make the server's own checks of the bundle in ``draft``; errors name the folder it is to become."""
    bundle = read_bundle(draft, settings.max_artifact_bytes, trust)
    named = replace(bundle, folder=registry.path(bundle.manifest.version))
    verify(named, BundleLimits.of(settings))
