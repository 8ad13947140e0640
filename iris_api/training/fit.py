"""Fits the forest on every row, and finds honest figures for it on rows it has not seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import RepeatedStratifiedKFold

from iris_api.errors import ArtifactError
from iris_api.inference.manifest import Label, Metrics, Score
from iris_api.inference.unpickling import check_estimator
from iris_api.training.datasets import Dataset
from iris_api.training.progress import Progress

TREES = 100
SEED = 42
FOLDS = 5
MAX_REPEATS = 10
ROWS_OF_ALL_REPEATS = 2000
ROWS_WORTH_THREADS = 5000


@dataclass(frozen=True, slots=True)
class _Fold:
    """Figures of one fold; ``confusion`` has shape (classes, classes)."""

    accuracy: float
    log_loss: float | None
    brier_score: float | None
    confusion: NDArray[np.int64]


def fit_forest(dataset: Dataset) -> Any:
    """A random forest of 100 trees, fitted on all rows of ``dataset`` and made fit to serve."""
    jobs = -1 if len(dataset.rows) >= ROWS_WORTH_THREADS else 1
    estimator = RandomForestClassifier(n_estimators=TREES, random_state=SEED, n_jobs=jobs).fit(dataset.rows, dataset.labels)
    check_estimator(estimator, f"the model of {dataset.name}")
    return estimator


def cross_validate(estimator: Any, dataset: Dataset, progress: Progress, repeats: int | None = None) -> Metrics | None:
    """Figures from repeated stratified cross-validation of unfitted copies of ``estimator``.

    Parameters
    ----------
    estimator
        A fitted classifier; the confusion matrix is in the order of its classes.
    dataset
        Rows and labels; every label is one of those classes.
    progress
        Told after every fold.
    repeats
        How often all rows are dealt into folds; by default 10 times for few rows, fewer for many.

    Returns
    -------
    Metrics or None
        None where no figures can be had: without labels, with a single class, or with a class of one row.

    Raises
    ------
    ArtifactError
        If a copy of the estimator cannot be fitted on a part of the rows.
    """
    folds = _folds(dataset)
    if folds < 2:
        return None
    repeats = repeats or max(1, min(MAX_REPEATS, ROWS_OF_ALL_REPEATS // len(dataset.rows)))
    splitter = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=SEED)
    splits = list(splitter.split(dataset.rows, dataset.labels))
    classes = estimator.classes_.tolist()
    results = [_score_fold(estimator, dataset, classes, *split) for split in progress.track(splits, "cross-validation, folds done")]
    return Metrics(
        folds=folds,
        repeats=repeats,
        accuracy=_score([result.accuracy for result in results]),
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
    predicted, given, order = _answer(estimator, dataset.name, dataset.rows[train], labels[train], dataset.rows[test])
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
    estimator: Any, name: str, rows: NDArray[np.float64], labels: NDArray[Any], unseen: NDArray[np.float64]
) -> tuple[list[Label], NDArray[np.float64] | None, list[Label]]:
    """Labels, probabilities and their order of classes that a copy of ``estimator``, fitted on ``rows``, gives ``unseen``."""
    try:
        fitted = clone(estimator).fit(rows, labels)
        predicted = fitted.predict(unseen).tolist()
        given = np.asarray(fitted.predict_proba(unseen), dtype=np.float64) if hasattr(fitted, "predict_proba") else None
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        reason = f"cannot be fitted again on a part of {name} ({type(error).__name__}: {error})"
        raise ArtifactError(f"the {type(estimator).__name__} {reason}; leave --target out") from None
    if given is not None and not np.isfinite(given).all():
        reason = f"gives probabilities that are no numbers when it is fitted on a part of {name}"
        raise ArtifactError(f"the {type(estimator).__name__} {reason}; leave --target out")
    return predicted, given, fitted.classes_.tolist()


def _score(values: list[float]) -> Score:
    return Score(mean=float(np.mean(values)), standard_deviation=float(np.std(values)))


def _score_if_any(values: list[float | None]) -> Score | None:
    known = [value for value in values if value is not None]
    return _score(known) if known else None
