"""What a model is trained on: rows, their classes, and what each column means."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from iris_api.errors import ArtifactError
from iris_api.inference.abstract_column import MAX_NAME
from iris_api.inference.columns import Column, Number
from iris_api.inference.layouts import Layout, Matrix, Rows
from iris_api.inference.signature import Task
from iris_api.training.tables import quoted

COLUMN_NAME = rf"[^\x00-\x1f\x7f-\x9f]{{1,{MAX_NAME}}}"
_UNIT = re.compile(r"(?P<name>.*\S)\s*\((?P<unit>[^()]+)\)")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows to train on, or to describe a model with.

    Parameters
    ----------
    name
        What the data is called.
    inputs
        One for each column, in the order of ``rows``, with what the rows show of it.
    layout
        How rows reach an estimator.
    rows
        Rows (n, columns), as `iris_api.inference.layouts` has them.
    labels
        The class, number or numbers of each row, shape (n) or (n, targets); None if they are not known.
    targets
        Names of what ``labels`` holds.
    task
        What is predicted, where that is known already.
    """

    name: str
    inputs: tuple[Column, ...]
    layout: Layout
    rows: Rows
    labels: NDArray[Any] | None
    targets: tuple[str, ...] = ("target",)
    task: Task | None = None

    def laid_out(self, chosen: NDArray[np.intp] | None = None) -> Any:
        """All rows, or the ``chosen`` ones, as an estimator takes them."""
        rows = self.rows
        if chosen is not None:
            rows = rows[chosen] if isinstance(rows, np.ndarray) else [rows[index] for index in chosen.tolist()]
        return self.layout.assembler(self.inputs)(rows)


def load_dataset(name: str) -> Dataset:
    """One of scikit-learn's own datasets, by its name in `DATASETS`; its labels are the names of the classes."""
    bunch = DATASETS[name]()
    rows = np.asarray(bunch.data, dtype=np.float64)
    inputs = numbers_of([snake_case(_parts(header)[0]) for header in bunch.feature_names], bunch.feature_names, rows)
    if name == "iris":
        inputs = tuple(column.model_copy(update={"minimum": 0.0, "maximum": 10.0}) for column in inputs)
    return Dataset(name, inputs, Matrix(), rows, bunch.target_names[bunch.target], ("class",))


def numbers_of(names: Sequence[str], headers: Sequence[str], rows: NDArray[np.float64]) -> tuple[Number, ...]:
    """Columns of plain numbers called ``names``, which ``headers`` describe and ``rows`` (n, columns) show.

    The header ``sepal length (cm)`` says that a column is in cm.

    Raises
    ------
    ArtifactError
        If a name is not one, or there twice.
    """
    repeated = next((name for index, name in enumerate(names) if name in names[:index]), None) if len(set(names)) < len(names) else None
    if repeated is not None:
        raise ArtifactError(f"column {quoted(repeated)} is there twice; give each column a name of its own")
    return tuple(_number(name, header, values) for name, header, values in zip(names, headers, rows.T, strict=True))


def snake_case(text: str) -> str:
    """``text`` in lower-case ASCII words joined by underscores: ``OD280/OD315 of wine`` is ``od280_od315_of_wine``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def _parts(header: str) -> tuple[str, str | None]:
    """What a header calls its column, and the unit in parentheses behind it."""
    match = _UNIT.fullmatch(header.strip())
    return (match["name"], match["unit"].strip()) if match else (header.strip(), None)


def described(header: str) -> dict[str, Any]:
    """``description`` and ``unit``, if any, of the column under ``header``."""
    text, unit = _parts(header)
    words = text.replace("_", " ")
    return {"description": words[:1].upper() + words[1:], **({"unit": unit} if unit else {})}


def _number(name: str, header: str, values: NDArray[np.float64]) -> Number:
    if not re.fullmatch(COLUMN_NAME, name):
        raise ArtifactError(f"column {quoted(header)} cannot be a name; it must have 1 to {MAX_NAME} characters and no control characters")
    seen = {"seen_minimum": float(values.min()), "seen_maximum": float(values.max())}
    return Number(name=name, **described(header), **seen, example=float(values[0]))


DATASETS: dict[str, Callable[[], Any]] = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer}
"""What `load_dataset` can load."""
