"""A view's contract: attached to the view, changed by nobody, and known for every view of the application."""

import dataclasses

import pytest

from iris_api.app import create_app
from iris_api.errors import RequestError
from iris_api.lifecycle import Lane
from iris_api.services import EXTENSION
from iris_api.settings import Settings
from iris_api.web.answers import LiveAnswer
from iris_api.web.contract import Contract, lanes, promises


def test_a_contract_stays_with_its_view_and_leaves_it_as_it_was() -> None:
    contract = Contract("Say", LiveAnswer)

    @promises(contract)
    def say() -> str:
        return "said"

    assert say() == "said"
    assert say.contract is contract


def test_a_contract_is_never_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Contract("Say", LiveAnswer).summary = "other"  # type: ignore[misc]


def test_every_view_has_a_contract_of_request_errors(app) -> None:
    contracts = {endpoint: view.contract for endpoint, view in app.view_functions.items()}

    assert len(contracts) == 13
    for contract in contracts.values():
        assert isinstance(contract, Contract)
        assert all(issubclass(error, RequestError) for error in contract.errors)


def test_each_served_model_has_its_own_lane(several) -> None:
    app = create_app(Settings(artifacts=several, models="churn,iris,mood"))
    models = app.extensions[EXTENSION].models
    for name, seconds in (("churn", 0.0), ("iris", 1.0), ("mood", 0.0)):
        models[name].current.predictor.row_seconds = seconds

    found = lanes(app, models)

    text_bytes = models["mood"].current.max_row_bytes
    assert text_bytes > 120_000
    assert found["POST /v1/models/churn/predict"] == found["POST /v1/predict"] == found["POST /predict"] == Lane(True, 65536)
    assert found["POST /v1/models/iris/predict"] == Lane(False, 65536)
    assert found["POST /v1/models/mood/predict"] == Lane(True, text_bytes)
    assert found["GET /health"] == Lane(True, 0)
    assert not [request for request in found if "<" in request or "batch" in request]


def test_a_route_of_other_arguments_has_no_lane(fresh) -> None:
    contract = Contract("Say", LiveAnswer, inline=True)
    fresh.add_url_rule("/say/<word>", "say", promises(contract)(lambda word: word))

    assert not [request for request in lanes(fresh, fresh.extensions[EXTENSION].models) if "say" in request]
