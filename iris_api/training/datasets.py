"""What a model is trained on: rows, their classes, and what each column means."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from iris_api.errors import ArtifactError
from iris_api.inference.manifest import FEATURE_NAME
from iris_api.training.tables import quoted, read_csv_rows

_UNIT = re.compile(r"(?P<name>.*\S)\s*\((?P<unit>[^()]+)\)")
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """What one feature means: its name in snake_case, its unit, a description, and declared bounds in that unit, if any."""

    name: str
    unit: str | None
    description: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows to train on, or to describe a model with.

    Parameters
    ----------
    name
        What the data is called.
    columns
        One for each feature, in the order of ``rows``.
    rows
        Float64 of shape (n, features), every value finite and within float32.
    labels
        The class of each row, shape (n), of integers or text; None if the classes are not known.
    """

    name: str
    columns: tuple[Column, ...]
    rows: NDArray[np.float64]
    labels: NDArray[Any] | None


def load_dataset(name: str) -> Dataset:
    """One of scikit-learn's own datasets, by its name in `DATASETS`; its labels are the names of the classes."""
    bunch = DATASETS[name]()
    columns = columns_of(bunch.feature_names)
    if name == "iris":
        columns = tuple(replace(column, minimum=0.0, maximum=10.0) for column in columns)
    return Dataset(name, columns, np.asarray(bunch.data, dtype=np.float64), bunch.target_names[bunch.target])


def from_csv(path: Path, target: str) -> Dataset:
    """The rows of a CSV file with a header, numeric features, and the classes in the column ``target``.

    Classes that are all written as whole numbers become integers; any others stay text.

    Raises
    ------
    ArtifactError
        As `read_csv_rows` and `columns_of` do; and if the target column is no column of classes.
    """
    table = read_csv_rows(path, target)
    labels = _labels(table.target or ())
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) < 2:
        raise ArtifactError(f"{path} has only one class in column {quoted(target)}; a classifier needs two or more")
    if counts.max() == 1:
        raise ArtifactError(f"{path} has another value in every row of column {quoted(target)}; that is no column of classes")
    return Dataset(path.stem, columns_of(table.header), table.rows, labels)


def columns_of(headers: Iterable[str]) -> tuple[Column, ...]:
    """What column headers say: ``sepal length (cm)`` is the feature ``sepal_length``, in cm, described as "Sepal length".

    Raises
    ------
    ArtifactError
        If a header gives no name, or two give the same one.
    """
    columns: dict[str, Column] = {}
    origins: dict[str, str] = {}
    for header in headers:
        column = _column(header)
        if column.name in columns:
            raise ArtifactError(f"columns {quoted(origins[column.name])} and {quoted(header)} both become {column.name}; rename one")
        columns[column.name], origins[column.name] = column, header
    return tuple(columns.values())


def snake_case(text: str) -> str:
    """``text`` in lower-case ASCII words joined by underscores: ``OD280/OD315 of wine`` is ``od280_od315_of_wine``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def _column(header: str) -> Column:
    match = _UNIT.fullmatch(header.strip())
    text, unit = (match["name"], match["unit"].strip()) if match else (header.strip(), None)
    name = snake_case(text)
    if name[:1].isdigit():
        name = f"feature_{name}"
    if not re.fullmatch(FEATURE_NAME, name):
        raise ArtifactError(
            f"column {quoted(header)} gives no name for a feature; rename it in up to 100 Latin letters, digits and underscores"
        )
    words = text.replace("_", " ")
    return Column(name, unit or None, words[:1].upper() + words[1:])


def _labels(cells: Sequence[str]) -> NDArray[Any]:
    if all(_INTEGER.fullmatch(cell) for cell in cells):
        return np.array([int(cell) for cell in cells])
    return np.array(cells)


DATASETS: dict[str, Callable[[], Any]] = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer}
"""What `load_dataset` can load."""
