"""What is mutated: a small fitted estimator of every served family, its pickles, and where their opcodes and arrays begin."""

import contextlib
import io
import pickle
import pickletools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import joblib
import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

from iris_api.inference.manifest import Manifest
from tests.inference.bundles import manifest_of
from tests.inference.decoding.comparisons import fitted
from tests.inference.decoding.regressor_zoo import EVERY
from tests.inference.decoding.regressor_zoo import VARIANTS as REGRESSOR_VARIANTS
from tests.inference.decoding.test_names import LABELS_OF, LEVEL, NAMES, NEEDS_AN_ESTIMATOR, ROWS, TRANSFORMERS, TREE, VARIANTS, ZOO
from tests.inference.decoding.zoo import ZOO as TABLES
from tests.inference.families.models import estimator, frame, plain_rows, target

SEED = 20_261_126
REGRESSORS = EVERY | REGRESSOR_VARIANTS
FITTED_ROWS, GOLDEN_ROWS = 45, 5
PROTOCOLS = (0, 2, 4, 5)
MORE = {
    "sparse support vectors": make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC()),
    "neighbours of sparse rows": make_pipeline(OneHotEncoder(handle_unknown="ignore"), KNeighborsClassifier()),
    "neighbours by votes": KNeighborsClassifier(algorithm="brute", metric="manhattan"),
    "neighbours within a radius, by votes": RadiusNeighborsClassifier(10, algorithm="brute", metric="manhattan"),
    "infrequent categories": make_pipeline(OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2), TREE),
    "dropped categories": make_pipeline(OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False), TREE),
    "gradient boosting from a tree": GradientBoostingClassifier(init=TREE),
    "gradient boosting from a forest": GradientBoostingClassifier(init=RandomForestClassifier(3)),
}
SMALL = {"max_iter": 20, "n_estimators": 3, "radius": 10.0, "random_state": 0}


@dataclass(frozen=True)
class Pickle:
    """The bytes of one pickle; ``opcodes`` are the bounds of each opcode with its operand, ``arrays`` those of arrays behind wrappers."""

    content: bytes
    opcodes: tuple[tuple[int, int], ...]
    arrays: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Source:
    """One family: the manifest that its bundle has, and its pickles, joblib's first.

    A family that is no classifier of numbers has no manifest, but ``rows`` that it is asked for.
    """

    name: str
    manifest: Manifest | None
    pickles: tuple[Pickle, ...]
    rows: Any = None


def sources() -> list[Source]:
    """Every family that is served, always fitted alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = [_source(name, model, labels) for name, model, labels in _models()]
        return numbers + [_table(name, *case) for name, case in (REGRESSORS | TABLES).items()] + boosters()


def boosters() -> list[Source]:
    """The boosting libraries whose models are checked before they read them."""
    return [_boosters_of(library, kind) for library in ("lightgbm", "xgboost") for kind in ("binary", "multiclass", "regression")]


def _boosters_of(library: str, kind: str) -> Source:
    table = frame(library)
    rows = plain_rows(table)
    # a library that has fitted in more threads than one would hang in the forked processes that read its own pickles
    model = estimator(library, kind, n_jobs=1).fit(rows, target(library, kind, table))
    return Source(f"{library}, {kind}", None, _pickles(model), rows[:FITTED_ROWS])


def _models() -> Iterator[tuple[str, Any, Any]]:
    for name, kind in ZOO.items():
        yield name, NEEDS_AN_ESTIMATOR.get(name) or kind(), LABELS_OF.get(name, NAMES)
    for name, model in VARIANTS.items():
        is_binary = "exponential" in name or "weighted" in name
        yield name, model, (LEVEL > 0).astype(int) if is_binary else NAMES
    for transformer in TRANSFORMERS:
        yield f"{type(transformer).__name__} in a pipeline", make_pipeline(transformer, TREE), NAMES
    for name, model in MORE.items():
        yield name, model, NAMES


def _source(name: str, model: Any, labels: Any) -> Source:
    model = clone(model)
    known = model.get_params(deep=False)
    model.set_params(**{parameter: value for parameter, value in SMALL.items() if parameter in known})
    rows = np.round(ROWS) if name == "CategoricalNB" else ROWS
    np.random.seed(SEED)
    model.fit(rows[:FITTED_ROWS], labels[:FITTED_ROWS])
    return Source(name, manifest_of(model, rows[:GOLDEN_ROWS]), _pickles(model))


def _table(name: str, model: Any, rows: Any, target: Any) -> Source:
    np.random.seed(SEED)
    return Source(name, None, _pickles(fitted(model, rows, target)), rows.toarray() if issparse(rows) else rows)


def _pickles(model: Any) -> tuple[Pickle, ...]:
    others = (Pickle(content, tuple(_opcodes(content, 0, len(content))), ()) for content in (pickle.dumps(model, p) for p in PROTOCOLS))
    return (_dumped(model), *others)


def _dumped(model: Any) -> Pickle:
    """joblib's dump, with a note of where each array was written."""
    stream, arrays, write = io.BytesIO(), [], NumpyArrayWrapper.write_array

    def noting(wrapper: Any, array: Any, pickler: Any) -> None:
        begin = stream.tell()
        write(wrapper, array, pickler)
        arrays.append((begin, stream.tell()))

    with mock.patch.object(NumpyArrayWrapper, "write_array", noting):
        joblib.dump(model, stream)
    content = stream.getvalue()
    between = zip([0, *(end for _, end in arrays)], [*(begin for begin, _ in arrays), len(content)], strict=True)
    opcodes = tuple(bounds for begin, end in between for bounds in _opcodes(content, begin, end))
    return Pickle(content, opcodes, tuple(arrays))


def _opcodes(content: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    positions = []
    # only the last piece has the opcode that ends a pickle
    with contextlib.suppress(ValueError):
        positions.extend(begin + position for _, _, position in pickletools.genops(content[begin:end]))
    return zip(positions, [*positions[1:], end], strict=True)
