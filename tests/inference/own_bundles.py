"""Bundles whose model has a class and functions of the user's own, from a file that travels."""

import hashlib
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from iris_api.inference.bundle import write_bundle
from iris_api.inference.registry import Registry
from iris_api.training.model_pickles import pickle_model
from iris_api.training.own_classes import own_names
from tests.inference.bundles import edit, manifest_of

ROWS = np.random.default_rng(3).uniform(1, 9, (40, 2))
LABELS = np.where(ROWS[:, 0] > ROWS[:, 1], "bad", "good")
NAMES = frozenset({"features:AddRatio", "features:scaled"})
FILE = "features.py"
SOURCE = textwrap.dedent(
    """
    from os import system

    import numpy as np
    from sklearn.base import BaseEstimator, TransformerMixin


    class AddRatio(TransformerMixin, BaseEstimator):
        weight = WEIGHT

        def fit(self, X, y=None):
            self.highest_ = float(np.max(X))
            return self

        def transform(self, X):
            return np.column_stack([X, self.weight * X[:, 0] / X[:, 1]])


    def scaled(X):
        return X / 9


    path = __import__("os").path
    alias = scaled
    """
)


def source(weight: float = 1.0) -> bytes:
    """The file, whose class multiplies by ``weight``."""
    return SOURCE.replace("WEIGHT", str(weight)).encode()


def fitted(folder: Path, weight: float = 1.0) -> Any:
    """A pipeline whose steps are of the file, which is written into ``folder``."""
    (folder / FILE).write_bytes(source(weight))
    own = own_names(sorted(NAMES), folder / FILE)
    scale = FunctionTransformer(own["features", "scaled"])
    return make_pipeline(own["features", "AddRatio"](), scale, LogisticRegression()).fit(ROWS, LABELS)


def write_own(root: Path, weight: float = 1.0) -> Path:
    """The next version of the model "own" below ``root``, from a file that is in no place afterwards but the bundle."""
    registry, model = Registry(root, "own"), fitted(root.parent, weight)
    (root.parent / FILE).unlink()
    pickled = pickle_model(model)
    manifest = manifest_of(model, ROWS[:8], "own").model_copy(update={"code": pickled.code})
    return registry.path(write_bundle(registry, manifest, pickled.files, lambda final: final.name).version)


def change_code(folder: Path, content: bytes) -> None:
    """Put ``content`` in the bundle for its code, with the size and the hash that belong to it."""
    (folder / FILE).write_bytes(content)
    file = {"file": FILE, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    edit(folder, lambda manifest: manifest["code"].update(file=file))


def forget_own() -> None:
    """Have this process forget every file of the user's own that it imported, as if it began anew."""
    for name in [name for name in sys.modules if "@" in name]:
        del sys.modules[name]
