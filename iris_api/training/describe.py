"""Puts into a manifest what is known of an estimator and of the data that describes it."""

import hashlib
import json
import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import installed_libraries
from iris_api.inference.manifest import (
    Artifact,
    Feature,
    Golden,
    Histogram,
    Label,
    Manifest,
    Metrics,
    Reference,
    TrainingData,
    class_name,
)
from iris_api.inference.scorers import EstimatorScorer
from iris_api.training.datasets import Column, Dataset

BINS = 10
GOLDEN_ROWS = 12
_UNWRITTEN = Artifact(sha256="0" * 64, size_bytes=1)


def describe(name: str, estimator: Any, dataset: Dataset, metrics: Metrics | None) -> Manifest:
    """Everything that can be said of the model ``name`` before its bundle is written.

    Parameters
    ----------
    estimator
        A fitted classifier that is fit to serve.
    dataset
        Data in the estimator's order of features; without labels, the estimator's own answers count the classes.
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
    labels = _answers(estimator, dataset) if dataset.labels is None else dataset.labels.tolist()
    classes = estimator.classes_.tolist()
    try:
        return Manifest(
            name=name,
            version=1,
            estimator=estimator_name(estimator),
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            features=[_feature(column, values) for column, values in zip(dataset.columns, dataset.rows.T, strict=True)],
            classes=classes,
            artifact=_UNWRITTEN,
            libraries=installed_libraries(),
            training_data=TrainingData(name=dataset.name, rows=len(dataset.rows), sha256=fingerprint(dataset)),
            metrics=metrics,
            reference=_reference(dataset, labels, classes),
            golden=_golden(estimator, dataset.rows, labels),
        )
    except ValidationError as error:
        raise ArtifactError(f"the {type(estimator).__name__} cannot be described: {_reason(error)}") from None


def estimator_name(estimator: Any) -> str:
    """The estimator's class; for a pipeline the classes of its steps too."""
    steps = getattr(estimator, "steps", None)
    inner = f"({', '.join(type(step).__name__ for _, step in steps)})" if steps else ""
    return type(estimator).__name__ + inner


def fingerprint(dataset: Dataset) -> str:
    """SHA-256, in hexadecimal, of the rows (float64, little-endian, C order) and then the labels as JSON (null if unknown)."""
    digest = hashlib.sha256(np.ascontiguousarray(dataset.rows, dtype="<f8").tobytes())
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


def golden_rows(rows: NDArray[np.float64], labels: list[Label]) -> list[list[float]]:
    """Some of ``rows`` of shape (n, features), evenly spread and the first one first, then midpoints between classes.

    A midpoint lies half-way between one of those rows and the next row that has another label: where a classifier
    is least sure, and a wrong one most likely to differ.
    """
    total = len(rows)
    spread = np.unique(np.linspace(0, total - 1, GOLDEN_ROWS).astype(np.intp)).tolist()
    golden: list[list[float]] = rows[spread].tolist()
    for here in spread[::2]:
        following = ((here + step) % total for step in range(1, total))
        other = next((row for row in following if labels[row] != labels[here]), None)
        if other is not None:
            golden.append(((rows[here] + rows[other]) / 2).tolist())
    return golden


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the model'}: {first['msg']}"


def _feature(column: Column, values: NDArray[np.float64]) -> Feature:
    return Feature(
        name=column.name,
        unit=column.unit,
        description=column.description,
        minimum=column.minimum,
        maximum=column.maximum,
        seen_minimum=float(values.min()),
        seen_maximum=float(values.max()),
        example=float(values[0]),
    )


def _reference(dataset: Dataset, labels: list[Label], classes: list[Label]) -> Reference:
    counts = Counter(labels)
    return Reference(
        features={column.name: histogram(values) for column, values in zip(dataset.columns, dataset.rows.T, strict=True)},
        classes={class_name(label): counts[label] for label in classes},
    )


def _golden(estimator: Any, rows: NDArray[np.float64], labels: list[Label]) -> Golden:
    chosen = golden_rows(rows, labels)
    try:
        answers, probabilities = EstimatorScorer(estimator).score_rows(np.array(chosen))
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise ArtifactError(f"the {type(estimator).__name__} cannot predict ({type(error).__name__}: {error})") from None
    for row, given in zip(chosen, probabilities or [], strict=False):
        if not all(map(math.isfinite, given)):
            name = type(estimator).__name__
            raise ArtifactError(f"the {name} gives {row} a probability that is not finite; fit it so that it has an answer")
    return Golden(rows=chosen, labels=answers, probabilities=probabilities)


def _answers(estimator: Any, dataset: Dataset) -> list[Label]:
    try:
        answers: list[Label] = estimator.predict(dataset.rows).tolist()
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise ArtifactError(f"the {type(estimator).__name__} cannot predict {dataset.name} ({type(error).__name__}: {error})") from None
    return answers
