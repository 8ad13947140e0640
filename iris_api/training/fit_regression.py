"""Honest figures of a regression: from rows that the copy of the estimator behind them has not seen."""

from typing import Any

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import RepeatedKFold

from iris_api.inference.manifest import RegressionMetrics
from iris_api.training.datasets import Dataset
from iris_api.training.progress import Progress
from iris_api.training.refit import FOLDS, SEED, not_again, refit, score


def cross_validate_regression(estimator: Any, dataset: Dataset, progress: Progress, repeats: int) -> RegressionMetrics | None:
    """Figures of ``estimator``; of several targets their means. None where there are too few rows.

    Raises
    ------
    ArtifactError
        If a copy of the estimator cannot be fitted on a part of the rows.
    """
    truth = np.asarray(dataset.labels, dtype=np.float64)
    # R² needs two rows
    folds = min(FOLDS, len(truth) // 2)
    if folds < 2:
        return None
    splits = list(RepeatedKFold(n_splits=folds, n_repeats=repeats, random_state=SEED).split(np.zeros(len(truth))))
    figures = []
    for train, test in progress.track(splits, "cross-validation, folds done"):
        fitted = refit(estimator, dataset, train)
        try:
            predicted = np.asarray(fitted.predict(dataset.laid_out(test))).reshape(truth[test].shape)
            figures.append(
                (
                    float(mean_absolute_error(truth[test], predicted)),
                    float(root_mean_squared_error(truth[test], predicted)),
                    float(r2_score(truth[test], predicted)),
                )
            )
        except Exception as error:  # noqa: BLE001 - an estimator may raise anything, and the person needs to hear what
            raise not_again(estimator, dataset, error) from None
    absolute, squared, determination = (score(list(values)) for values in zip(*figures, strict=True))
    return RegressionMetrics(folds=folds, repeats=repeats, mean_absolute_error=absolute, root_mean_squared_error=squared, r2=determination)
