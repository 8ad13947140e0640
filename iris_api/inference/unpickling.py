"""From verified bytes to an estimator, through an allow-list of names; nothing else in the service unpickles."""

import inspect
import io
import pickle
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import sklearn
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import InconsistentVersionWarning

from iris_api.errors import ArtifactError
from iris_api.inference.allowed_globals import ALLOWED_GLOBALS
from iris_api.inference.manifest import Manifest

MAX_QUOTED = 100
RAW_MEMORY = "it takes raw memory for the addresses of objects"
COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x5d\x00": "lzma", b"\x04\x22\x4d\x18": "lz4"}
COMPRESSED |= dict.fromkeys((b"x\x01", b"x^", b"x\x9c", b"x\xda"), "zlib")
SERVED = "only classifiers and pipelines of numeric transformers are served; of a search such as GridSearchCV take best_estimator_"
# the text that scikit-learn writes beside every estimator's attributes, as any protocol spells it
_MADE_WITH = re.compile(rb"_sklearn_version(?:\x94|q.|r.{4})?[\x8cX]([\x03-\x20])(?:\0\0\0)?([0-9a-z.+]{3,32})", re.DOTALL)


class _Refused(Exception):
    """The bytes ask for something that no classifier's pickle asks for."""


class _NotServed(_Refused):
    """The bytes ask for a part of scikit-learn, numpy or scipy that is not on the list."""


class _ArrayWrapper(NumpyArrayWrapper):  # type: ignore[misc]  # joblib is untyped
    """joblib's stand-in for an array; joblib would read an array of objects with an unpickler that checks names only."""

    def read_array(self, unpickler: "_AllowListUnpickler", ensure_native_byte_order: bool) -> Any:
        if self.dtype.hasobject:
            return _AllowListUnpickler(unpickler.filename, unpickler.file_handle, ensure_native_byte_order).load()
        return super().read_array(unpickler, ensure_native_byte_order)


class _AllowListUnpickler(NumpyUnpickler):  # type: ignore[misc]  # joblib is untyped
    """joblib's unpickler, held to what a classifier's pickle does: names on the list, and no change to what everybody shares."""

    dispatch = NumpyUnpickler.dispatch.copy()

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED_GLOBALS:
            kind = _NotServed if module.partition(".")[0] in ("sklearn", "numpy", "scipy") else _Refused
            raise kind(f"it mentions {f'{module}.{name}'[:MAX_QUOTED]}, which is no part of a scikit-learn classifier")
        if name == NumpyArrayWrapper.__name__:
            return _ArrayWrapper
        return super().find_class(module, name)

    def load_build(self) -> None:
        target = self.stack[-2]
        if isinstance(target, type) or inspect.isroutine(target):
            raise _Refused("it changes a class or a function")
        super().load_build()
        if isinstance(target, np.dtype) and not target.hasobject and _names_objects(target):
            raise _Refused(RAW_MEMORY)

    def load_reduce(self) -> None:
        _check_callee(self.stack[-2])
        super().load_reduce()

    def load_newobj(self) -> None:
        _check_callee(self.stack[-2])
        super().load_newobj()

    def load_newobj_ex(self) -> None:
        _check_callee(self.stack[-3])
        super().load_newobj_ex()

    def _instantiate(self, klass: Any, args: Any) -> None:
        _check_callee(klass)
        super()._instantiate(klass, args)

    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex


def _check_callee(callee: Any) -> None:
    if callee is np.ndarray:
        raise _Refused(RAW_MEMORY)


def _names_objects(dtype: Any) -> bool:
    """Whether ``dtype`` holds Python objects, whatever its flags say."""
    parts = [] if dtype.subdtype is None else [dtype.subdtype[0]]
    parts += [field[0] for field in (dtype.fields or {}).values()]
    return dtype.kind == "O" or any(map(_names_objects, parts))


def other_scikit_learn(source: str, version: str) -> str:
    """What to say of a model in ``source`` that was made with scikit-learn ``version``, which is not this one."""
    remedy = "fit it again with this one, or serve it where that one is installed"
    return f"{source} was made with scikit-learn {version}, this is {sklearn.__version__}; {remedy}"


def unpickle(pickled: bytes, source: str, remedy: str = "build the bundle again") -> Any:
    """Rebuild the one object in ``pickled``, an uncompressed joblib dump.

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
    except Exception as error:  # noqa: BLE001 - damaged bytes can make any reconstructor raise anything
        raise ArtifactError(_reason(error, pickled, source, remedy)) from None
    if stream.read(1):
        raise ArtifactError(f"{source} has bytes after its end; {remedy}")
    return loaded


def _reason(error: Exception, pickled: bytes, source: str, remedy: str) -> str:
    """Why ``pickled`` could not be loaded; another scikit-learn explains whatever its own names and attributes led to."""
    if isinstance(error, _Refused) and not isinstance(error, _NotServed):
        return f"{source} was refused: {error}. Serve only models you trained yourself"
    made_with = error.original_sklearn_version if isinstance(error, InconsistentVersionWarning) else _made_with(pickled)
    if made_with not in (None, sklearn.__version__):
        return other_scikit_learn(source, made_with)
    if isinstance(error, _NotServed):
        return f"{source} was refused: {error}; {SERVED}"
    return f"{source} cannot be unpickled ({type(error).__name__}); {remedy}"


def _made_with(pickled: bytes) -> str | None:
    """The version of scikit-learn that ``pickled`` says it is from, if it says one."""
    found = _MADE_WITH.search(pickled)
    return found[2][: found[1][0]].decode() if found else None


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

    Serving takes one thread a prediction (``n_jobs`` of 1 or None) and rows by position (no ``feature_names_in_``).

    Raises
    ------
    ArtifactError
        If it is no classifier, not fitted, or has more than one output.
    """
    if not (isinstance(estimator, BaseEstimator) and is_classifier(estimator)):
        raise ArtifactError(f"{source} holds a {type(estimator).__name__}, not a scikit-learn classifier; bundle the classifier itself")
    if not (hasattr(estimator, "classes_") and hasattr(estimator, "n_features_in_")):
        raise ArtifactError(f"{source} holds a {type(estimator).__name__} that is not fitted; fit it first")
    if isinstance(estimator.classes_, list) or estimator.classes_.ndim != 1:
        raise ArtifactError(f"{source} predicts more than one output; only one is served")
    for inner in estimators_in(estimator):
        # some classifiers warn of any n_jobs that is not None whenever they are fitted
        if vars(inner).get("n_jobs") not in (None, 1):
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
