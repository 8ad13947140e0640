"""Figures of an estimator that looks at no input, to hold those of a model against."""

import io

from iris_api.inference.manifest import Baseline, Score
from iris_api.inference.signature import Task
from iris_api.training.card import FIGURES
from iris_api.training.datasets import Dataset
from iris_api.training.fit import cross_validate
from iris_api.training.pipelines import baseline_for
from iris_api.training.progress import Progress


def baseline_of(dataset: Dataset, task: Task, repeats: int) -> Baseline | None:
    """The figures of a dummy estimator on ``dataset``, from the same folds as those of the model; None where there are none."""
    estimator = baseline_for(dataset)
    estimator.fit(dataset.laid_out(), dataset.labels)
    metrics = cross_validate(estimator, dataset, task, Progress(io.StringIO()), repeats)
    if metrics is None:
        return None
    found = {member: getattr(metrics, member) for member, _, _ in FIGURES[type(metrics)]}
    return Baseline(estimator=type(estimator).__name__, figures={name: score for name, score in found.items() if isinstance(score, Score)})
