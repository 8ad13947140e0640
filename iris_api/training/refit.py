"""Fits copies of an estimator on a part of its rows, for figures on rows that it has not seen."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from iris_api.errors import ArtifactError
from iris_api.inference.manifest import Score
from iris_api.training.datasets import Dataset

SEED = 42
FOLDS = 5


def refit(estimator: Any, dataset: Dataset, train: NDArray[np.intp]) -> Any:
    """An unfitted copy of ``estimator``, fitted on rows ``train`` of ``dataset``, which has labels.

    Raises
    ------
    ArtifactError
        If it cannot be fitted on them.
    """
    rows, labels = dataset.laid_out(train), np.asarray(dataset.labels)[train]
    try:
        return clone(estimator).fit(rows, labels)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
        raise not_again(estimator, dataset, error) from None


def not_again(estimator: Any, dataset: Dataset, error: Exception) -> ArtifactError:
    """What to say of an estimator that cannot be fitted, or asked, once more."""
    reason = f"cannot be fitted again on a part of {dataset.name} ({type(error).__name__}: {error})"
    return ArtifactError(f"the {type(estimator).__name__} {reason}; leave out the target (--target, or y)")


def score(values: list[float]) -> Score:
    """Mean and standard deviation of a figure over folds."""
    return Score(mean=float(np.mean(values)), standard_deviation=float(np.std(values)))
