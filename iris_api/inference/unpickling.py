"""From verified bytes to an estimator that is fit to serve; ``iris_api.inference.decoding`` does the decoding."""

from collections.abc import Callable, Iterator
from numbers import Integral
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from iris_api.errors import ArtifactError
from iris_api.inference.decode_reasons import reason_of
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.own_names import NO_NAMES, OwnNames, is_own
from iris_api.inference.decoding.row_checks import add_row_check
from iris_api.inference.decoding.searches import BEST, decode_model
from iris_api.inference.families.family import Family
from iris_api.inference.families.known import family_of
from iris_api.inference.layouts import Frame
from iris_api.inference.manifest import Manifest
from iris_api.inference.own_code import OwnCode
from iris_api.inference.signature import Signature

COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x5d\x00": "lzma", b"\x04\x22\x4d\x18": "lz4"}
COMPRESSED |= dict.fromkeys((b"x\x01", b"x^", b"x\x9c", b"x\xda"), "zlib")
UNKNOWN = object()


def unpickle(pickled: bytes, source: str, remedy: str = "build the bundle again", own: OwnNames = NO_NAMES) -> Any:
    """Build the one object in ``pickled``, an uncompressed joblib dump.

    Parameters
    ----------
    pickled
        The bytes, verified by the caller.
    source
        The file they came from, for the message.
    remedy
        What to do where they are damaged, for the message.
    own
        The classes and functions of the user's own that they may mention.

    Raises
    ------
    ArtifactError
        If they are damaged, compressed, followed by more bytes, from another scikit-learn, or hold anything that the
        pickle of a served estimator does not hold.
    MemoryError
        If there is not enough memory for what they hold.
    """
    return _decoded(decode, pickled, source, remedy, own)


def unpickle_model(pickled: bytes, source: str, remedy: str, own: OwnNames = NO_NAMES) -> tuple[Any, tuple[str, ...]]:
    """As `unpickle`, for a pickle that a bundle is made of. A search such as GridSearchCV gives its best estimator.

    Returns
    -------
    The estimator, and what a person should know of how it was taken, one sentence each.

    Raises
    ------
    ArtifactError, MemoryError
        As `unpickle` does; and if it is a container, with what is in it.
    """
    built, searches = _decoded(decode_model, pickled, source, remedy, own)
    return built, tuple(f"{source} holds a {name}; its {BEST} is taken." for name in searches)


def _decoded(decoder: Callable[[bytes, OwnNames], Any], pickled: bytes, source: str, remedy: str, own: OwnNames) -> Any:
    for magic, coding in COMPRESSED.items():
        if pickled.startswith(magic):
            raise ArtifactError(f"{source} is compressed ({coding}); write it with joblib.dump(model, path, compress=0)")
    try:
        return decoder(pickled, own)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a constructor may raise what no check foresaw
        raise ArtifactError(reason_of(error, pickled, source, remedy)) from None


def estimators_in(root: Any) -> Iterator[BaseEstimator]:
    """Every fitted or unfitted estimator inside ``root``, itself included, each once."""
    return (item for item in _parts(root) if _is_estimator(item))


def holds_own(root: Any) -> bool:
    """Whether ``root`` is or holds a class or function of the user's own, or an instance of one."""
    return any(map(is_own, _parts(root)))


def _parts(root: Any) -> Iterator[Any]:
    """Everything inside ``root`` that may hold an estimator, itself included, each once."""
    # kept, as another object may get the id of one that is gone
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        yield item
        if _is_estimator(item) or type(item).__module__.startswith("sklearn.calibration") or _is_own_instance(item):
            waiting.extend(vars(item).values())
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            waiting.extend(item)
        elif isinstance(item, np.ndarray) and item.dtype == np.dtype(object):
            waiting.extend(item.ravel().tolist())


def _is_estimator(item: Any) -> bool:
    """CatBoost's classes have scikit-learn's methods, but none of its classes for an ancestor."""
    return isinstance(item, BaseEstimator) or (family_of(item) is not None and hasattr(type(item), "get_params"))


def families_in(root: Any) -> list[Family]:
    """The families of all estimators inside ``root``, each once."""
    found = {family.library: family for family in map(family_of, estimators_in(root)) if family is not None}
    return [found[library] for library in sorted(found)]


