"""Which scorer is to answer for an estimator, and whether it may."""

from typing import Any

from iris_api.inference.layouts import Rows
from iris_api.inference.most_probable import predicts_most_probable
from iris_api.inference.pipeline_scorer import PipelineScorer
from iris_api.inference.pipeline_steps import is_pipeline
from iris_api.inference.probes import agrees, probe_rows
from iris_api.inference.scorers import EstimatorScorer, Scorer, scorer_of_trees
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification


def choose_scorer(estimator: Any, signature: Signature, max_table_bytes: int) -> Scorer:
    """The quickest scorer for ``estimator``: of a forest, if its tables take at most ``max_table_bytes``, of a pipeline, or itself.

    Whether it really answers as the estimator does is for a trial to find out: see `may_stand_in`.
    """
    is_classifier = isinstance(signature.task, Classification)
    trees = scorer_of_trees(estimator, max_table_bytes) if is_classifier and signature.is_plain else None
    if trees is not None:
        return trees
    if is_pipeline(estimator) or (is_classifier and predicts_most_probable(estimator)):
        return PipelineScorer(estimator, signature, max_table_bytes)
    return EstimatorScorer(estimator, signature)


def may_stand_in(scorer: Scorer, reference: EstimatorScorer, estimator: Any, golden: Rows) -> bool:
    """Whether ``scorer`` answers as ``reference`` does, which asks ``estimator``.

    It is held against that on the ``golden`` rows (n, columns) and, where it has trees, on many more.
    """
    match scorer:
        case EstimatorScorer():
            return True
        case PipelineScorer():
            return scorer.agrees(reference, golden)
    return agrees(scorer, reference.score_rows, probe_rows(estimator, golden))
