"""Everybody is told of a prediction, and nobody's failure is anybody else's."""

import dataclasses

import pytest

from iris_api.app import create_app
from iris_api.inference.columns import Number
from iris_api.inference.predictions import Predictions
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from iris_api.telemetry.events import Observers, Predicted

FLOWERS = Signature(
    inputs=tuple(Number(name=name) for name in ("sepal_length", "sepal_width", "petal_length", "petal_width")),
    task=Classification(classes=["setosa", "versicolor", "virginica"]),
)
FACT = Predicted("id", "iris", 1, FLOWERS, [[5.1, 3.5, 1.4, 0.2]], Predictions(["setosa"], [1.0], None), 0.01)


def failing(_fact: Predicted) -> None:
    raise OSError("disk full")


def test_every_observer_is_told_in_order() -> None:
    told: list[tuple[str, Predicted]] = []
    Observers([lambda fact: told.append(("first", fact)), lambda fact: told.append(("second", fact))]).tell(FACT)

    assert told == [("first", FACT), ("second", FACT)]


def test_a_failing_observer_is_counted_and_keeps_nobody_from_being_told() -> None:
    told: list[Predicted] = []
    observers = Observers([failing, told.append, failing])

    observers.tell(FACT)
    observers.tell(FACT)

    assert told == [FACT, FACT]
    assert observers.failures == 4


def test_a_failing_observer_costs_no_client_the_answer(trained, row) -> None:
    app = create_app(Settings(artifacts=trained("iris")))
    observers = Observers([failing])
    app.extensions[EXTENSION] = dataclasses.replace(app.extensions[EXTENSION], observers=observers)

    reply = app.test_client().post("/v1/predict", json=row)

    assert (reply.status_code, reply.json["prediction"]) == (200, "setosa")
    assert observers.failures == 1


def test_a_refused_request_is_no_prediction(trained, row) -> None:
    app = create_app(Settings(artifacts=trained("iris")))
    told: list[Predicted] = []
    app.extensions[EXTENSION] = dataclasses.replace(app.extensions[EXTENSION], observers=Observers([told.append]))
    client = app.test_client()

    client.post("/v1/predict", json={})
    client.post("/v1/predict/batch", json={"instances": [row, {}]})
    assert told == []
    client.post("/v1/predict/batch", json={"instances": [row, row]}, headers={"X-Request-ID": "mine"})

    [fact] = told
    assert (fact.request_id, fact.model, fact.version, fact.predictions.values, len(fact.rows)) == ("mine", "iris", 1, ["setosa"] * 2, 2)
    assert 0 < fact.seconds < 60


def test_a_fact_is_not_changed_by_who_is_told() -> None:
    with pytest.raises(AttributeError):
        FACT.model = "other"
