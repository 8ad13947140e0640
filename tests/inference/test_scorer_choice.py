"""Which scorer answers for which estimator."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from iris_api.inference.pipeline_scorer import PipelineScorer
from iris_api.inference.scorer_choice import choose_scorer, may_stand_in
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer, ForestScorer, TreesScorer
from tests.inference.bundles import classifier_signature

ROWS, LABELS = np.arange(40.0).reshape(20, 2), [0, 1] * 10
FOREST = RandomForestClassifier(3, random_state=0)
CHOICES = {
    "forest": (FOREST, MAX_TABLE_BYTES, ForestScorer, "forest"),
    "trees": (FOREST, 0, TreesScorer, "trees"),
    "pipeline": (make_pipeline(StandardScaler(), FOREST), MAX_TABLE_BYTES, PipelineScorer, "pipeline"),
    "one question": (LogisticRegression(), MAX_TABLE_BYTES, PipelineScorer, "estimator"),
    "estimator": (LinearSVC(), MAX_TABLE_BYTES, EstimatorScorer, "estimator"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_quickest_exact_scorer_is_chosen_and_may_stand_in(name):
    model, table_bytes, kind, says = CHOICES[name]
    model.fit(ROWS, LABELS)
    signature = classifier_signature(model)
    scorer, reference = choose_scorer(model, signature, table_bytes), EstimatorScorer(model, signature)
    assert type(scorer) is kind
    assert scorer.name == says
    assert may_stand_in(scorer, reference, model, ROWS)
    assert scorer.score_rows(ROWS) == reference.score_rows(ROWS)


def test_a_scorer_of_another_model_may_not():
    model, other = FOREST.fit(ROWS, LABELS), RandomForestClassifier(3, random_state=9).fit(ROWS, LABELS[::-1])
    signature = classifier_signature(model)
    for wrong in (choose_scorer(other, signature, MAX_TABLE_BYTES), choose_scorer(make_pipeline(other), signature, MAX_TABLE_BYTES)):
        assert not may_stand_in(wrong, EstimatorScorer(model, signature), model, ROWS)
