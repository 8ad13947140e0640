"""Keys of the client's own: taken beside the inputs, given back, never an input."""

import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from iris_api.errors import ConfigurationError, InvalidInput, MalformedBody
from iris_api.inference.columns import Array, Number, Text
from iris_api.wire.row_keys import check_row_key
from tests.inference.bundles import signature_of
from tests.inference.drawn import encode, schema_of

plain = schema_of(Number(name="x"), Number(name="y"), row_key="the id")
mixed = schema_of(Text(name="x"), Number(name="y", nullable=True), row_key="the id")
arrays = schema_of(Array(name="x", shape=[2]), Number(name="y", nullable=True), row_key="the id")
SCHEMAS = {"plain": (plain, 1.5), "mixed": (mixed, 'a": ,b'), "arrays": (arrays, [1.0, 2.0])}
KEYS = ["", "a", "x" * 128, "\U0001f600" * 128, ':,"', "\n", 0, -1, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_key_is_taken_and_is_no_input(kind, key):
    schema, x = SCHEMAS[kind]
    body = {"the id": key, "y": 2.0, "x": x}
    assert schema.parse_keyed_row(encode(body)) == ([x, 2.0], key)
    assert schema.parse_row(encode(body)) == [x, 2.0]
    rows, keys = schema.parse_keyed_rows(encode({"instances": [body, {"x": x, "y": 3}]}), 2)
    assert keys == [key, None]
    assert np.shape(rows)[1] == (3 if kind == "arrays" else 2)
    assert Draft202012Validator(schema.json_schema()).is_valid(json.loads(encode(body)))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_row_needs_no_key(kind):
    schema, x = SCHEMAS[kind]
    for body in ({"x": x, "y": 1}, {"x": x, "y": 1, "the id": None}):
        assert schema.parse_keyed_row(encode(body)) == ([x, 1.0], None)
        assert Draft202012Validator(schema.json_schema()).is_valid(body)


def test_a_whole_float_is_a_whole_number_as_everywhere():
    assert plain.parse_keyed_row(b'{"the id": 3.0, "x": 1, "y": 1}')[1] == 3


@pytest.mark.parametrize("key", ["x" * 129, True, 1.5, 2**63, [], {}])
@pytest.mark.parametrize("kind", SCHEMAS)
def test_what_is_no_key_is_refused(kind, key):
    schema, x = SCHEMAS[kind]
    body = {"x": x, "y": 1, "the id": key}
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_row(encode(body))
    (fault,) = refusal.value.faults
    assert fault.pointer == "#/the%20id"
    assert fault.detail == "must be a string of at most 128 characters or a whole number of at most 64 bits"
    assert not Draft202012Validator(schema.json_schema()).is_valid(body)


def test_a_repeated_key_is_refused():
    with pytest.raises(MalformedBody) as refusal:
        plain.parse_row(b'{"the id": 1, "x": 1, "y": 1, "the id": ":"}')
    assert [fault.pointer for fault in refusal.value.faults] == ["#/the%20id"]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_keys_stay_with_their_rows_over_all_pieces_of_a_large_body(kind):
    schema, x = SCHEMAS[kind]
    bodies = [{"x": x, "y": index} | ({"the id": f"key {index}, :"} if index % 3 else {}) for index in range(5000)]
    rows, keys = schema.parse_keyed_rows(encode({"instances": bodies}), 5000)
    assert keys == [body.get("the id") for body in bodies]
    assert [row[-1] for row in rows] == list(range(5000))


def test_without_the_setting_no_row_has_a_key():
    unkeyed = schema_of(Number(name="x"))
    assert unkeyed.parse_keyed_row(b'{"x": 1}') == ([1.0], None)
    assert unkeyed.parse_keyed_rows(b'{"instances": [{"x": 1}]}', 1)[1] is None
    with pytest.raises(InvalidInput):
        unkeyed.parse_row(b'{"x": 1, "id": 1}')


def test_an_input_may_not_be_called_as_the_key():
    signature = signature_of(Number(name="id"))
    with pytest.raises(ConfigurationError, match="IRIS_ROW_KEY is 'id', but the model has an input of that name; choose another name"):
        check_row_key("id", signature)
    check_row_key("Id", signature)
    check_row_key(None, signature)
