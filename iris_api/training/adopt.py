"""Takes in an estimator that somebody already has, and the data that describes it."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import joblib

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.decoding.own_names import NO_NAMES, OwnNames
from iris_api.inference.unpickling import COMPRESSED, check_estimator, unpickle_model
from iris_api.training.datasets import Dataset
from iris_api.training.fitted_kinds import as_fitted
from iris_api.training.inferred_columns import Inferred
from iris_api.training.near_names import near_name
from iris_api.training.table_samples import Source, rows_of, takes_matrix, takes_texts
from iris_api.training.tables import listed, quoted
from iris_api.training.target_columns import labels_of

_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "lzma": lzma.decompress,
    "zlib": zlib.decompress,
}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A fitted estimator, fit to serve, and the columns it was fitted on by name, or None if it knows only positions.

    ``notes`` has what a person should know of how it was taken from its file, one sentence each.
    """

    estimator: Any
    header: tuple[str, ...] | None
    notes: tuple[str, ...] = ()


def load_estimator_file(path: Path, own: OwnNames = NO_NAMES) -> Adopted:
    """The estimator in ``path``, a file that joblib or pickle wrote, compressed or not; of a search, the best one.

    It is decoded as it is in service; ``own`` has the classes and functions of the user's own that it may hold.

    Raises
    ------
    ArtifactMissing, ArtifactForbidden
        If the file does not exist or may not be read.
    ArtifactError
        If it holds anything but a fitted scikit-learn estimator that predicts.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtifactMissing(f"{path} does not exist; name a file that joblib.dump wrote") from None
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; change its permissions") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); name a file that joblib.dump wrote") from None
    pickled = _decompressed(content, path)
    # a pickle begins with its protocol's number; one of the oldest two has none, but ends with a point as all do
    if not pickled.startswith((b"\x80", *COMPRESSED)) and not pickled.endswith(b"."):
        raise ArtifactError(f"{path} is no file that joblib.dump or pickle wrote; name one that holds the fitted model")
    estimator, notes = unpickle_model(pickled, str(path), "write it again with joblib.dump", own)
    check_estimator(estimator, str(path))
    names = getattr(estimator, "feature_names_in_", None)
    return Adopted(estimator, None if names is None else tuple(str(name) for name in names), notes)


def load_data(source: Source, adopted: Adopted) -> tuple[Dataset, list[Inferred]]:
    """The rows of ``source`` in the estimator's order of columns, with what its targets hold; and the columns as they were read.

    Columns of an estimator that knows names are found by name, in any order; of one that does not, taken as they stand.

    Raises
    ------
    ArtifactError
        If columns are not the estimator's, or have cells that cannot be read.
    """
    columns = source.columns(_order(source, adopted))
    if adopted.header is None and not takes_texts(adopted.estimator):
        _check_width(source, columns, adopted.estimator)
    if not takes_texts(adopted.estimator) and not takes_matrix(columns, adopted.estimator):
        columns = as_fitted(source, columns, adopted.estimator)
    labels = labels_of(source, adopted.estimator)
    return rows_of(source, columns, labels, adopted.estimator), columns


def reread(model: Any, source: str, own: OwnNames = NO_NAMES) -> Any:
    """``model`` as service decodes it from its own pickle, so that what cannot be served is found at once and ``model`` stays as it is.

    It may hold the classes and functions of ``own``.

    Raises
    ------
    ArtifactError
        If it holds what is not served.
    """
    pickled = io.BytesIO()
    try:
        joblib.dump(model, pickled)
    except Exception as error:  # noqa: BLE001 - a part may refuse to be pickled in any way
        raise ArtifactError(f"{source} cannot be pickled ({type(error).__name__}: {error}); replace that part") from None
    return unpickle_model(pickled.getvalue(), source, "fit it again", own)[0]


def _decompressed(content: bytes, path: Path) -> bytes:
    coding = next((coding for magic, coding in COMPRESSED.items() if content.startswith(magic)), None)
    if coding not in _DECOMPRESS:
        return content
    try:
        return _DECOMPRESS[coding](content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        raise ArtifactError(f"{path} is damaged: it begins like {coding} but cannot be decompressed; write it again") from None


def _order(source: Source, adopted: Adopted) -> list[str]:
    targets = source.choices.targets
    there = [name for name in source.table.header if name not in targets]
    if not there:
        raise ArtifactError(f"{source.path} has no columns besides the targets; add those that the model was fitted on")
    if adopted.header is None:
        return there
    wanted = adopted.header
    missing = [name for name in wanted if name not in there]
    surplus = [name for name in there if name not in wanted]
    if missing:
        near = near_name(missing[0], surplus)
        hint = "" if near is None else f"; {quoted(near)} is there and was not fitted on"
        raise ArtifactError(f"{source.path} lacks columns that the model was fitted on: {listed(missing)}{hint}")
    if surplus:
        raise ArtifactError(
            f"{source.path} has columns that the model was not fitted on: {listed(surplus)}; name each one that it predicts with --target"
        )
    return list(wanted)


def _hint(source: Source) -> str:
    return "" if source.choices.targets else "; if one column holds what is predicted, name it with --target"


def _check_width(source: Source, columns: list[Inferred], estimator: Any) -> None:
    width, given = getattr(estimator, "n_features_in_", None), sum(prod(column.shape) for column in columns)
    if width not in (None, given):
        raise ArtifactError(f"{source.path} has {given} feature columns, the model takes {width}{_hint(source)}")
