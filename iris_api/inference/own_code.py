"""Code of the user's own that a model needs: imported only if the operator's setting names it too, from verified bytes if it travels.

A module that travels is given a name that no installed module can have, and that holds the SHA-256 of its content: two versions of a
module stand side by side and never mix, and the same bytes are imported once.
"""

import hashlib
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.own_names import NOTEBOOK, OwnNames
from iris_api.inference.manifest import CodeFile

MAX_CAUSE = 300


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A Python module of the user's own, as it travels: the file's name and its bytes, which the caller has verified."""

    name: str
    content: bytes

    @property
    def description(self) -> CodeFile:
        """What a manifest says of it."""
        return CodeFile(file=self.name, sha256=hashlib.sha256(self.content).hexdigest(), size_bytes=len(self.content))


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The classes and functions of the user's own that a pickle may mention; nothing is imported before `load`.

    Parameters
    ----------
    names
        Each as ``module:name``.
    file
        The module that travels with the model; other modules must be installed.
    permitted
        The names that the operator lets run.
    """

    names: tuple[str, ...]
    file: ModuleFile | None
    permitted: frozenset[str]

    def load(self, source: str) -> OwnNames:
        """Import what is named, and find each class and function; ``source`` is what names them, for messages.

        Classes of a notebook, which a pickle calls ``__main__``, are those of the same name in the module that travels.

        Raises
        ------
        ArtifactError
            If a name is not permitted, which is found before anything is imported; if a module cannot be imported; or if a name is
            no class or function that is defined at the top level of its module.
        """
        self.check_permitted(source)
        found: dict[tuple[str, str], Any] = {}
        for module, _, name in (text.partition(":") for text in self.names):
            found[module, name] = self._find(module, name, source)
            if self.file is not None and module == self.file.description.module:
                found[NOTEBOOK, name] = found[module, name]
        return found

    def check_permitted(self, source: str) -> None:
        """Raise `ArtifactError` if the operator does not let all of ``names`` run; nothing is imported."""
        missing = [name for name in self.names if name not in self.permitted]
        if missing:
            line = f"IRIS_ALLOWED_GLOBALS={','.join(sorted({*self.permitted, *self.names}))}"
            raise ArtifactError(
                f"{source} needs classes or functions of its own ({', '.join(missing)}), whose code would run in this service with its"
                f" rights; only if you trust who made it, set {line} (docs/your-own-model.md)"
            )

    def _find(self, module: str, name: str, source: str) -> Any:
        travels = self.file is not None and module == self.file.description.module
        loaded = _travelling(self.file, source) if self.file is not None and travels else _installed(module, source)
        found = vars(loaded).get(name)
        if not isinstance(found, type | FunctionType) or (found.__module__, found.__qualname__) != (loaded.__name__, name):
            raise ArtifactError(
                f"{source} names {module}:{name}, which is no class or function that is defined at the top level of {module}"
            )
        return found


def travelling_file(module: str) -> ModuleFile | None:
    """The file that the module of this name was imported from by `OwnCode.load`; None of any other module."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    state = getattr(spec, "loader_state", None)
    return state if isinstance(state, ModuleFile) else None


def _travelling(file: ModuleFile, source: str) -> ModuleType:
    name = f"{file.description.module}@{file.description.sha256}"
    loaded = sys.modules.get(name)
    if loaded is not None:
        return loaded
    spec = importlib.util.spec_from_loader(name, None, origin=file.name)
    if spec is None:
        raise ArtifactError(f"{source} has a module {file.name} that cannot be imported")
    spec.loader_state = file
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        # the bytes that were verified, not what a path may hold by now
        exec(compile(file.content, f"<{file.name}>", "exec", dont_inherit=True), vars(module))  # noqa: S102 - the operator's setting names it
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, MemoryError) or not isinstance(error, Exception | SystemExit):
            raise
        raise ArtifactError(_not_imported(file.name, source, error)) from error
    return module


def _installed(module: str, source: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
            remedy = "install it where the model is served, or make the bundle again with --code"
            raise ArtifactError(f"{source} needs the module {module}, which is not installed; {remedy}") from None
        raise ArtifactError(_not_imported(module, source, error)) from error


def _not_imported(what: str, source: str, error: BaseException) -> str:
    cause = f"{type(error).__name__}: {error}"[:MAX_CAUSE]
    return f"{source} needs {what}, which cannot be imported ({cause}); correct the module, or install what it needs"
