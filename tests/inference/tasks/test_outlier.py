"""Outlier detection: inlier or outlier, and the score that decides."""

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import SGDOneClassSVM
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from iris_api.inference.tasks.outlier import OutlierDetection

ROWS = np.vstack([np.random.default_rng(3).normal(0, 1, (40, 2)), [[9.0, 9.0]]])
TASK = OutlierDetection()


@pytest.mark.parametrize(
    "model", [IsolationForest(n_estimators=5, random_state=0), OneClassSVM(), SGDOneClassSVM(), LocalOutlierFactor(novelty=True)]
)
def test_an_answer_is_the_estimators_word_and_score(model):
    estimator = model.fit(ROWS)
    assert TASK.fault(estimator) is None
    predictions = TASK.complete(TASK.ask(estimator)(lambda: ROWS))
    for index, (sign, score) in enumerate(zip(estimator.predict(ROWS), estimator.decision_function(ROWS).ravel().tolist(), strict=True)):
        answer = TASK.answer(predictions, index)
        assert answer == {"prediction": "inlier" if sign == 1 else "outlier", "score": score}
        assert (score < 0) == (answer["prediction"] == "outlier")
        assert Draft202012Validator({"properties": TASK.answer_schema()}).is_valid(answer)
        assert TASK.answer(TASK.complete_row((predictions.values[index], predictions.details[index])), 0) == answer
    assert len(TASK.numbers(predictions)) == len(ROWS)
    assert sum(TASK.facts(predictions)["predictions"].values()) == len(ROWS)
    assert set(TASK.facts(TASK.complete_row(("inlier", [0.5])))) == {"prediction", "score"}


def test_what_scores_nothing_is_a_fault():
    assert TASK.fault(LocalOutlierFactor()) == "is no detector of outliers"
    assert TASK.fault(object())


class Column:
    """A detector whose scores stand in a column."""

    def predict(self, rows):
        return np.ones(len(rows))

    def decision_function(self, rows):
        return np.full((len(rows), 1), 0.5)


def test_scores_in_a_column_are_numbers_too():
    assert TASK.complete(TASK.ask(Column())(lambda: ROWS)).details == [[0.5]] * len(ROWS)
