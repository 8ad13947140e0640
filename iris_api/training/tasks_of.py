"""Finds out what a fitted estimator is for."""

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
from iris_api.training.datasets import Dataset

MAX_ASKED = 200


def task_of(estimator: Any, dataset: Dataset, source: str) -> Task:
    """The task of ``estimator``, whose rows, and labels if they are known, are in ``dataset``.

    Raises
    ------
    ArtifactError
        If it has none that is served, naming ``source``.
    """
    if is_outlier_detector(estimator):
        return OutlierDetection()
    if is_classifier(estimator):
        return _of_classifier(estimator, dataset, source)
    if is_clusterer(estimator):
        return Clustering(clusters=max(1, int(np.max(_predicted(estimator, dataset, source, every=True))) + 1))
    if is_regressor(estimator):
        return Regression(targets=_targets(_predicted(estimator, dataset, source), dataset))
    name = type(estimator).__name__
    raise ArtifactError(f"{source} holds a {name}, which neither classifies, nor gives numbers, nor finds outliers or clusters")


def _of_classifier(estimator: Any, dataset: Dataset, source: str) -> Task:
    classes = estimator.classes_
    predicted = _predicted(estimator, dataset, source)
    if predicted.ndim == 1 and not isinstance(classes, list):
        return Classification(classes=classes.tolist())
    outputs = classes if isinstance(classes, list) else [np.array([0, 1])] * predicted.shape[1]
    if not all(set(np.asarray(output).tolist()) <= {0, 1} for output in outputs):
        raise ArtifactError(
            f"{source} predicts more than one output of several classes each; only one output, or labels that apply or not, are served"
        )
    return Multilabel(labels=_names(dataset, predicted.shape[1], [class_name(label) for label in _labels_of(estimator, predicted)]))


def _labels_of(estimator: Any, predicted: Any) -> list[Any]:
    """What the estimator calls its labels: their numbers, unless it knows better."""
    classes = estimator.classes_
    if not isinstance(classes, list) and classes.ndim == 1 and len(classes) == predicted.shape[1]:
        return list(classes.tolist())
    return list(range(predicted.shape[1]))


def _targets(predicted: Any, dataset: Dataset) -> list[Target]:
    count = 1 if predicted.ndim == 1 else predicted.shape[1]
    names = _names(dataset, count, ["target"] if count == 1 else [f"target_{index}" for index in range(count)])
    if dataset.labels is None:
        return [Target(name=name) for name in names]
    seen = np.asarray(dataset.labels, dtype=np.float64).reshape(len(dataset.rows), count)
    return [
        Target(name=name, seen_minimum=float(values.min()), seen_maximum=float(values.max()))
        for name, values in zip(names, seen.T, strict=True)
    ]


def _names(dataset: Dataset, count: int, otherwise: list[str]) -> list[str]:
    return list(dataset.targets) if len(dataset.targets) == count else otherwise


def _predicted(estimator: Any, dataset: Dataset, source: str, every: bool = False) -> Any:
    chosen = None if every else np.arange(min(MAX_ASKED, len(dataset.rows)))
    try:
        predicted = estimator.predict(dataset.laid_out(chosen))
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        name = type(estimator).__name__
        raise ArtifactError(f"{source} holds a {name} that cannot predict {dataset.name} ({type(error).__name__}: {error})") from None
    return predicted.toarray() if hasattr(predicted, "toarray") else np.asarray(predicted)
