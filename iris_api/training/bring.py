"""Bringing a model of your own from a notebook: one call from a fitted estimator and its data to a bundle that is fit to serve."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from iris_api.inference.decoding.own_names import NOTEBOOK
from iris_api.inference.decoding.searches import BEST
from iris_api.inference.labels import class_name
from iris_api.inference.manifest import Manifest
from iris_api.inference.registry import Registry
from iris_api.inference.unpickling import check_estimator, check_kind
from iris_api.settings import Settings, load_settings
from iris_api.training.adopt import reread
from iris_api.training.bundle_options import choice_parts, task_kind
from iris_api.training.choices import Bounds, Choices
from iris_api.training.commands import PROGRAM, check_model_name
from iris_api.training.declared import with_task
from iris_api.training.missing_numbers import with_taken_gaps
from iris_api.training.own_classes import check_same_answers, own_names
from iris_api.training.progress import Progress
from iris_api.training.publish import adopt
from iris_api.training.round_trip import check_round_trip
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
        needed = "" if manifest.code is None else f"\nserves only where this is set: {manifest.code.setting}"
        return f"{manifest.name} version {manifest.version}: {self.path}\n{signature_table(manifest.signature)}{needed}"


def bundle_model(  # noqa: PLR0913 - what a person may say of a model, nearly all of it optional
    model: Any,
    X: Any,  # noqa: N803 - scikit-learn's own name
    y: Any = None,
    *,
    name: str,
    artifacts: Path | str | None = None,
    required: Sequence[str] = (),
    arrays: Mapping[str, Sequence[int]] | None = None,
    task: str | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    units: Mapping[str, str] | None = None,
    descriptions: Mapping[str, str] | None = None,
    classes: Mapping[Any, str] | None = None,
    allow: Sequence[Any] = (),
    code: Path | str | None = None,
) -> Bundled:
    """Write the next version of the model ``name`` from the fitted ``model``.

    Parameters
    ----------
    model
        A fitted scikit-learn estimator that predicts, or a pipeline that ends in one. It is not changed. Of a search such as
        GridSearchCV, its best estimator is taken.
    X
        What it was fitted on, or rows like these: a DataFrame, an array (n, columns) or a list of texts.
    y
        Classes or numbers (n) or (n, targets), for honest figures; they can be left out.
    name
        What the model is called, in lower case.
    artifacts
        The folder of all models; that of the settings if None.
    required
        Columns that may not be missing, even if the model answers without them.
    arrays
        ``{"pixels": (8, 8)}`` takes all columns as one nested list of that shape.
    task
        What it is for, where that is not clear: one of `iris_api.training.choices.TASK_KINDS`.
    bounds
        ``{"age": (0, 120)}`` refuses other values of a column; None leaves one side open.
    units, descriptions
        ``{"age": "years"}`` of a column, or the unit of a target; ``{"age": "Age at the last visit"}``.
    classes
        ``{0: "benign", 1: "malignant"}`` has what answers call a class.
    allow
        Classes and functions of your own that the model may hold, each as itself or as ``"features:AddRatio"``.
    code
        The Python file of these, which travels in the bundle and is imported; without it they must be of an installed module.

    Raises
    ------
    ServiceError
        If the model or the data cannot be served, with what to do; nothing is left behind.
    """
    settings: Settings = load_settings()
    check_model_name(name)
    registry = Registry(settings.artifacts if artifacts is None else Path(artifacts), name)
    source = f"the model {name}"
    choices = Choices(
        task=task_kind(task),
        required=frozenset(required),
        bounds=bounds or {},
        units=units or {},
        descriptions=descriptions or {},
        classes={class_name(label): shown for label, shown in (classes or {}).items()},
        arrays={array: tuple(shape) for array, shape in (arrays or {}).items()},
    )
    own = own_names(allow, code)
    best = _best(model)
    check_kind(best, source)
    estimator = reread(best, source, own)
    check_estimator(estimator, source)
    # a forked child of a process that has used OpenMP's threads hangs in them, and the check forks one
    with threadpool_limits(limits=1):
        if code is not None:
            check_same_answers(best, estimator, X, code)
        dataset = dataset_of(name, X, y, estimator)
        check_round_trip(estimator, X, dataset, source)
        dataset = with_taken_gaps(dataset, estimator, choices.required)
        for array, shape in choices.arrays.items():
            dataset = as_array(dataset, array, list(shape))
        dataset = with_task(estimator, dataset, source, choices)
    allowed = [part for module, kind in own if module != NOTEBOOK for part in ("--allow", f"{module}:{kind}")]
    travels = [] if code is None else ["--code", Path(code).name]
    parts = [*choice_parts(choices), *travels, *allowed, "--name", name]
    command = shlex.join([PROGRAM, "bundle", f"{name}.joblib", "--data", f"{name}.csv", *parts])
    manifest = adopt(estimator, dataset, registry, settings, command)
    return Bundled(registry.path(manifest.version), manifest)


def _best(model: Any) -> Any:
    """``model``, or the best estimator of a search, whose other parts need not be picklable."""
    best = getattr(model, BEST, None)
    if best is None:
        return model
    Progress(sys.stderr).say(f"the {BEST} of the {type(model).__name__} is taken")
    return best
