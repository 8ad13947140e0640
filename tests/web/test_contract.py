"""A view's contract: attached to the view, changed by nobody, and known for every view of the application."""

import dataclasses

import pytest

from iris_api.errors import RequestError
from iris_api.web.answers import LiveAnswer
from iris_api.web.contract import Contract, promises


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
