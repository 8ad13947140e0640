"""Takes in a classifier that somebody already has, and the data that describes it."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.labels import Label, class_name
from iris_api.inference.layouts import Matrix
from iris_api.inference.unpickling import COMPRESSED, check_estimator, unpickle
from iris_api.training.datasets import Dataset, numbers_of
from iris_api.training.tables import Table, listed, quoted, read_csv_rows

_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "lzma": lzma.decompress,
    "zlib": zlib.decompress,
}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A fitted classifier, fit to serve, and the columns it was fitted on by name, or None if it knows only positions."""

    estimator: Any
    header: tuple[str, ...] | None


def load_classifier(path: Path) -> Adopted:
    """The classifier in ``path``, a file that joblib or pickle wrote, compressed or not.

    It is decoded as it is in service.

    Raises
    ------
    ArtifactMissing, ArtifactForbidden
        If the file does not exist or may not be read.
    ArtifactError
        If it holds anything but a fitted scikit-learn classifier.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtifactMissing(f"{path} does not exist; name a file that joblib.dump wrote") from None
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; mend its permissions") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); name a file that joblib.dump wrote") from None
    pickled = _decompressed(content, path)
    # a pickle begins with its protocol's number; one of the oldest two has none, but ends with a point as all do
    if not pickled.startswith((b"\x80", *COMPRESSED)) and not pickled.endswith(b"."):
        raise ArtifactError(f"{path} is no file that joblib.dump or pickle wrote; name one that holds the fitted classifier")
    estimator = unpickle(pickled, str(path), "write it again with joblib.dump")
    check_estimator(estimator, str(path))
    if not is_classifier(estimator) or getattr(estimator.classes_, "ndim", 0) != 1:
        raise ArtifactError(f"{path} holds a {type(estimator).__name__}, not a classifier of one output; bundle the classifier itself")
    names = getattr(estimator, "feature_names_in_", None)
    return Adopted(estimator, None if names is None else tuple(str(name) for name in names))


def load_data(path: Path, target: str | None, adopted: Adopted) -> Dataset:
    """The rows of the CSV file ``path`` in the classifier's order of features, with the classes in column ``target``, if named.

    Columns of a classifier that knows names are found by name, in any order; of one that does not, taken as they stand.

    Raises
    ------
    ArtifactError
        As `read_csv_rows` does; or if columns or classes are not the classifier's.
    """
    table = read_csv_rows(path, target)
    order = _order(path, table, adopted)
    labels = None if table.target is None else _labels(path, table.target, adopted.estimator.classes_.tolist())
    names, rows = [table.header[index] for index in order], np.ascontiguousarray(table.rows[:, order])
    return Dataset(path.stem, numbers_of(names, names, rows), Matrix(), rows, labels)


def reread(model: Any, source: str) -> Any:
    """``model`` as service decodes it from its own pickle, so that what cannot be served is found at once and ``model`` stays as it is.

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
    return unpickle(pickled.getvalue(), source, "fit it again")


def _decompressed(content: bytes, path: Path) -> bytes:
    coding = next((coding for magic, coding in COMPRESSED.items() if content.startswith(magic)), None)
    if coding not in _DECOMPRESS:
        return content
    try:
        return _DECOMPRESS[coding](content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        raise ArtifactError(f"{path} is damaged: it begins like {coding} but cannot be decompressed; write it again") from None


def _order(path: Path, table: Table, adopted: Adopted) -> list[int]:
    wanted, there = adopted.header, list(table.header)
    width = adopted.estimator.n_features_in_
    hint = "" if table.target is not None else "; if one column holds the classes, name it with --target"
    if wanted is None:
        if len(there) != width:
            raise ArtifactError(f"{path} has {len(there)} feature columns, the classifier takes {width}{hint}")
        return list(range(width))
    missing = [name for name in wanted if name not in there]
    surplus = [name for name in there if name not in wanted]
    if missing:
        raise ArtifactError(f"{path} lacks columns that the classifier was fitted on: {listed(missing)}")
    if surplus:
        raise ArtifactError(f"{path} has columns that the classifier was not fitted on: {listed(surplus)}{hint}")
    if len(there) != len(wanted):
        raise ArtifactError(f"{path} repeats a column; give each column a name of its own")
    return [there.index(name) for name in wanted]


def _labels(path: Path, cells: Sequence[str], classes: list[Label]) -> NDArray[Any]:
    spelt = {spelling: label for label in classes for spelling in _spellings(label)}
    unknown = next((cell for cell in cells if cell not in spelt), None)
    if unknown is not None:
        known = listed([class_name(label) for label in classes])
        raise ArtifactError(f"{path} holds the class {quoted(unknown)}, which the classifier does not know; it knows {known}")
    return np.array([spelt[cell] for cell in cells])


def _spellings(label: Label) -> set[str]:
    """How a CSV file may write ``label``: as JSON or Python do, and a whole float without its point."""
    whole = {str(int(label))} if isinstance(label, float) and label.is_integer() else set()
    return {class_name(label), str(label)} | whole
