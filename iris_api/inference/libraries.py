"""Versions of the libraries that a model depends on: those of this process, and what it means where they differ from a manifest's."""

import platform
from collections.abc import Iterable
from importlib import metadata

import joblib
import numpy as np
import scipy
import sklearn

from iris_api.errors import ArtifactError
from iris_api.inference.decode_reasons import other_scikit_learn
from iris_api.inference.families.family import Family
from iris_api.inference.families.known import FAMILIES
from iris_api.inference.layouts import Frame, Layout
from iris_api.inference.manifest import Libraries, Manifest


def installed_libraries(layout: Layout | None = None, families: Iterable[Family] = ()) -> Libraries:
    """Versions of what this process would decode and predict with, where rows have ``layout`` and estimators are of ``families``."""
    return Libraries(
        python=platform.python_version(),
        numpy=np.__version__,
        scipy=scipy.__version__,
        scikit_learn=sklearn.__version__,
        joblib=joblib.__version__,
        pandas=_version("pandas") if isinstance(layout, Frame) else None,
        **{family.library: family.version() for family in families},
    )


def compare_libraries(source: str, manifest: Manifest) -> tuple[str, ...]:
    """What differs from where the model was trained and may matter, for warnings; ``source`` is the manifest's file.

    Raises
    ------
    ArtifactError
        If scikit-learn is another, or a library that the model needs is not installed.
    """
    trained, families = manifest.libraries, families_of(manifest.libraries)
    here = installed_libraries(manifest.signature.layout, families)
    if trained.scikit_learn != here.scikit_learn:
        raise ArtifactError(other_scikit_learn(source, trained.scikit_learn))
    missing = next((family for family in families if getattr(here, family.library) is None), None)
    if missing is not None:
        raise ArtifactError(f"{source} needs {missing.library}, which is not installed; {missing.remedy}")
    pairs = ((field, getattr(trained, field), getattr(here, field)) for field in Libraries.model_fields)
    return tuple(f"the model was trained with {name} {then}, this is {now}" for name, then, now in pairs if then != now)


def families_of(libraries: Libraries) -> list[Family]:
    """The families that a manifest with ``libraries`` names."""
    return [family for name, family in FAMILIES.items() if getattr(libraries, name) is not None]


def _version(package: str) -> str | None:
    """The version of ``package``, without the time that importing it takes; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
