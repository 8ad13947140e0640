"""Answers: the estimator's own bits, and a confidence that is the probability of the label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.svm import LinearSVC

from iris_api.errors import Unanswerable
from iris_api.inference.predictor import Predictor
from iris_api.inference.scorers import EstimatorScorer
from tests.inference.bundles import classifier_signature, manifest_of
from tests.inference.conftest import LABELS, ROWS

FOREST = RandomForestClassifier(7, max_depth=2, random_state=0).fit(ROWS, LABELS)


def predictor_of(model):
    return Predictor(manifest_of(model, ROWS[:2]), EstimatorScorer(model, classifier_signature(model)), 0.0)


@given(arrays(np.float64, st.tuples(st.integers(1, 20), st.just(2)), elements=st.floats(-1e38, 1e38)))
def test_every_bit_is_the_estimators(rows):
    answer = predictor_of(FOREST).predict(rows)
    assert np.array(answer.details).tobytes() == FOREST.predict_proba(rows).tobytes()
    assert answer.values == FOREST.predict(rows).tolist()
    assert answer.confidences == FOREST.predict_proba(rows).max(axis=1).tolist()
    predictor = predictor_of(FOREST)
    singles = [predictor.predict_row(row) for row in rows[:3].tolist()]
    assert {len(single.values) for single in singles} == {1}
    assert tuple([value for (value,) in column] for column in zip(*singles, strict=True)) == tuple(column[:3] for column in answer)


def test_the_label_is_what_predict_says_even_where_it_is_not_the_likeliest():
    model = FixedThresholdClassifier(FOREST, threshold=0.95, pos_label="small", response_method="predict_proba").fit(ROWS, LABELS)
    answer = predictor_of(model).predict(ROWS)
    odd = [n for n, row in enumerate(answer.details) if answer.confidences[n] < max(row)]
    assert odd
    assert answer.values == model.predict(ROWS).tolist()
    assert all(
        row[["large", "small"].index(label)] == c for label, row, c in zip(answer.values, answer.details, answer.confidences, strict=True)
    )


def test_without_probabilities_there_is_no_confidence():
    model = LinearSVC().fit(ROWS, LABELS)
    answer = predictor_of(model).predict(ROWS[:3])
    assert (answer.values, answer.confidences, answer.details) == (model.predict(ROWS[:3]).tolist(), None, None)
    assert predictor_of(model).predict_row(ROWS[0].tolist()) == (model.predict(ROWS[:1]).tolist(), None, None)


@pytest.mark.parametrize(("labels", "kind", "names"), [(LABELS, str, ["large", "small"]), (LABELS == "small", bool, ["false", "true"])])
def test_labels_are_plain_values_of_their_kind(labels, kind, names):
    predictor = predictor_of(RandomForestClassifier(3, random_state=0).fit(ROWS, labels))
    assert {type(label) for label in predictor.predict(ROWS).values} == {kind}
    assert predictor.task.class_names == names


@pytest.mark.parametrize(("seconds", "is_quick"), [(0.0, True), (0.000999, True), (0.001, False), (2.0, False)])
def test_a_predictor_is_quick_below_a_millisecond_a_row(seconds, is_quick):
    predictor = Predictor(manifest_of(FOREST, ROWS[:2]), EstimatorScorer(FOREST, classifier_signature(FOREST)), seconds)
    assert (predictor.row_seconds, predictor.is_quick) == (seconds, is_quick)


class Miscounting(DummyClassifier):
    """Answers ``more`` rows than it is asked."""

    more = 0

    def predict(self, rows):
        return super().predict(np.zeros((len(rows) + self.more, 1)))

    def predict_proba(self, rows):
        return super().predict_proba(np.zeros((len(rows) + self.more, 1)))


@pytest.mark.parametrize("more", [-1, 1, 5])
def test_another_number_of_answers_than_rows_is_no_answer(more):
    model = Miscounting().fit(ROWS, ["a"] * len(ROWS))
    predictor = predictor_of(model)
    model.more = more
    with pytest.raises(Unanswerable):
        predictor.predict(ROWS)
    with pytest.raises(Unanswerable):
        predictor.predict_row(ROWS[0].tolist())
