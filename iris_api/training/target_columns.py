"""The columns of a table that hold what is predicted, as the values that an estimator knows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor

from iris_api.errors import ArtifactError
from iris_api.inference.labels import Label, class_name
from iris_api.training.cells import convert
from iris_api.training.inferred_columns import is_null, stripped
from iris_api.training.table_samples import Source
from iris_api.training.tables import listed, quoted


def labels_of(source: Source, estimator: Any) -> NDArray[Any] | None:
    """What the targets that were chosen hold: classes of ``estimator``, numbers, or labels that apply (1) or not (0).

    Returns
    -------
    Shape (n), or (n, targets) where there are several; None without targets, and for an estimator that predicts no column.

    Raises
    ------
    ArtifactError
        If a cell is empty, or holds what the estimator does not predict.
    """
    targets = source.choices.targets
    if not targets:
        return None
    if not is_classifier(estimator) and not is_regressor(estimator):
        return None
    cells = [spelt_cells(source, target) for target in targets]
    if is_classifier(estimator):
        classes = getattr(estimator, "classes_", None)
        if len(targets) == 1 and getattr(classes, "ndim", 0) == 1:
            return _classes(source, cells[0], np.asarray(classes).tolist())
        return np.column_stack([_flags(source, target) for target in targets])
    numbers = [np.array(convert(target, source.table.columns[target], "number", False, source.table.origin).values) for target in targets]
    return numbers[0] if len(numbers) == 1 else np.column_stack(numbers)


def spelt_cells(source: Source, target: str) -> list[str]:
    """The cells of the column ``target`` as text without spaces around it.

    Raises
    ------
    ArtifactError
        If one is empty.
    """
    cells = source.table.columns[target]
    row = next((row for row, cell in enumerate(cells) if is_null(cell) or stripped(cell) == ""), None)
    if row is not None:
        place = source.table.origin.place(row)
        raise ArtifactError(f"{place}, column {quoted(target)}: is empty; every row needs what is predicted")
    return [cell.strip() if isinstance(cell, str) else class_name(cell) for cell in cells]


def spellings(label: Label) -> set[str]:
    """How a table may write ``label``: as JSON or Python do, and a whole float without its point."""
    whole = {str(int(label))} if isinstance(label, float) and label.is_integer() else set()
    return {class_name(label), str(label)} | whole


def _classes(source: Source, cells: Sequence[str], classes: list[Label]) -> NDArray[Any]:
    spelt = {spelling: label for label in classes for spelling in spellings(label)}
    unknown = next((cell for cell in cells if cell not in spelt), None)
    if unknown is not None:
        known = listed([class_name(label) for label in classes])
        raise ArtifactError(f"{source.path} holds the class {quoted(unknown)}, which the classifier does not know; it knows {known}")
    return np.array([spelt[cell] for cell in cells])


def _flags(source: Source, target: str) -> NDArray[np.int64]:
    return np.array(convert(target, source.table.columns[target], "boolean", False, source.table.origin).values, dtype=np.int64)
