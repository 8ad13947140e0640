"""The classes and functions of the user's own that may be in a bundle: those that the person who makes it names."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.decoding.own_names import NO_NAMES, NOTEBOOK, OwnNames, is_own_module
from iris_api.inference.manifest import MAX_CODE_BYTES, MAX_GLOBALS, MODULE_FILE
from iris_api.inference.own_code import ModuleFile, OwnCode, travelling_file
from iris_api.inference.unpickling import holds_own
from iris_api.settings import is_global_name

COMPARED_ROWS = 20


def own_names(allow: Sequence[Any], code: Path | str | None) -> OwnNames:
    """What ``allow`` names, imported: the caller says so. A model may hold these, and nothing else that is not scikit-learn's.

    Parameters
    ----------
    allow
        Classes and functions, each as ``module:name`` or itself.
    code
        A Python file that travels with the model. Classes of a notebook or script are those of the same name in it. Modules of which
        there is no file must be installed, here and where the model is served.

    Raises
    ------
    ConfigurationError
        If a name or the file is none that can be taken.
    ArtifactError
        If a module cannot be imported, or has no such class or function.
    """
    file = None if code is None else _read(Path(code))
    names = tuple(dict.fromkeys(_name_of(item, file) for item in allow))
    if len(names) > MAX_GLOBALS:
        raise ConfigurationError(f"--allow names {len(names)} classes and functions; a bundle can have {MAX_GLOBALS}")
    if file is not None and all(_module(name) != file.description.module for name in names):
        module = file.description.module
        raise ConfigurationError(f"--code {code} needs --allow {module}:NAME for each class and function of it that the model holds")
    return OwnCode(names, file, frozenset(names)).load("--allow") if names else NO_NAMES


def check_same_answers(model: Any, estimator: Any, X: Any, code: Path | str) -> None:  # noqa: N803 - scikit-learn's own name
    """Refuse an ``estimator`` that answers the first rows of ``X`` otherwise than ``model``, of which it is made with the file ``code``.

    Raises
    ------
    ArtifactError
        If the file is not the code that ``model`` was fitted with.
    """
    head = X.iloc[:COMPARED_ROWS] if hasattr(X, "iloc") else X[:COMPARED_ROWS]
    try:
        wanted, given = np.asarray(model.predict(head)), np.asarray(estimator.predict(head))
    except Exception as error:  # noqa: BLE001 - code of the user's own may raise anything
        raise ArtifactError(f"the model cannot predict X with {code} ({type(error).__name__}: {error}); correct the file or X") from None
    is_number = wanted.dtype.kind == given.dtype.kind == "f"
    if not (wanted.shape == given.shape and (np.allclose(wanted, given) if is_number else np.array_equal(wanted, given))):
        raise ArtifactError(f"the model answers otherwise with {code} than without; write the code that it was fitted with into the file")


def needs_names(estimator: Any, rows: Any, names: Sequence[str]) -> bool:
    """Whether ``estimator`` answers ``rows`` (n, columns) of numbers only as a DataFrame of columns ``names``.

    Code of the user's own may ask for columns by name; no attribute tells. What holds no such code takes rows by position.
    """
    head = rows[:COMPARED_ROWS]
    if not holds_own(estimator) or _answers(estimator, head):
        return False
    try:
        import pandas as pd
    except ImportError:
        return False
    return _answers(estimator, pd.DataFrame(head, columns=list(names)))


def _answers(estimator: Any, rows: Any) -> bool:
    try:
        estimator.predict(rows)
    except Exception:  # noqa: BLE001 - whatever it raises, it does not answer
        return False
    return True


def _name_of(item: Any, file: ModuleFile | None) -> str:
    name = f"{item.__module__}:{item.__qualname__}" if isinstance(item, type | FunctionType) else str(item)
    module, _, rest = name.partition(":")
    travelled = travelling_file(module)
    if travelled is not None:
        name = f"{travelled.description.module}:{rest}"
    if module == NOTEBOOK and file is not None:
        name = f"{file.description.module}:{rest}"
    elif module == NOTEBOOK:
        raise ConfigurationError(
            f"{rest} is defined in this notebook or script; put it in a file, and add --code features.py --allow features:{rest}"
        )
    if not is_global_name(name):
        raise ConfigurationError(f"--allow {name}: must be module:name, such as features:AddRatio, of a class or function at the top level")
    if not is_own_module(_module(name)):
        raise ConfigurationError(f"--allow {name}: is of Python or of a library, not of a module of your own")
    return name


def _module(name: str) -> str:
    return name.partition(":")[0]


def _read(path: Path) -> ModuleFile:
    if not re.fullmatch(MODULE_FILE, path.name) or not is_own_module(path.stem):
        raise ConfigurationError(f"--code {path}: must be a Python file with a name of its own, such as features.py")
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_CODE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"--code {path}: cannot be read ({error.strerror}); name a Python file") from None
    if len(content) > MAX_CODE_BYTES:
        raise ConfigurationError(f"--code {path}: has more than {MAX_CODE_BYTES} bytes; keep what the model needs in a file of its own")
    return ModuleFile(path.name, content)
