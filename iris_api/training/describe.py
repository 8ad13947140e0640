"""Puts into a manifest what is known of an estimator and of the data that describes it."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import ValidationError

from iris_api.errors import ArtifactError
from iris_api.inference.labels import class_name
from iris_api.inference.layouts import Rows
from iris_api.inference.libraries import installed_libraries
from iris_api.inference.manifest import Artifact, Golden, Histogram, Manifest, Metrics, Reference, RegressionMetrics, TrainingData
from iris_api.inference.predictions import Predictions
from iris_api.inference.scorers import EstimatorScorer
from iris_api.inference.signature import Signature, Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.unpickling import families_in
from iris_api.training.datasets import Dataset

NUMERIC = ("number", "integer")
BINS = 10
GOLDEN_ROWS = 12
_UNWRITTEN = Artifact(sha256="0" * 64, size_bytes=1)


def describe(name: str, estimator: Any, dataset: Dataset, task: Task, metrics: Metrics | RegressionMetrics | None) -> Manifest:
    """Everything that can be said of the model ``name`` before its bundle is written.

    Parameters
    ----------
    estimator
        A fitted estimator that is fit to serve.
    dataset
        Data in the estimator's order of columns; without labels, the estimator's own answers count the classes.
    task
        What the estimator is for.
    metrics
        Its figures, if there are any.

    Returns
    -------
    Manifest
        With version 1 and no real artifact; ``write_bundle`` fills both in.

    Raises
    ------
    ArtifactError
        If the estimator cannot answer the rows, or what it says cannot stand in a manifest.
    """
    try:
        signature = Signature(inputs=dataset.inputs, layout=dataset.layout, task=task)
        labels = _answers(estimator, dataset, task) if dataset.labels is None else dataset.labels.tolist()
        return Manifest(
            name=name,
            version=1,
            estimator=estimator_name(estimator),
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            signature=signature,
            artifact=_UNWRITTEN,
            libraries=installed_libraries(signature.layout, families_in(estimator)),
            training_data=TrainingData(name=dataset.name, rows=len(dataset.rows), sha256=fingerprint(dataset)),
            metrics=metrics,
            reference=_reference(dataset, labels, task),
            golden=_golden(estimator, signature, dataset, labels),
        )
    except ValidationError as error:
        raise ArtifactError(f"the {type(estimator).__name__} cannot be described: {_reason(error)}") from None


def estimator_name(estimator: Any) -> str:
    """The estimator's class; for a pipeline the classes of its steps too."""
    steps = getattr(estimator, "steps", None)
    inner = f"({', '.join(type(step).__name__ for _, step in steps)})" if steps else ""
    return type(estimator).__name__ + inner


def fingerprint(dataset: Dataset) -> str:
    """SHA-256, in hexadecimal, of the rows and then the labels as JSON (null if unknown).

    Rows of plain numbers count as float64, little-endian, C order, all others as JSON.
    """
    rows = dataset.rows
    is_array = isinstance(rows, np.ndarray)
    digest = hashlib.sha256(np.ascontiguousarray(rows, dtype="<f8").tobytes() if is_array else orjson.dumps(rows))
    labels = None if dataset.labels is None else dataset.labels.tolist()
    digest.update(json.dumps(labels, separators=(",", ":")).encode())
    return digest.hexdigest()


def histogram(values: NDArray[np.float64]) -> Histogram:
    """Ten bins of equal width over ``values`` of shape (n); a single bin where they lie too close together for ten."""
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, BINS + 1)
    if len(np.unique(edges)) <= BINS:
        edges = np.nextafter([low, high], [-np.inf, np.inf])
    counts, _ = np.histogram(values, edges)
    return Histogram(edges=edges.tolist(), counts=counts.tolist())


def golden_rows(rows: Rows, labels: list[Any], whole: Sequence[int] = ()) -> list[Rows]:
    """Choices of golden rows for ``rows`` (n, columns), the better one first; an estimator need not answer all of them.

    The last choice is some of ``rows``, evenly spread and the first one first. Of plain numbers, the one before has midpoints between
    classes too: each lies half-way between one of those rows and the next row that has another label, where a classifier is least
    sure, and a wrong one most likely to differ. Columns at the places ``whole`` keep whole numbers. An encoder may know no number between
    those of training.
    """
    total = len(rows)
    spread = np.unique(np.linspace(0, total - 1, GOLDEN_ROWS).astype(np.intp)).tolist()
    if not isinstance(rows, np.ndarray):
        return [[rows[index] for index in spread]]
    midpoints = []
    for here in spread[::2]:
        following = ((here + step) % total for step in range(1, total))
        other = next((row for row in following if labels[row] != labels[here]), None)
        if other is not None:
            midpoint = (rows[here] + rows[other]) / 2
            midpoint[list(whole)] = np.floor(midpoint[list(whole)])
            midpoints.append(midpoint)
    return [np.vstack([rows[spread], *midpoints]), rows[spread]]


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the model'}: {first['msg']}"


def _reference(dataset: Dataset, labels: list[Any], task: Task) -> Reference:
    counts = Counter(labels) if isinstance(task, Classification) else Counter[Any]()
    numeric = ((column.name, _numbers(dataset.rows, index)) for index, column in enumerate(dataset.inputs) if column.kind in NUMERIC)
    return Reference(
        features={name: histogram(values) for name, values in numeric if len(values)},
        classes={class_name(label): counts[label] for label in task.classes} if isinstance(task, Classification) else {},
    )


def _numbers(rows: Rows, index: int) -> NDArray[np.float64]:
    if isinstance(rows, np.ndarray):
        return rows[:, index]
    return np.array([row[index] for row in rows if row[index] is not None], dtype=np.float64)


def _golden(estimator: Any, signature: Signature, dataset: Dataset, labels: list[Any]) -> Golden:
    whole = [place for place, column in enumerate(dataset.inputs) if column.kind != "number"]
    name, task, scorer = type(estimator).__name__, signature.task, EstimatorScorer(estimator, signature)
    *others, plainest = golden_rows(dataset.rows, labels, whole)
    chosen = next((rows for rows in others if _is_answered(scorer, rows)), plainest)
    try:
        values, details = scorer.score_rows(chosen)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise ArtifactError(f"the {name} cannot predict ({type(error).__name__}: {error})") from None
    listed = orjson.loads(orjson.dumps(chosen.tolist() if isinstance(chosen, np.ndarray) else chosen))
    for index, row in enumerate(listed):
        one = Predictions(values[index : index + 1], None, details and details[index : index + 1])
        if not all(map(math.isfinite, task.numbers(one))):
            raise ArtifactError(f"the {name} gives {row} a number that is not finite; fit it so that it has an answer")
    return Golden(rows=listed, values=values, details=details)


def _is_answered(scorer: EstimatorScorer, rows: Rows) -> bool:
    try:
        scorer.score_rows(rows)
    except Exception:  # noqa: BLE001 - whatever it raises, it is no answer
        return False
    return True


def _answers(estimator: Any, dataset: Dataset, task: Task) -> list[Any]:
    try:
        return task.ask(estimator)(dataset.laid_out)[0]
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise ArtifactError(f"the {type(estimator).__name__} cannot predict {dataset.name} ({type(error).__name__}: {error})") from None
