"""Faults: each names its member by a pointer (RFC 6901) whatever that is called, says what was meant, and is short."""

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import BodyTooLarge, InvalidInput
from iris_api.inference.columns import Array, Boolean, Category, Integer, Number
from iris_api.wire.faults import MAX_HINTS, MAX_SHOWN
from tests.inference.drawn import encode, names, schema_of

NOT_TAKEN = "is not a member that is taken here"


def told(schema, body, *, batch=False) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_rows(encode(body), 10) if batch else schema.parse_row(encode(body))
    return {fault.pointer: fault.detail for fault in refusal.value.faults}


def resolved(pointer: str) -> list[str]:
    return [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#/").split("/")]


@given(names)
def test_a_pointer_leads_to_a_member_of_any_name(name):
    schema = schema_of(Number(name=name))
    ((pointer, _),) = told(schema, {name: "5"}).items()
    assert resolved(pointer) == [name]
    assert pointer.isascii()
    ((pointer, _),) = told(schema, {"instances": [{name: 5}, {name: "5"}]}, batch=True).items()
    assert resolved(pointer) == ["instances", "1", name]


@given(names, names)
def test_a_missing_and_an_unknown_member_are_told_apart(name, other):
    if name == other:
        return
    faults = told(schema_of(Number(name=name)), {other: 5})
    assert {resolved(pointer)[0] for pointer in faults} <= {name, other, "#"}
    assert "is required" in faults.values()
    assert any(detail.startswith(NOT_TAKEN) for detail in faults.values())


@pytest.mark.parametrize(("sent", "meant"), [("Age", "age"), ("aeg", None), ("SEPAL_LENGTH (cm)", "sepal length (cm)"), ("ID", "id")])
def test_an_unknown_member_is_told_what_was_probably_meant(sent, meant):
    schema = schema_of(Number(name="age"), Number(name="sepal length (cm)"), row_key="id")
    faults = told(schema, {"age": 1, "sepal length (cm)": 1, sent: 1})
    assert list(faults.values()) == [NOT_TAKEN if meant is None else f"{NOT_TAKEN}; {meant} was probably meant"]


def test_hints_are_few_and_only_for_members_of_rows():
    schema = schema_of(*[Number(name=f"x{index}", nullable=True) for index in range(20)])
    faults = told(schema, {f"X{index}": 1 for index in range(20)})
    assert sum("probably" in detail for detail in faults.values()) == MAX_HINTS
    assert told(schema, {"instances": [{}], "x1": 1}, batch=True) == {"#/x1": NOT_TAKEN}


@pytest.mark.parametrize("body", [{"instances": [7.5, "x", 1]}, {"instances": [7.5, 1, None]}])
def test_a_column_called_as_the_batch_is_told_as_a_column(body):
    schema = schema_of(Array(name="instances", shape=[3]), Boolean(name="b"))
    faults = told(schema, body | {"b": True})
    assert [detail.startswith("must be a number, not") for detail in faults.values()] == [True]
    assert told(schema, {"instances": [{"instances": [1, 2], "b": 1}]}, batch=True) == {
        "#/instances/0/instances": "must be nested lists of numbers, of the shape 3",
        "#/instances/0/b": "must be true or false, not a number",
    }
    assert told(schema, {"instances": [1, 2, 3, 4], "b": True}) == {"#/instances": "must be nested lists of numbers, of the shape 3"}
    assert told(schema, {"instances": 5}, batch=True) == {"#/instances": "must be an array of objects"}
    with pytest.raises(BodyTooLarge):
        schema.parse_rows(encode({"instances": [{"instances": [1, 2, 3], "b": True}] * 11}), 10)


def test_values_of_a_category_are_listed_shortly():
    many = Category(name="x", values=[f"value {index} {'long ' * 100}" for index in range(2000)])
    ((_, detail),) = told(schema_of(many), {"x": "none"}).items()
    assert detail.endswith(" and 1990 more")
    assert len(detail) < 11 * (MAX_SHOWN + 5)


def test_the_nearest_value_is_found_in_any_case_and_among_many():
    many = schema_of(Category(name="x", values=[f"Region {index}" for index in range(2000)]))
    assert told(many, {"x": "region_1999"})["#/x"].endswith("; Region 1999 was probably meant")
    few = schema_of(Category(name="x", values=["Germany", "France"]))
    assert told(few, {"x": "Frnace"})["#/x"].endswith("; France was probably meant")
    assert told(few, {"x": "Peru"})["#/x"] == "must be one of these: Germany, France"


def test_values_that_could_be_misread_stand_in_quotes():
    odd = schema_of(Category(name="x", values=["a, b", " ", 'c"', "plain value", "d\ne"]))
    assert told(odd, {"x": "?"})["#/x"] == 'must be one of these: "a, b", " ", "c\\"", plain value, "d\\ne"'


def test_a_fault_in_a_large_body_is_told_as_in_a_small_one():
    schema = schema_of(Integer(name="n"), Category(name="c", values=["Yes", "No"]))
    row = {"n": 1, "c": "Yes"}
    wrong = [row] * 9000 + [{"n": "1", "c": "YES"}]
    assert len(json.dumps(wrong)) > 2 * 64 * 1024
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_rows(encode({"instances": wrong}), 10_000)
    assert {fault.pointer: fault.detail for fault in refusal.value.faults} == {
        "#/instances/9000/n": "must be a whole number of at most 64 bits, not a string",
        "#/instances/9000/c": "must be one of these: Yes, No; Yes was probably meant",
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=5,
    )
)
def test_any_json_in_place_of_a_value_is_a_fault_or_taken(value):
    schema = schema_of(Array(name="x", shape=[2], nullable=True), Category(name="c", values=[1], nullable=True))
    for body in ({"x": value}, {"c": value}, value):
        text = json.dumps(body).replace("NaN", "null").replace("Infinity", "1e999")
        faults = []
        try:
            schema.parse_row(text.encode())
        except InvalidInput as refusal:
            faults = refusal.faults
        assert all(fault.pointer.startswith("#") and fault.detail for fault in faults)
