"""Fits a pipeline on every row, and finds honest figures for it on rows it has not seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import RepeatedStratifiedKFold

from iris_api.errors import ArtifactError
from iris_api.inference.labels import Label
from iris_api.inference.manifest import Metrics, RegressionMetrics, Score
from iris_api.inference.signature import Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression
from iris_api.inference.unpickling import check_estimator
from iris_api.training.datasets import Dataset
from iris_api.training.fit_regression import cross_validate_regression
from iris_api.training.progress import Progress
from iris_api.training.refit import FOLDS, SEED, not_again, refit, score

MAX_REPEATS = 10
ROWS_OF_ALL_REPEATS = 2000


@dataclass(frozen=True, slots=True)
class _Fold:
    """Figures of one fold; ``confusion`` has shape (classes, classes)."""

    accuracy: float
    log_loss: float | None
    brier_score: float | None
    confusion: NDArray[np.int64]


def fit_pipeline(estimator: Any, dataset: Dataset) -> Any:
    """``estimator``, fitted on all rows of ``dataset`` and made fit to serve.

    Raises
    ------
    ArtifactError
        If it cannot be fitted on them.
    """
    try:
        fitted = estimator.fit(dataset.laid_out(), dataset.labels)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        reason = f"cannot be fitted on {dataset.name} ({type(error).__name__}: {error})"
        raise ArtifactError(f"the {type(estimator).__name__} {reason}; choose other columns or kinds") from None
    check_estimator(fitted, f"the model of {dataset.name}")
    return fitted


def cross_validate(
    estimator: Any, dataset: Dataset, task: Task, progress: Progress, repeats: int | None = None
) -> Metrics | RegressionMetrics | None:
    """Figures from repeated cross-validation of unfitted copies of ``estimator``, stratified where there are classes.

    Parameters
    ----------
    estimator
        A fitted estimator.
    dataset
        Rows and labels; every label is one of the task's.
    task
        What it is for; a confusion matrix is in the order of its classes.
    progress
        Told after every fold.
    repeats
        How often all rows are dealt into folds; by default 10 times for few rows, fewer for many.

    Returns
    -------
    Metrics, RegressionMetrics or None
        None where no figures can be had: without labels, for a task that has none, with a single class, or with a class of one row.

    Raises
    ------
    ArtifactError
        If a copy of the estimator cannot be fitted on a part of the rows.
    """
    repeats = repeats or max(1, min(MAX_REPEATS, ROWS_OF_ALL_REPEATS // len(dataset.rows)))
    if isinstance(task, Classification):
        return _classified(estimator, dataset, task, progress, repeats)
    if isinstance(task, Regression) and dataset.labels is not None:
        return cross_validate_regression(estimator, dataset, progress, repeats)
    return None


def _classified(estimator: Any, dataset: Dataset, task: Classification, progress: Progress, repeats: int) -> Metrics | None:
    folds = _folds(dataset)
    if folds < 2:
        return None
    splitter = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=SEED)
    splits = list(splitter.split(np.zeros(len(dataset.rows)), dataset.labels))
    classes = task.classes
    results = [_score_fold(estimator, dataset, classes, *split) for split in progress.track(splits, "cross-validation, folds done")]
    return Metrics(
        folds=folds,
        repeats=repeats,
        accuracy=score([result.accuracy for result in results]),
        log_loss=_score_if_any([result.log_loss for result in results]),
        brier_score=_score_if_any([result.brier_score for result in results]),
        confusion_matrix=np.sum([result.confusion for result in results], axis=0).tolist(),
    )


def log_loss(probabilities: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    """Mean of -ln of the probability given to the true class.

    As in scikit-learn, a probability of zero counts as the smallest step of a float64 (2.2e-16), so that one
    confident mistake costs 36 and not infinity.

    Parameters
    ----------
    probabilities
        Shape (n, classes).
    truth
        Index of the true class of each row, shape (n).
    """
    given = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(given, np.finfo(np.float64).eps, 1.0)).mean())


def brier_score(probabilities: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    """Multi-class Brier score (Brier 1950): mean over rows of the squared differences summed over classes; 0 is best, 2 worst.

    Parameters are those of `log_loss`. For two classes this is twice the figure of the one-class form.
    """
    wanted = np.eye(probabilities.shape[1])[truth]
    return float(((probabilities - wanted) ** 2).sum(axis=1).mean())


def _folds(dataset: Dataset) -> int:
    """How many folds all classes can be dealt into, or 0 if there are no two classes to tell apart."""
    if dataset.labels is None:
        return 0
    counts = np.unique(dataset.labels, return_counts=True)[1]
    return min(FOLDS, int(counts.min())) if len(counts) > 1 else 0


def _score_fold(estimator: Any, dataset: Dataset, classes: list[Label], train: NDArray[np.intp], test: NDArray[np.intp]) -> _Fold:
    labels = np.asarray(dataset.labels)
    index = {label: position for position, label in enumerate(classes)}
    predicted, given, order = _answer(estimator, dataset, train, test)
    truth = np.array([index[label] for label in labels[test].tolist()], dtype=np.intp)
    guess = np.array([index[label] for label in predicted], dtype=np.intp)
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (truth, guess), 1)
    accuracy = float((truth == guess).mean())
    if given is None:
        return _Fold(accuracy, None, None, confusion)
    # the data given to `bundle` may lack a class that the estimator knows
    probabilities = np.zeros((len(test), len(classes)))
    probabilities[:, [index[label] for label in order]] = given
    return _Fold(accuracy, log_loss(probabilities, truth), brier_score(probabilities, truth), confusion)


def _answer(
    estimator: Any, dataset: Dataset, train: NDArray[np.intp], test: NDArray[np.intp]
) -> tuple[list[Label], NDArray[np.float64] | None, list[Label]]:
    """Labels, probabilities and their order of classes that a copy of ``estimator``, fitted on rows ``train``, gives rows ``test``."""
    unseen = dataset.laid_out(test)
    fitted = refit(estimator, dataset, train)
    try:
        predicted = fitted.predict(unseen).tolist()
        given = np.asarray(fitted.predict_proba(unseen), dtype=np.float64) if hasattr(fitted, "predict_proba") else None
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise not_again(estimator, dataset, error) from None
    if given is not None and not np.isfinite(given).all():
        reason = f"gives probabilities that are no numbers when it is fitted on a part of {dataset.name}"
        raise ArtifactError(f"the {type(estimator).__name__} {reason}; leave out the target (--target, or y)")
    return predicted, given, fitted.classes_.tolist()


def _score_if_any(values: list[float | None]) -> Score | None:
    known = [value for value in values if value is not None]
    return score(known) if known else None