def _is_own_instance(item: Any) -> bool:
    return hasattr(item, "__dict__") and not isinstance(item, type | FunctionType) and is_own(item)


def check_estimator(estimator: Any, source: str) -> None:
    """Refuse anything but a fitted estimator that predicts, and prepare the rest for service, in place.

    Serving takes one thread a prediction (``n_jobs`` of 1 or None), and the checks of sizes that scikit-learn lacks.

    Raises
    ------
    ArtifactError
        If it is no such estimator, not fitted, or has attributes that its class never gives it.
    """
    try:
        check_kind(estimator, source)
        for inner in estimators_in(estimator):
            _prepare(inner)
    except ArtifactError:
        raise
    except Exception as error:  # noqa: BLE001 - scikit-learn's properties raise whatever odd attributes lead to
        name = type(estimator).__name__
        raise ArtifactError(f"{source} holds a {name} with attributes that do not fit ({type(error).__name__}); fit it again") from None


def forget_names(estimator: Any) -> None:
    """Have ``estimator`` take rows by position: it would warn of every array if it was fitted on names.

    Estimators of the user's own keep the names, which their code may read.
    """
    for inner in estimators_in(estimator):
        if is_own(inner):
            continue
        vars(inner).pop("feature_names_in_", None)
        if "_fitted_with_feature_names" in vars(inner):
            # how LightGBM says the same
            inner._fitted_with_feature_names = False  # noqa: SLF001


def check_kind(estimator: Any, source: str) -> None:
    """Refuse anything but a fitted estimator that predicts; ``estimator`` stays as it is.

    Raises
    ------
    ArtifactError
        If it is no such estimator, naming ``source``.
    """
    name = type(estimator).__name__
    if not (_is_estimator(estimator) and hasattr(type(estimator), "fit")):
        raise ArtifactError(f"{source} holds a {name}, not a scikit-learn estimator; bundle the estimator itself")
    if not _is_fitted(estimator):
        raise ArtifactError(f"{source} holds a {name} that is not fitted; fit it first")
    if not hasattr(estimator, "predict"):
        raise ArtifactError(f"{source} holds a {name}, which does not predict new rows; bundle an estimator that does")


def _is_fitted(estimator: BaseEstimator) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def _prepare(estimator: Any) -> None:
    family = family_of(estimator)
    if family is not None:
        family.prepare(estimator)
    # some classifiers warn of any n_jobs that is not None whenever they are fitted
    elif vars(estimator).get("n_jobs") not in (None, 1):
        estimator.n_jobs = 1
    add_row_check(estimator)


def load_estimator(pickled: bytes, manifest: Manifest, source: str, code: OwnCode | None = None) -> Any:
    """The estimator in ``pickled``, agreeing with its manifest and ready to serve; ``code`` is what it needs of the user's own.

    Raises
    ------
    ArtifactError
        As `OwnCode.load`, `unpickle` and `check_estimator` do, and where its features or its task are not those of the manifest.
    """
    estimator = unpickle(pickled, source, own=NO_NAMES if code is None else code.load(source))
    check_estimator(estimator, source)
    signature = manifest.signature
    if not isinstance(signature.layout, Frame):
        forget_names(estimator)
    try:
        fault = signature.task.fault(estimator) or _width_fault(estimator, signature) or _library_fault(estimator, manifest)
    except Exception as error:  # noqa: BLE001 - scikit-learn's properties raise whatever odd attributes lead to
        fault = f"has attributes that do not fit ({type(error).__name__})"
    if fault is not None:
        raise ArtifactError(f"{source} {fault}; build the bundle again")
    return estimator


def _library_fault(estimator: Any, manifest: Manifest) -> str | None:
    unnamed = next((family for family in families_in(estimator) if getattr(manifest.libraries, family.library) is None), None)
    return None if unnamed is None else f"holds an estimator of {unnamed.library}, which its manifest does not name"


def _width_fault(estimator: Any, signature: Signature) -> str | None:
    width, taken = signature.layout.width(signature.inputs), getattr(estimator, "n_features_in_", UNKNOWN)
    if width is None or taken is UNKNOWN or (isinstance(taken, Integral) and taken == width):
        return None
    return f"takes {taken} features, its manifest names {width}"
