"""Pickles an estimator for its bundle, and finds out what it needs of the user's own code."""

import io
import pickle
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from joblib.numpy_pickle import NumpyPickler

from iris_api.inference.bundle import PICKLE
from iris_api.inference.decoding.own_names import is_own
from iris_api.inference.manifest import Code
from iris_api.inference.own_code import ModuleFile, travelling_file


@dataclass(frozen=True, slots=True)
class ModelPickle:
    """An estimator as an uncompressed joblib dump, the classes and functions of the user's own in it, and the module that travels."""

    content: bytes
    names: tuple[str, ...]
    file: ModuleFile | None

    @property
    def code(self) -> Code | None:
        """What the manifest says of them; None if there are none."""
        if not self.names:
            return None
        return Code(allowed_globals=list(self.names), file=None if self.file is None else self.file.description)

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the bundle, by name."""
        return {PICKLE: self.content} | ({} if self.file is None else {self.file.name: self.file.content})


class _Pickler(NumpyPickler):  # type: ignore[misc]
    """Names a class or function of a module that travels by the module's own name, and keeps account of all that are the user's."""

    dispatch = NumpyPickler.dispatch.copy()

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.names: dict[str, None] = {}
        self.file: ModuleFile | None = None

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if not isinstance(obj, type | FunctionType) or not is_own(obj):
            super().save_global(obj, name)
            return
        module, file = obj.__module__, travelling_file(obj.__module__)
        if file is None:
            super().save_global(obj, name)
        else:
            module, self.file = file.description.module, file
            self.save(module)
            self.save(obj.__name__)
            self.write(pickle.STACK_GLOBAL)
            self.memoize(obj)
        self.names[f"{module}:{obj.__name__}"] = None

    dispatch[FunctionType] = save_global


def pickle_model(estimator: Any) -> ModelPickle:
    """``estimator``, which is fit to serve, as its bundle holds it."""
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(estimator)
    return ModelPickle(stream.getvalue(), tuple(sorted(pickler.names)), pickler.file)
