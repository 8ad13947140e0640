"""From predictions to bytes: members in order, floats to their last bit, classes by name whatever their type."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.predictor import Predictions
from iris_api.services import EXTENSION
from iris_api.web.render import batch_answer, json_response, row_answer
from iris_api.wire.unseen import NO_WARNINGS


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_exactly(number) -> None:
    assert json.loads(json_response({"number": number}).data) == {"number": number}


def test_members_keep_their_order_and_nothing_is_wasted() -> None:
    response = json_response({"z": 1, "a": [1.5, None]}, status=503)

    assert response.data == b'{"z":1,"a":[1.5,null]}'
    assert (response.status_code, response.content_type) == (503, "application/json")


@pytest.mark.parametrize("index", range(3))
def test_the_confidence_is_the_probability_of_the_prediction(app, index) -> None:
    predictor = app.extensions[EXTENSION].loader.current.predictor
    row = predictor.manifest.golden.rows[index]

    answer = row_answer(predictor, row, predictor.predict_row(row), NO_WARNINGS)

    assert answer["confidence"] == answer["probabilities"][answer["prediction"]]
    assert list(answer["input"].values()) == row
    assert list(answer["probabilities"]) == predictor.task.class_names


@pytest.mark.parametrize("with_probabilities", [True, False])
def test_a_batch_is_written_as_each_of_its_rows_would_be(app, with_probabilities) -> None:
    predictor = app.extensions[EXTENSION].loader.current.predictor
    shares = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]
    labels = ["setosa", "versicolor", "setosa", "virginica"]
    confidences = [0.5, 0.5, 0.5, 0.25]
    answers = Predictions(labels, confidences, shares) if with_probabilities else Predictions(labels, None, None)

    written = json.loads(batch_answer(predictor, answers, NO_WARNINGS))

    assert written["model"] == {"name": "iris", "version": 1}
    assert written["predictions"] == [
        {
            "prediction": label,
            "confidence": confidence if with_probabilities else None,
            "probabilities": dict(zip(predictor.task.class_names, row, strict=True)) if with_probabilities else None,
        }
        for label, confidence, row in zip(labels, confidences, shares, strict=True)
    ]
