"""Values that training saw nothing like: answered with a warning, or refused where the operator wants that; and keys of rows."""

import json

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from iris_api.app import create_app
from iris_api.errors import ConfigurationError
from iris_api.inference.columns import Category, Integer, Number
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.settings import Settings
from tests.web.served import fitted, serve
from tests.web.wire import assert_problem, call, post

AGE = Integer(name="age in years", seen_minimum=18, seen_maximum=90, nullable=True)
PLAN = Category(name="plan", values=[1, 2], is_open=True)
REGION = Category(name="region", values=[10, 20])
SHARE = Number(name="share", minimum=0, maximum=1)
SIGNATURE = Signature(inputs=(AGE, PLAN, REGION, SHARE), task=Regression(targets=[Target(name="units")]))
GOLDEN = [[18, 1, 10, 0.5], [90, 2, 20, 0.0], [None, 1, 20, 1.0]]
ROW = dict(zip(SIGNATURE.names, GOLDEN[0], strict=True))
ODD = ROW | {"age in years": 5_000_000, "plan": 7}
WARNINGS = {"age in years": "is outside what training saw (18 to 90)", "plan": "is a value that training did not see"}


@pytest.fixture(scope="module")
def model():
    return fitted(SIGNATURE, GOLDEN)


@pytest.fixture(scope="module")
def tolerant(tmp_path_factory, model):
    return serve(tmp_path_factory.mktemp("tolerant"), SIGNATURE, model, GOLDEN, row_key="customer/id").app


@pytest.fixture(scope="module")
def strict(tmp_path_factory, model):
    return serve(tmp_path_factory.mktemp("strict"), SIGNATURE, model, GOLDEN, refuse_unseen=True).app


def told(prefix):
    pointers = {"age in years": f"{prefix}/age%20in%20years", "plan": f"{prefix}/plan"}
    return [{"pointer": pointers[name], "detail": detail} for name, detail in WARNINGS.items()]


def described(app, schema, content) -> bool:
    document = call(app, "GET", "/openapi.json").json()
    registry = Registry().with_resource("urn:document", Resource(contents=document, specification=DRAFT202012))
    return Draft202012Validator({"$ref": f"urn:document#/components/schemas/{schema}"}, registry=registry).is_valid(content)


def test_an_odd_value_is_answered_with_a_warning_of_it(tolerant) -> None:
    answer = post(tolerant, "/v1/predict", ODD).json()
    assert answer["warnings"] == told("#")
    assert isinstance(answer["prediction"], float)
    assert "warnings" not in post(tolerant, "/v1/predict", ROW).json()


def test_a_batch_has_the_warnings_at_their_rows(tolerant) -> None:
    reply = post(tolerant, "/v1/predict/batch", {"instances": [ROW, ODD, ROW | {"age in years": None}]}).json()
    assert [answer.get("warnings") for answer in reply["predictions"]] == [None, told("#/instances/1"), None]
    assert "warnings_left_out" not in reply


def test_where_the_operator_wants_it_an_odd_value_is_refused(strict) -> None:
    problem = assert_problem(post(strict, "/v1/predict", ODD), 422, slug="invalid-input")
    assert problem["errors"] == told("#")
    problem = assert_problem(post(strict, "/v1/predict/batch", {"instances": [ROW, ODD]}), 422, slug="invalid-input")
    assert problem["errors"] == told("#/instances/1")
    assert post(strict, "/v1/predict/batch", {"instances": [ROW, ROW]}).status == 200


@pytest.mark.parametrize(
    ("members", "pointer", "detail"),
    [
        ({"region": 30}, "#/region", "must be one of these: 10, 20"),
        ({"share": 1.5}, "#/share", "must be at most 1"),
        ({"plan": None}, "#/plan", "must not be null"),
    ],
)
def test_what_is_declared_is_refused_by_everyone(tolerant, strict, members, pointer, detail) -> None:
    for app in (tolerant, strict):
        problem = assert_problem(post(app, "/v1/predict", ROW | members), 422, slug="invalid-input")
        assert problem["errors"] == [{"pointer": pointer, "detail": detail}]


def test_very_many_warnings_are_counted(tolerant) -> None:
    reply = post(tolerant, "/v1/predict/batch", {"instances": [ODD] * 6000}).json()
    assert sum("warnings" in answer for answer in reply["predictions"]) == 5000
    assert reply["warnings_left_out"] == 1000
    assert described(tolerant, "BatchAnswer", reply)


@pytest.mark.parametrize("key", ["a-1", "", 'odd "key": ,', 7, -(2**63), "\U0001f600" * 128])
def test_a_key_comes_back_beside_the_prediction(tolerant, key) -> None:
    answer = post(tolerant, "/v1/predict", ROW | {"customer/id": key}).json()
    plain = post(tolerant, "/v1/predict", ROW).json()
    assert answer == plain | {"key": key}
    assert answer["input"] == ROW
    assert described(tolerant, "RowAnswer", answer)
    rows = [ROW | {"customer/id": key}, ROW, ODD | {"customer/id": key}]
    reply = post(tolerant, "/v1/predict/batch", {"instances": rows}).json()
    assert [answer.get("key") for answer in reply["predictions"]] == [key, None, key]
    assert [answer["prediction"] for answer in reply["predictions"]][:2] == [plain["prediction"]] * 2
    assert described(tolerant, "BatchAnswer", reply)
    assert described(tolerant, "Rows", {"instances": rows})


def test_a_wrong_key_is_refused_and_described_so(tolerant) -> None:
    row = ROW | {"customer/id": 1.5}
    problem = assert_problem(post(tolerant, "/v1/predict/batch", {"instances": [row]}), 422, slug="invalid-input")
    assert problem["errors"][0]["pointer"] == "#/instances/0/customer~1id"
    assert not described(tolerant, "Row", row)


def test_without_the_setting_there_are_no_keys(strict) -> None:
    problem = assert_problem(post(strict, "/v1/predict", ROW | {"id": 1}), 422, slug="invalid-input")
    assert [error["pointer"] for error in problem["errors"]] == ["#/id"]
    document = json.dumps(call(strict, "GET", "/openapi.json").json())
    assert "A key of your own" not in document
    assert '"key"' not in document


def test_a_model_with_an_input_of_that_name_does_not_start(strict, model, tmp_path) -> None:
    serve(tmp_path, SIGNATURE, model, GOLDEN)
    with pytest.raises(ConfigurationError, match="IRIS_ROW_KEY is 'plan', but the model has an input of that name"):
        create_app(Settings(artifacts=tmp_path, model_name="drawn", row_key="plan"))
