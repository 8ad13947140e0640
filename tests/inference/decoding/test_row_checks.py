"""Rows of another width reach no compiled code that trusts their width."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import RadiusNeighborsClassifier

from iris_api.inference.decoding.row_checks import add_row_check

ROWS = np.random.default_rng(18).normal(size=(40, 3))
LABELS = np.arange(40) % 3


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_the_answers_stay_as_they_are(algorithm, weights):
    model = RadiusNeighborsClassifier(3.0, algorithm=algorithm, weights=weights).fit(ROWS, LABELS)
    before = model.predict_proba(ROWS), model.predict(ROWS)
    add_row_check(model)
    assert isinstance(model, RadiusNeighborsClassifier)
    assert model.predict_proba(ROWS).tobytes() == before[0].tobytes()
    assert model.predict(ROWS).tolist() == before[1].tolist()


@pytest.mark.parametrize("width", [1, 2, 4, 50])
def test_rows_of_another_width_are_refused(width):
    model = RadiusNeighborsClassifier(3.0, algorithm="brute").fit(ROWS, LABELS)
    add_row_check(model)
    for ask in (model.predict_proba, model.predict):
        with pytest.raises(ValueError, match=f"X has {width} features, but RadiusNeighborsClassifier is expecting 3"):
            ask(np.zeros((5, width)))


def test_others_stay_as_they_are():
    model = LogisticRegression()
    add_row_check(model)
    assert type(model) is LogisticRegression
