"""From verified bytes to an estimator, through an allow-list of names; nothing else in the service unpickles."""

import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from joblib.numpy_pickle import NumpyUnpickler
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import InconsistentVersionWarning

from iris_api.errors import ArtifactError
from iris_api.inference.allowed_globals import ALLOWED_GLOBALS
from iris_api.inference.manifest import Manifest

COMPRESSED = {b"\x1f\x8b": "gzip", b"BZ": "bz2", b"\xfd7zXZ": "xz", b"\x5d\x00": "lzma", b"\x04\x22\x4d\x18": "lz4", b"x": "zlib"}


class _AllowListUnpickler(NumpyUnpickler):  # type: ignore[misc]  # joblib is untyped
    """joblib's unpickler, which asks `find_class` for every name the bytes mention, nested object arrays included."""

    dispatch = NumpyUnpickler.dispatch.copy()

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED_GLOBALS:
            raise _Refused(f"it mentions {module}.{name}, which is no part of a scikit-learn classifier")
        return super().find_class(module, name)

    def load_build(self) -> None:
        if isinstance(self.stack[-2], type):
            raise _Refused("it changes a class")
        super().load_build()

    dispatch[ord("b")] = load_build


class _Refused(Exception):
    """The bytes ask for something that no classifier's pickle asks for."""


def unpickle(pickled: bytes, source: str) -> Any:
    """Rebuild the one object in ``pickled``, an uncompressed joblib dump.

    Parameters
    ----------
    pickled
        The bytes, verified by the caller.
    source
        The file they came from, for the message.

    Raises
    ------
    ArtifactError
        If they are damaged, compressed, followed by more bytes, from another scikit-learn, or mention a name that
        is not allowed. No code named by the bytes has run then.
    """
    for magic, coding in COMPRESSED.items():
        if pickled.startswith(magic):
            raise ArtifactError(f"{source} is compressed ({coding}); write it with joblib.dump(model, path, compress=0)")
    stream = io.BytesIO(pickled)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            loaded = _AllowListUnpickler(source, stream, ensure_native_byte_order=False).load()
    except _Refused as error:
        raise ArtifactError(f"{source} was refused: {error}. Serve only models you trained yourself") from None
    except Exception as error:  # noqa: BLE001 - damaged bytes can make any reconstructor raise anything
        raise ArtifactError(f"{source} cannot be unpickled ({type(error).__name__}); build the bundle again") from None
    if stream.read(1):
        raise ArtifactError(f"{source} has bytes after its end; build the bundle again")
    return loaded


def estimators_in(root: Any) -> Iterator[BaseEstimator]:
    """Every fitted or unfitted estimator inside ``root``, itself included, each once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, BaseEstimator):
            yield item
        if isinstance(item, BaseEstimator) or type(item).__module__.startswith("sklearn.calibration"):
            waiting.extend(vars(item).values())
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple) or getattr(item, "dtype", None) == np.dtype(object):
            waiting.extend(item)


def check_estimator(estimator: Any, source: str) -> None:
    """Refuse what is no fitted single-output classifier, and make the rest fit to serve, in place.

    Serving takes one thread a prediction (``n_jobs=1``) and rows by position (no ``feature_names_in_``).

    Raises
    ------
    ArtifactError
        If it is no classifier, not fitted, or has more than one output.
    """
    if not (isinstance(estimator, BaseEstimator) and is_classifier(estimator)):
        raise ArtifactError(f"{source} holds a {type(estimator).__name__}, not a scikit-learn classifier")
    if not (hasattr(estimator, "classes_") and hasattr(estimator, "n_features_in_")):
        raise ArtifactError(f"{source} holds a {type(estimator).__name__} that is not fitted; fit it first")
    if isinstance(estimator.classes_, list) or estimator.classes_.ndim != 1:
        raise ArtifactError(f"{source} predicts more than one output; only one is served")
    for inner in estimators_in(estimator):
        if "n_jobs" in vars(inner):
            inner.n_jobs = 1
        vars(inner).pop("feature_names_in_", None)


def load_estimator(pickled: bytes, manifest: Manifest, source: str) -> Any:
    """The classifier in ``pickled``, agreeing with its manifest and ready to serve.

    Raises
    ------
    ArtifactError
        As `unpickle` and `check_estimator` do, and where features or classes differ from the manifest's.
    """
    estimator = unpickle(pickled, source)
    check_estimator(estimator, source)
    if estimator.n_features_in_ != len(manifest.features):
        raise ArtifactError(
            f"{source} takes {estimator.n_features_in_} features, its manifest names {len(manifest.features)}; build the bundle again"
        )
    classes = estimator.classes_.tolist()
    if list(map(repr, classes)) != list(map(repr, manifest.classes)):
        raise ArtifactError(f"{source} has other classes than its manifest names; build the bundle again")
    return estimator
