"""Versions of the libraries that a model depends on: those of this process, and what it means where they differ from a manifest's."""

import platform
from importlib import metadata

import joblib
import numpy as np
import scipy
import sklearn

from iris_api.errors import ArtifactError
from iris_api.inference.layouts import Frame, Layout
from iris_api.inference.manifest import Libraries, Manifest
from iris_api.inference.unpickling import other_scikit_learn


def installed_libraries(layout: Layout | None = None) -> Libraries:
    """Versions of the libraries that this process would decode and predict with, where rows have ``layout``."""
    return Libraries(
        python=platform.python_version(),
        numpy=np.__version__,
        scipy=scipy.__version__,
        scikit_learn=sklearn.__version__,
        joblib=joblib.__version__,
        pandas=_version("pandas") if isinstance(layout, Frame) else None,
    )


def compare_libraries(source: str, manifest: Manifest) -> tuple[str, ...]:
    """What differs from where the model was trained and may matter, for warnings; ``source`` is the manifest's file.

    Raises
    ------
    ArtifactError
        If scikit-learn is another.
    """
    trained, here = manifest.libraries, installed_libraries(manifest.signature.layout)
    if trained.scikit_learn != here.scikit_learn:
        raise ArtifactError(other_scikit_learn(source, trained.scikit_learn))
    pairs = ((field, getattr(trained, field), getattr(here, field)) for field in Libraries.model_fields)
    return tuple(f"the model was trained with {name} {then}, this is {now}" for name, then, now in pairs if then != now)


def _version(package: str) -> str | None:
    """The version of ``package``, without the time that importing it takes; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
