"""From verified bytes to an estimator that is fit to serve; ``iris_api.inference.decoding`` does the decoding."""

import re
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.decode_errors import Damaged, ForeignName, MadeWithAnother, NotServed, Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.row_checks import add_row_check
from iris_api.inference.decoding.searches import BEST, Container, decode_model
from iris_api.inference.layouts import Frame
from iris_api.inference.manifest import Manifest
from iris_api.inference.signature import Signature

COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x5d\x00": "lzma", b"\x04\x22\x4d\x18": "lz4"}
COMPRESSED |= dict.fromkeys((b"x\x01", b"x^", b"x\x9c", b"x\xda"), "zlib")
SERVED = "only classifiers and pipelines of numeric transformers are served; of a search such as GridSearchCV take best_estimator_"
# the text that scikit-learn writes beside every estimator's attributes, as any protocol spells it
_MADE_WITH = re.compile(rb"_sklearn_version(?:\x94|q.|r.{4})?[\x8cX]([\x03-\x20])(?:\0\0\0)?([0-9a-z.+]{3,32})", re.DOTALL)


def other_scikit_learn(source: str, version: str) -> str:
    """What to say of a model in ``source`` that was made with scikit-learn ``version``, which is not this one."""
    remedy = "fit it again with this one, or serve it where that one is installed"
    return f"{source} was made with scikit-learn {version}, this is {sklearn.__version__}; {remedy}"


def unpickle(pickled: bytes, source: str, remedy: str = "build the bundle again") -> Any:
    """Build the one object in ``pickled``, an uncompressed joblib dump.

    Parameters
    ----------
    pickled
        The bytes, verified by the caller.
    source
        The file they came from, for the message.
    remedy
        What to do where they are damaged, for the message.

    Raises
    ------
    ArtifactError
        If they are damaged, compressed, followed by more bytes, from another scikit-learn, or hold anything that the
        pickle of a served estimator does not hold.
    MemoryError
        If there is not enough memory for what they hold.
    """
    return _decoded(decode, pickled, source, remedy)


def unpickle_model(pickled: bytes, source: str, remedy: str) -> tuple[Any, tuple[str, ...]]:
    """As `unpickle`, for a pickle that somebody wants to make a bundle of; of a search such as GridSearchCV, its best estimator.

    Returns
    -------
    The estimator, and what a person should know of how it was taken, one sentence each.

    Raises
    ------
    ArtifactError, MemoryError
        As `unpickle` does; and if it is a container, with what is in it.
    """
    built, searches = _decoded(decode_model, pickled, source, remedy)
    return built, tuple(f"{source} holds a {name}; its {BEST} is taken." for name in searches)


def _decoded(decoder: Callable[[bytes], Any], pickled: bytes, source: str, remedy: str) -> Any:
    for magic, coding in COMPRESSED.items():
        if pickled.startswith(magic):
            raise ArtifactError(f"{source} is compressed ({coding}); write it with joblib.dump(model, path, compress=0)")
    try:
        return decoder(pickled)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a constructor may raise what no check foresaw
        raise ArtifactError(_reason(error, pickled, source, remedy)) from None


def _reason(error: Exception, pickled: bytes, source: str, remedy: str) -> str:
    """Why ``pickled`` could not be decoded; another scikit-learn explains whatever its own names and attributes led to."""
    made_with = error.version if isinstance(error, MadeWithAnother) else _made_with(pickled)
    if made_with not in (None, sklearn.__version__) and not isinstance(error, ForeignName):
        return other_scikit_learn(source, made_with)
    if isinstance(error, Container):
        model = "model" if error.model is None else error.model
        return f"{source} holds {error.content}, not a model; write the model alone: joblib.dump({model}, 'model.joblib')"
    if isinstance(error, NotServed):
        return f"{source} was refused: {error}; {SERVED}"
    if isinstance(error, Damaged):
        return f"{source} cannot be unpickled: {error}; {remedy}"
    if isinstance(error, Refused):
        return f"{source} was refused: {error}. Serve only models you trained yourself"
    return f"{source} cannot be unpickled ({type(error).__name__}); {remedy}"


def _made_with(pickled: bytes) -> str | None:
    """The version of scikit-learn that ``pickled`` says it is from, if it says one."""
    found = _MADE_WITH.search(pickled)
    return found[2][: found[1][0]].decode() if found else None


def estimators_in(root: Any) -> Iterator[BaseEstimator]:
    """Every fitted or unfitted estimator inside ``root``, itself included, each once."""
    # kept, as another object may get the id of one that is gone
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, BaseEstimator):
            yield item
        if isinstance(item, BaseEstimator) or type(item).__module__.startswith("sklearn.calibration"):
            waiting.extend(vars(item).values())
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            waiting.extend(item)
        elif isinstance(item, np.ndarray) and item.dtype == np.dtype(object):
            waiting.extend(item.ravel().tolist())


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
    """Have ``estimator`` take rows by position: it would warn of every array if it was fitted on names."""
    for inner in estimators_in(estimator):
        vars(inner).pop("feature_names_in_", None)


def check_kind(estimator: Any, source: str) -> None:
    """Refuse anything but a fitted estimator that predicts; ``estimator`` stays as it is.

    Raises
    ------
    ArtifactError
        If it is no such estimator, naming ``source``.
    """
    name = type(estimator).__name__
    if not (isinstance(estimator, BaseEstimator) and hasattr(type(estimator), "fit")):
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


def _prepare(estimator: BaseEstimator) -> None:
    # some classifiers warn of any n_jobs that is not None whenever they are fitted
    if vars(estimator).get("n_jobs") not in (None, 1):
        estimator.n_jobs = 1
    add_row_check(estimator)


def load_estimator(pickled: bytes, manifest: Manifest, source: str) -> Any:
    """The estimator in ``pickled``, agreeing with its manifest and ready to serve.

    Raises
    ------
    ArtifactError
        As `unpickle` and `check_estimator` do, and where its features or its task are not those of the manifest.
    """
    estimator = unpickle(pickled, source)
    check_estimator(estimator, source)
    signature = manifest.signature
    if not isinstance(signature.layout, Frame):
        forget_names(estimator)
    try:
        fault = signature.task.fault(estimator) or _width_fault(estimator, signature)
    except Exception as error:  # noqa: BLE001 - scikit-learn's properties raise whatever odd attributes lead to
        fault = f"has attributes that do not fit ({type(error).__name__})"
    if fault is not None:
        raise ArtifactError(f"{source} {fault}; build the bundle again")
    return estimator


def _width_fault(estimator: Any, signature: Signature) -> str | None:
    width, taken = signature.layout.width(signature.inputs), getattr(estimator, "n_features_in_", None)
    if width is None or taken is None or (isinstance(taken, Integral) and taken == width):
        return None
    return f"takes {taken} features, its manifest names {width}"
