"""A model, loaded once and cached for the life of the process (and of every worker forked from it)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from iris_api.errors import ArtifactError, NotReady
from iris_api.inference.bundle import Bundle, read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.predictor import Predictor
from iris_api.inference.probation import try_in_child
from iris_api.inference.registry import Registry
from iris_api.inference.scorer_choice import choose_scorer
from iris_api.inference.scorers import EstimatorScorer
from iris_api.inference.seals import ANY_BUNDLE, Trust
from iris_api.inference.unpickling import load_estimator

Model = TypeVar("Model")


def as_it_is(predictor: Predictor) -> Predictor:
    """``predictor`` itself, for `ModelLoader` and `check`."""
    return predictor


def verify(bundle: Bundle, limits: BundleLimits) -> Predictor:
    """Try ``bundle`` in a child, then decode the same bytes here; this process never predicts with it on the way.

    Raises
    ------
    ArtifactError
        If the trial fails, or takes more time or memory than ``limits`` and what `try_in_child` adds for the size allow.
    """
    verdict = try_in_child(bundle, limits.probation_seconds, limits.max_table_bytes, limits.probation_memory_bytes)
    estimator = load_estimator(bundle.pickled, bundle.manifest, bundle.source, bundle.code)
    signature = bundle.manifest.signature
    scorer = choose_scorer(estimator, signature, limits.max_table_bytes) if verdict.agrees else EstimatorScorer(estimator, signature)
    return Predictor(bundle.manifest, scorer, verdict.row_seconds)


def check(folder: Path, limits: BundleLimits, trust: Trust = ANY_BUNDLE, serve: Callable[[Predictor], object] = as_it_is) -> Bundle:
    """Make every check that serving the bundle in ``folder`` (``…/<model>/<version>``) would make, and return it.

    ``serve`` is as for `ModelLoader`.

    Raises
    ------
    ArtifactError
        Whatever is wrong with it.
    """
    bundle = _read_at_home(folder, limits, trust)
    serve(verify(bundle, limits))
    return bundle


def _read_at_home(folder: Path, limits: BundleLimits, trust: Trust) -> Bundle:
    """The bundle in ``folder``, whose manifest must name that very model and version."""
    bundle = read_bundle(folder, limits.max_artifact_bytes, trust)
    manifest, home = bundle.manifest, Path(os.path.abspath(folder))  # noqa: PTH100 - resolve would follow links
    if (manifest.name, str(manifest.version)) != (home.parent.name, home.name):
        named = f"{manifest.name}/{manifest.version}"
        is_taken = (home.parent.parent / named).exists()
        remedy = "it is a copy, remove it; a new version is trained or bundled" if is_taken else "move it there"
        raise ArtifactError(f"{folder} holds {manifest.name} version {manifest.version}, which serves from {named} only; {remedy}")
    return bundle


class ModelLoader(Generic[Model]):
    """Holds the one model in service.

    Parameters
    ----------
    registry
        Says which version is in service.
    limits
        What a bundle, its trial and its scorer may take.
    trust
        Which bundles are taken.
    serve
        What is made of a predictor before it comes into service; raises a `ServiceError` if it cannot be served.
    """

    def __init__(self, registry: Registry, limits: BundleLimits, trust: Trust, serve: Callable[[Predictor], Model]) -> None:
        self._registry = registry
        self._limits = limits
        self._trust = trust
        self._serve = serve
        self._current: Model | None = None
        self.warnings: tuple[str, ...] = ()

    @property
    def current(self) -> Model:
        """The model in service. Read it once a request. Raises `NotReady` before the first one is loaded."""
        if self._current is None:
            raise NotReady("No model is in service yet; try again shortly.")
        return self._current

    @property
    def is_loaded(self) -> bool:
        """Whether there is a model in service."""
        return self._current is not None

    def refresh(self) -> None:
        """Load and verify the version in service, and only then swap it in.

        Raises
        ------
        ServiceError
            Whatever is wrong with it; the model before stays in service.
        """
        bundle = _read_at_home(self._registry.path(self._registry.serving()), self._limits, self._trust)
        self._current = self._serve(verify(bundle, self._limits))
        self.warnings = bundle.warnings
