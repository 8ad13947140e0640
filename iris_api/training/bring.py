"""Bringing a model of your own from a notebook: one call from a fitted estimator and its data to a bundle that is fit to serve."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iris_api.inference.manifest import Manifest
from iris_api.inference.registry import Registry
from iris_api.inference.unpickling import check_estimator
from iris_api.settings import Settings, load_settings
from iris_api.training.adopt import reread
from iris_api.training.commands import PROGRAM, check_model_name
from iris_api.training.publish import adopt
from iris_api.training.samples import as_array, dataset_of
from iris_api.training.signature_table import signature_table


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written: its folder and what its manifest says. Its ``repr`` shows the signature as a table."""

    path: Path
    manifest: Manifest

    def __fspath__(self) -> str:
        """The folder, wherever a path is taken."""
        return str(self.path)

    def __repr__(self) -> str:
        manifest = self.manifest
        return f"{manifest.name} version {manifest.version}: {self.path}\n{signature_table(manifest.signature)}"


def bundle_model(  # noqa: PLR0913 - what a person may say of a model, nearly all of it optional
    model: Any,
    X: Any,  # noqa: N803 - scikit-learn's own name
    y: Any = None,
    *,
    name: str,
    artifacts: Path | str | None = None,
    arrays: Mapping[str, Sequence[int]] | None = None,
) -> Bundled:
    """Write the next version of the model ``name`` from the fitted ``model``.

    Parameters
    ----------
    model
        A fitted scikit-learn estimator that predicts, or a pipeline that ends in one. It is not changed.
    X
        What it was fitted on, or rows like these: a DataFrame, an array (n, columns) or a list of texts.
    y
        Classes or numbers (n) or (n, targets), for honest figures; they can be left out.
    name
        What the model is called, in lower case.
    artifacts
        The folder of all models; that of the settings if None.
    arrays
        ``{"pixels": (8, 8)}`` takes all columns as one nested list of that shape.

    Raises
    ------
    ServiceError
        If the model or the data cannot be served, with what to do; nothing is left behind.
    """
    settings: Settings = load_settings()
    check_model_name(name)
    registry = Registry(settings.artifacts if artifacts is None else Path(artifacts), name)
    source = f"the model {name}"
    estimator = reread(model, source)
    check_estimator(estimator, source)
    dataset = dataset_of(name, X, y, estimator)
    for array, shape in (arrays or {}).items():
        dataset = as_array(dataset, array, list(shape))
    command = shlex.join([PROGRAM, "bundle", f"{name}.joblib", "--data", f"{name}.csv", "--name", name])
    manifest = adopt(estimator, dataset, registry, settings, command)
    return Bundled(registry.path(manifest.version), manifest)
