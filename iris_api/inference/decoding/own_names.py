"""Names of classes and functions of the user's own, which a bundle and the operator have both allowed.

What they stand for is imported by `iris_api.inference.own_code` before decoding begins; the decoder only looks it up.
"""

import sys
from _compat_pickle import IMPORT_MAPPING
from collections.abc import Callable, Mapping
from types import FunctionType, MappingProxyType
from typing import Any

from iris_api.inference.decoding.decode_errors import ForeignName, OwnName
from iris_api.inference.decoding.names import ALLOWED, Name, check_name
from iris_api.settings import is_global_name

OwnNames = Mapping[Name, Any]
"""For each name that a pickle may mention besides those of the fixed list, the class or function that it stands for."""

NO_NAMES: OwnNames = MappingProxyType({})
CheckName = Callable[[str, str], None]
NOTEBOOK = "__main__"
LIBRARIES = frozenset({"catboost", "iris_api", "joblib", "lightgbm", "numpy", "pandas", "scipy", "sklearn", "threadpoolctl", "xgboost"})
"""Packages whose classes the decoder knows, or refuses, one by one."""

PYTHON2_MODULES = frozenset(module.partition(".")[0] for module in IMPORT_MAPPING)
"""What the oldest pickles call modules of Python."""

_BY_VALUE = frozenset({"cloudpickle", "dill"})


def is_own_module(module: str) -> bool:
    """Whether ``module`` can be the user's own: no part of Python, of this service, or of a library that the decoder knows."""
    package = module.partition(".")[0]
    is_python = package in sys.stdlib_module_names or package in PYTHON2_MODULES or package.startswith("__")
    return package.lower() not in LIBRARIES and not is_python


def is_own(value: Any) -> bool:
    """Whether ``value``, which the decoder built, is a class or a function of the user's own, or an instance of such a class."""
    kind = value if isinstance(value, type | FunctionType) else type(value)
    return is_own_module(str(kind.__module__))


def name_check(own: OwnNames) -> CheckName:
    """What refuses every name that is neither on the fixed list nor one of ``own``.

    It raises as `iris_api.inference.decoding.names.check_name` does, and `OwnName` for what can be the user's own.
    """

    def check(module: str, name: str) -> None:
        if (module, name) in own:
            return
        writer = module.partition(".")[0]
        if writer in _BY_VALUE:
            raise ForeignName(
                f"it was written by {writer}, which puts code into the pickle; put the code in a file, import it from there, and write"
                " the model with joblib.dump (docs/your-own-model.md)"
            )
        can_be_own = module == NOTEBOOK or is_own_module(module)
        if (module, name) not in ALLOWED and can_be_own and is_global_name(f"{module}:{name}"):
            raise OwnName(module, name)
        check_name(module, name)

    return check
