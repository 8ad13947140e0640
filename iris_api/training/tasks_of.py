"""Finds out what a fitted estimator is for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

from iris_api.errors import ArtifactError
from iris_api.inference.labels import class_name
from iris_api.inference.signature import Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.choices import TaskKind
from iris_api.training.datasets import Dataset

MAX_ASKED = 200
MAX_LISTED = 10


def task_of(estimator: Any, dataset: Dataset, source: str, kind: TaskKind | None = None) -> Task:
    """The task of ``estimator``, whose rows, and labels if they are known, are in ``dataset``; ``kind`` overrules what it seems to be.

    Raises
    ------
    ArtifactError
        If it has none that is served, or is not fit for ``kind``, naming ``source``.
    """
    name = type(estimator).__name__
    found = kind or _kind_of(estimator)
    if found is None:
        known = "neither classifies, nor gives numbers, nor finds outliers or clusters"
        raise ArtifactError(f"{source} holds a {name}, which {known}; if it does one of these all the same, say so with --task")
    task = _MAKERS[found](estimator, dataset, source)
    if kind is not None and ((fault := task.fault(estimator)) is not None or task.kind != kind):
        raise ArtifactError(f"{source} holds a {name}, which {fault or f'is for {task.kind}'}; choose another --task than {kind}")
    return task


def _kind_of(estimator: Any) -> TaskKind | None:
    if is_outlier_detector(estimator):
        return "outlier_detection"
    if is_classifier(estimator):
        return "classification"
    if is_clusterer(estimator):
        return "clustering"
    return "regression" if is_regressor(estimator) else None


def _of_detector(_estimator: Any, _dataset: Dataset, _source: str) -> Task:
    return OutlierDetection()


def _of_clusterer(estimator: Any, dataset: Dataset, source: str) -> Task:
    predicted = _predicted(estimator, dataset, source, every=True)
    if predicted.dtype.kind not in "iu" or predicted.ndim != 1:
        raise ArtifactError(
            f"{source} holds a {type(estimator).__name__}, which does not predict numbers of clusters; choose another --task"
        )
    return Clustering(clusters=max(1, int(np.max(predicted)) + 1))


def _of_regressor(estimator: Any, dataset: Dataset, source: str) -> Task:
    predicted = _predicted(estimator, dataset, source)
    if predicted.dtype.kind not in "fiu":
        raise ArtifactError(f"{source} holds a {type(estimator).__name__}, which does not predict numbers; choose another --task")
    return Regression(targets=_targets(predicted, dataset, source))


def _of_classifier(estimator: Any, dataset: Dataset, source: str) -> Task:
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise ArtifactError(f"{source} holds a {type(estimator).__name__}, which knows no classes; choose another --task")
    predicted = _predicted(estimator, dataset, source)
    if predicted.ndim == 1 and not isinstance(classes, list):
        _check_classes(dataset, classes.tolist(), source)
        return Classification(classes=classes.tolist())
    outputs = classes if isinstance(classes, list) else [np.array([0, 1])] * predicted.shape[1]
    if not all(set(np.asarray(output).tolist()) <= {0, 1} for output in outputs):
        raise ArtifactError(
            f"{source} predicts more than one output of several classes each; only one output, or labels that apply or not, are served"
        )
    _check_width(dataset, predicted.shape[1], source)
    return Multilabel(labels=_names(dataset, predicted.shape[1], [class_name(label) for label in _labels_of(estimator, predicted)]))


def _check_classes(dataset: Dataset, classes: list[Any], source: str) -> None:
    """Refuse known answers that are none of the model's classes, such as the numbers of a regression."""
    if dataset.labels is None:
        return
    _check_width(dataset, 1, source)
    known = set(classes)
    odd = next((label for label in dataset.labels.tolist() if label not in known), None)
    if odd is not None:
        listed = ", ".join(map(class_name, classes[:MAX_LISTED])) + (" and others" if len(classes) > MAX_LISTED else "")
        raise ArtifactError(f"the target holds {odd!r:.40}, which {source} does not know as a class; it knows {listed}")


def _check_width(dataset: Dataset, count: int, source: str) -> None:
    labels = dataset.labels
    given = None if labels is None else 1 if labels.ndim == 1 else labels.shape[1]
    if given is not None and given != count:
        raise ArtifactError(
            f"the target has {given} value{'s' * (given > 1)} a row, but {source} predicts {count}; give those that it was fitted on"
        )


def _labels_of(estimator: Any, predicted: Any) -> list[Any]:
    """What the estimator calls its labels: their numbers, unless it knows better."""
    classes = estimator.classes_
    if not isinstance(classes, list) and classes.ndim == 1 and len(classes) == predicted.shape[1]:
        return list(classes.tolist())
    return list(range(predicted.shape[1]))


def _targets(predicted: Any, dataset: Dataset, source: str) -> list[Target]:
    count = 1 if predicted.ndim == 1 else predicted.shape[1]
    given = 1 if dataset.labels is None or dataset.labels.ndim == 1 else dataset.labels.shape[1]
    if dataset.labels is not None and given != count:
        raise ArtifactError(f"{source} predicts {count} numbers a row, and there are {given} targets; name each column that it predicts")
    names = _names(dataset, count, ["target"] if count == 1 else [f"target_{index}" for index in range(count)])
    if dataset.labels is None:
        return [Target(name=name) for name in names]
    _check_width(dataset, count, source)
    seen = _as_numbers(dataset.labels, source).reshape(len(dataset.rows), count)
    return [
        Target(name=name, seen_minimum=float(values.min()), seen_maximum=float(values.max()))
        for name, values in zip(names, seen.T, strict=True)
    ]


def _as_numbers(labels: Any, source: str) -> Any:
    try:
        numbers = np.asarray(labels, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArtifactError(
            f"the target holds other values than numbers, but {source} predicts numbers; give those that it was fitted on"
        ) from None
    if not np.isfinite(numbers).all():
        raise ArtifactError("the target holds an infinite number; give finite ones, or leave the target out")
    return numbers


def _names(dataset: Dataset, count: int, otherwise: list[str]) -> list[str]:
    return list(dataset.targets) if len(dataset.targets) == count else otherwise


_MAKERS: dict[TaskKind, Callable[[Any, Dataset, str], Task]] = {
    "classification": _of_classifier,
    "multilabel": _of_classifier,
    "regression": _of_regressor,
    "outlier_detection": _of_detector,
    "clustering": _of_clusterer,
}


def _predicted(estimator: Any, dataset: Dataset, source: str, every: bool = False) -> Any:
    chosen = None if every else np.arange(min(MAX_ASKED, len(dataset.rows)))
    try:
        predicted = estimator.predict(dataset.laid_out(chosen))
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        name = type(estimator).__name__
        raise ArtifactError(f"{source} holds a {name} that cannot predict {dataset.name} ({type(error).__name__}: {error})") from None
    return predicted.toarray() if hasattr(predicted, "toarray") else np.asarray(predicted)
