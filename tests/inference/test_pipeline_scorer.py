"""The scorer of pipelines: the estimator's own bits with fewer questions, and the estimator itself where it would not give them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from iris_api.inference.columns import Number, Text
from iris_api.inference.layouts import Matrix, Texts
from iris_api.inference.pipeline_scorer import PipelineScorer
from iris_api.inference.scorers import MAX_TABLE_BYTES, EstimatorScorer
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression, Target

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(120, 3)).round(2)
LABELS = np.where(ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.5, "yes", "no")
INPUTS = tuple(Number(name=name) for name in "abc")
TWO = Classification(classes=["no", "yes"])
CALLS = []


def counted(rows):
    CALLS.append(len(rows))
    return rows


def cubed(rows):
    return rows**3


class Spoiling(ClassifierMixin, BaseEstimator):
    """Changes the rows that it is given."""

    def fit(self, _rows, labels):
        self.classes_ = np.unique(labels)
        return self

    def predict(self, rows):
        return self.classes_[(self.predict_proba(rows)[:, 1] > 0.5).astype(int)]

    def predict_proba(self, rows):
        rows += 0.25
        share = 1 / (1 + np.exp(-rows[:, 0]))
        return np.column_stack([1 - share, share])


def scorers(model, task=TWO, inputs=INPUTS, layout=None):
    signature = Signature(inputs=inputs, layout=layout or Matrix(), task=task)
    return PipelineScorer(model, signature, MAX_TABLE_BYTES), EstimatorScorer(model, signature)


MODELS = {
    "linear": make_pipeline(StandardScaler(), LogisticRegression()),
    "in place": make_pipeline(StandardScaler(copy=False), LogisticRegression()),
    "forest": make_pipeline(StandardScaler(), RandomForestClassifier(20, random_state=0)),
    "forest of few": make_pipeline(StandardScaler(), RandomForestClassifier(2, max_depth=2, random_state=0)),
    "columns": make_pipeline(ColumnTransformer([("n", StandardScaler(), [2, 0])]), LogisticRegression()),
    "float32": make_pipeline(FunctionTransformer(np.float32), RandomForestClassifier(20, random_state=0)),
    "alone": LogisticRegression(),
}


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_the_estimators_own(name):
    model = MODELS[name].fit(ROWS.copy(), LABELS)
    scorer, reference = scorers(model)
    assert scorer.agrees(reference, ROWS)
    rows = RANDOM.normal(size=(500, 3))
    kept = rows.copy()
    labels, probabilities = scorer.score_rows(rows)
    np.testing.assert_array_equal(rows, kept)
    assert labels == model.predict(rows.copy()).tolist()
    assert np.array(probabilities).tobytes() == model.predict_proba(rows.copy()).tobytes()
    assert [scorer.score_row(row)[0] for row in rows[:20].tolist()] == labels[:20]


def test_a_pipeline_transforms_its_rows_once():
    model = make_pipeline(FunctionTransformer(counted), RandomForestClassifier(3, random_state=0)).fit(ROWS, LABELS)
    scorer, reference = scorers(model)
    CALLS.clear()
    answers = scorer.score_rows(ROWS)
    assert len(CALLS) == 1
    assert answers == reference.score_rows(ROWS)
    assert len(CALLS) == 3


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_a_forest_at_the_end_answers_itself_where_a_number_is_too_great():
    model = make_pipeline(FunctionTransformer(cubed), RandomForestClassifier(3, random_state=0)).fit(ROWS, LABELS)
    scorer, reference = scorers(model)
    assert scorer.agrees(reference, ROWS)
    with pytest.raises(ValueError, match="infinity"):
        scorer.score_rows(np.array([[1e20, 0.0, 0.0]]))


def test_texts_reach_a_forest():
    texts = [["good thing"], ["bad thing"], ["good"], ["bad"]] * 5
    labels = ["yes", "no", "yes", "no"] * 5
    model = make_pipeline(TfidfVectorizer(), RandomForestClassifier(10, random_state=0)).fit([text for (text,) in texts], labels)
    scorer, reference = scorers(model, inputs=(Text(name="text"),), layout=Texts())
    assert scorer.agrees(reference, texts)
    assert scorer.score_rows(texts) == reference.score_rows(texts)


def test_a_forest_that_knows_missing_values_is_looked_up_where_there_are_none():
    rows = np.where(RANDOM.random(ROWS.shape) < 0.2, np.nan, ROWS)
    model = make_pipeline(FunctionTransformer(np.asarray), RandomForestClassifier(10, random_state=0)).fit(rows, LABELS)
    inputs = tuple(Number(name=name, nullable=True) for name in "abc")
    scorer, reference = scorers(model, inputs=inputs)
    assert scorer.agrees(reference, rows)
    assert scorer.score_rows(rows) == reference.score_rows(rows)
    assert not scorer.agrees(reference, np.full((4, 3), np.nan)), "no row would have shown a wrong one"


def test_other_tasks_are_asked_what_they_are_about():
    regression = Regression(targets=[Target(name="y")])
    for model, task in ((Ridge(), regression), (IsolationForest(n_estimators=10, random_state=0), OutlierDetection())):
        scorer, reference = scorers(make_pipeline(StandardScaler(), model).fit(ROWS, ROWS[:, 0]), task)
        assert scorer.agrees(reference, ROWS)
        assert scorer.score_rows(ROWS) == reference.score_rows(ROWS)


def test_a_last_step_that_changes_its_rows_is_found_out():
    model = make_pipeline(StandardScaler(), Spoiling()).fit(ROWS, LABELS)
    scorer, reference = scorers(model)
    assert not scorer.agrees(reference, ROWS)


def test_what_cannot_answer_does_not_agree():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
    scorer, reference = scorers(model)
    model.steps[0] = ("standardscaler", StandardScaler())
    assert not scorers(model)[0].agrees(reference, ROWS)
    assert scorer.name == "pipeline"
