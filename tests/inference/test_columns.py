"""The kinds of input: what each takes and as what, what it refuses and in which words, and that its JSON Schema says the same."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from iris_api.errors import InvalidInput
from iris_api.inference.abstract_column import FLOAT32_MAX, INT64_MAX, INT64_MIN
from iris_api.inference.columns import Array, Boolean, Category, Datetime, Integer, Number, Text
from tests.inference.drawn import IMPOSSIBLE_DAY, columns, encode, schema_of, valid, wrong

WHOLE = "must be a whole number of at most 64 bits"
SHAPE = "must be nested lists of numbers, of the shape 2 x 3"
DATE = "must be a date such as 2026-11-30 (RFC 3339)"
NAIVE = "must be a date with time such as 2026-11-30T09:30:00, without a zone (RFC 3339)"
ZONED = "must be a date with time such as 2026-11-30T09:30:00Z, with its zone (RFC 3339)"
KINDS = {
    "number": Number(name="x"),
    "bounded number": Number(name="x", minimum=0, maximum=0.3),
    "integer": Integer(name="x"),
    "bounded integer": Integer(name="x", minimum=0, maximum=120),
    "boolean": Boolean(name="x"),
    "texts": Category(name="x", values=["a", "B b", ""]),
    "numbers": Category(name="x", values=[1, 2]),
    "truths": Category(name="x", values=[True]),
    "open": Category(name="x", values=["a"], is_open=True),
    "text": Text(name="x", max_characters=3),
    "date": Datetime(name="x"),
    "naive": Datetime(name="x", has_time=True),
    "zoned": Datetime(name="x", has_time=True, is_zoned=True),
    "since": Datetime(name="x", minimum="2026-01-01", maximum="2026-12-31"),
    "array": Array(name="x", shape=[2, 3], minimum=0, maximum=255),
}
TAKEN = [
    ("number", "3", 3.0),
    ("number", "-1e-400", 0.0),
    ("bounded number", "0.3", 0.3),
    ("integer", "3.0", 3),
    ("integer", "-0.0", 0),
    ("integer", "1e3", 1000),
    ("integer", "9007199254740993", 2**53 + 1),
    ("integer", str(INT64_MAX), INT64_MAX),
    ("integer", str(INT64_MIN), INT64_MIN),
    ("boolean", "false", False),
    ("texts", '"B b"', "B b"),
    ("texts", '""', ""),
    ("numbers", "2.0", 2),
    ("truths", "true", True),
    ("open", '"another"', "another"),
    ("text", '"\\ud83d\\ude00\\u0000c"', "\U0001f600\0c"),
    ("date", '"2026-11-30"', datetime(2026, 11, 30).date()),  # noqa: DTZ001
    ("date", '"2026-11-30T00:00:00.000"', datetime(2026, 11, 30).date()),  # noqa: DTZ001
    ("naive", '"2026-11-30 09:30"', datetime(2026, 11, 30, 9, 30)),  # noqa: DTZ001
    ("naive", '"2026-11-30T09:30:00.000001"', datetime(2026, 11, 30, 9, 30, 0, 1)),  # noqa: DTZ001
    ("zoned", '"2026-11-30T09:30:00Z"', datetime(2026, 11, 30, 9, 30, tzinfo=UTC)),
    ("zoned", '"2026-11-30T11:30:00+02:00"', datetime(2026, 11, 30, 9, 30, tzinfo=UTC)),
    ("array", "[[0, 1.5, 2], [3, 4, 255]]", [[0, 1.5, 2], [3, 4, 255]]),
]
REFUSED = [
    ("number", "null", "must not be null"),
    ("number", '"5.1"', "must be a number, not a string"),
    ("number", "true", "must be a number, not true or false"),
    ("number", "[1]", "must be a number, not an array"),
    ("number", '{"value": 1}', "must be a number, not an object"),
    ("number", "1e39", f"must be at most {FLOAT32_MAX!r}"),
    ("number", "1e999", "must be a number that a 32-bit float can hold"),
    ("bounded number", "0.30000000000000004", "must be at most 0.3"),
    ("bounded number", "-1", "must be at least 0"),
    ("integer", "3.5", WHOLE),
    ("integer", "1e30", WHOLE),
    ("integer", "1e999", WHOLE),
    ("integer", str(INT64_MAX + 1), f"must be at most {INT64_MAX}"),
    ("integer", "9" * 400, f"must be at most {INT64_MAX}"),
    ("integer", "true", f"{WHOLE}, not true or false"),
    ("integer", '"3"', f"{WHOLE}, not a string"),
    ("bounded integer", "121", "must be at most 120"),
    ("bounded integer", "-1.0", "must be at least 0"),
    ("boolean", "1", "must be true or false, not a number"),
    ("boolean", '"true"', "must be true or false, not a string"),
    ("texts", '"C"', 'must be one of these: a, B b, ""'),
    ("texts", '"b-b"', 'must be one of these: a, B b, ""; B b was probably meant'),
    ("texts", "1", 'must be one of these: a, B b, "", not a number'),
    ("numbers", "3", "must be one of these: 1, 2"),
    ("numbers", "1.5", "must be one of these: 1, 2"),
    ("numbers", "true", "must be one of these: 1, 2, not true or false"),
    ("numbers", '"1"', "must be one of these: 1, 2, not a string"),
    ("truths", "false", "must be one of these: true"),
    ("truths", "1", "must be one of these: true, not a number"),
    ("open", "1", "must be a string such as a, not a number"),
    ("open", json.dumps("x" * 10_001), "must have at most 10000 characters"),
    ("text", '"four"', "must have at most 3 characters"),
    ("text", "3", "must be a string, not a number"),
    ("date", '"2026-02-30"', DATE),
    ("date", '"2026-11-30T09:30:00"', DATE),
    ("date", "1764460800", f"{DATE}, not a number"),
    ("date", '"1764460800"', DATE),
    ("naive", '"2026-11-30T09:30:00Z"', NAIVE),
    ("naive", '"2026-11-30"', NAIVE),
    ("zoned", '"2026-11-30T09:30:00"', ZONED),
    ("zoned", '"0001-01-01T00:00:00+10:00"', "must not be before 0001-01-01T00:00:00Z"),
    ("since", '"2025-12-31"', "must not be before 2026-01-01"),
    ("since", '"2027-01-01"', "must not be after 2026-12-31"),
    ("array", "[[0, 1, 2]]", SHAPE),
    ("array", "[[0, 1, 2], [3, 4]]", SHAPE),
    ("array", "[[0, 1, 2], [3, 4, 5, 6]]", SHAPE),
    ("array", "[0, 1, 2, 3, 4, 5]", f"{SHAPE}, not a number"),
    ("array", "7", f"{SHAPE}, not a number"),
]


def told(column, text) -> dict[str, str]:
    """The faults of one row with ``text`` as the value of ``column``, which are those of a batch too."""
    schema = schema_of(column)
    row = b'{"x": %b}' % text.encode()
    with pytest.raises(InvalidInput) as single:
        schema.parse_row(row)
    with pytest.raises(InvalidInput) as batch:
        schema.parse_rows(b'{"instances": [%b]}' % row, 9)
    faults = {fault.pointer: fault.detail for fault in single.value.faults}
    assert {fault.pointer.replace("/instances/0", ""): fault.detail for fault in batch.value.faults} == faults
    return faults


@pytest.mark.parametrize(("kind", "text", "value"), TAKEN)
def test_a_value_is_taken_as_what_it_is(kind, text, value):
    (taken,) = schema_of(KINDS[kind]).parse_row(b'{"x": %b}' % text.encode())
    assert taken == value
    assert type(taken) is type(value)


@pytest.mark.parametrize(("kind", "text", "detail"), REFUSED)
def test_a_wrong_value_is_refused_with_what_it_must_be(kind, text, detail):
    (pointer,) = told(KINDS[kind], text)
    assert told(KINDS[kind], text) == {pointer: detail}
    assert pointer.startswith("#/x")


def test_a_wrong_number_of_an_array_is_named_by_its_place():
    assert told(KINDS["array"], '[[0, 1, 2], [3, "4", 5]]') == {"#/x/1/1": "must be a number, not a string"}
    assert told(KINDS["array"], "[[0, 1, null], [3, 4, 5]]") == {"#/x/0/2": "must be a number, not null"}
    assert told(KINDS["array"], "[[0, 1, 2], [3, 4, 256]]") == {"#/x/1/2": "must be at most 255"}


@pytest.mark.parametrize("kind", KINDS)
def test_null_and_a_missing_member_mean_missing_where_a_column_is_nullable(kind):
    nullable = schema_of(KINDS[kind].model_copy(update={"nullable": True}))
    assert nullable.parse_row(b'{"x": null}') == nullable.parse_row(b"{}") == [None]
    assert told(KINDS[kind], "null") == {"#/x": "must not be null"}
    with pytest.raises(InvalidInput) as refusal:
        schema_of(KINDS[kind]).parse_row(b"{}")
    assert [(fault.pointer, fault.detail) for fault in refusal.value.faults] == [("#/x", "is required")]


@given(columns(), st.data())
def test_every_valid_value_is_read_and_described(column, data):
    value, expected = data.draw(valid(column))
    body = encode({column.name: value})
    schema = schema_of(column)
    assert schema.parse_row(body) == [expected]
    described = Draft202012Validator(schema.json_schema(), format_checker=FormatChecker())
    if not (isinstance(column, Datetime) and not column.has_time):
        assert described.is_valid(json.loads(body))
    assert Draft202012Validator(schema.json_schema()).is_valid(json.loads(body))


@given(columns(), st.data())
def test_every_wrong_value_is_refused_and_described(column, data):
    value = data.draw(wrong(column))
    body = encode({column.name: value})
    schema = schema_of(column)
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_row(body)
    assert all(len(fault.detail) < 1000 and fault.pointer.startswith("#/") for fault in refusal.value.faults)
    described = Draft202012Validator(schema.json_schema(), format_checker=FormatChecker())
    # a pattern cannot know how many days a month has
    assert not described.is_valid(json.loads(body)) or value == IMPOSSIBLE_DAY


@given(columns())
def test_a_column_survives_its_manifest_and_its_schema_is_one(column):
    assert type(column).model_validate_json(column.model_dump_json()) == column
    Draft202012Validator.check_schema(column.json_schema())


@pytest.mark.parametrize(
    ("kind", "members", "words"),
    [
        (Number, {"minimum": 1, "maximum": 0}, "no number"),
        (Number, {"minimum": 1e300}, "no number"),
        (Integer, {"minimum": 0.2, "maximum": 0.8}, "no number"),
        (Integer, {"example": 2**63}, "less than or equal"),
        (Array, {"shape": []}, "at least 1"),
        (Array, {"shape": [0]}, "greater than 0"),
        (Array, {"shape": [1001, 300]}, "at most 300000 numbers"),
        (Text, {"max_characters": 0}, "greater than or equal to 1"),
        (Datetime, {"is_zoned": True}, "has no zone"),
        (Datetime, {"seen_minimum": "2026-11-30T09:30:00"}, "exactly where the column has them"),
        (Datetime, {"has_time": True, "is_zoned": True, "seen_minimum": "2026-11-30T09:30:00"}, "exactly where the column has them"),
        (Datetime, {"has_time": True, "seen_maximum": "2026-11-30T09:30:00Z"}, "exactly where the column has them"),
    ],
)
def test_a_column_that_could_take_nothing_is_none(kind, members, words):
    with pytest.raises(ValidationError, match=words):
        kind(name="x", **members)


@pytest.mark.parametrize("name", ["", "x" * 129, "a\nb", "a\x7fb", "\x85", "\ud800"])
def test_a_name_is_short_and_has_no_control_characters(name):
    with pytest.raises(ValidationError):
        Number(name=name)


SEEN = [
    (Number(name="x", seen_minimum=0.1, seen_maximum=3), [0.1, 2, 3, None], 3.5, "is outside what training saw (0.1 to 3)"),
    (Integer(name="x", seen_minimum=2**53 + 1, seen_maximum=2**53 + 3), [2**53 + 1, 2**53 + 3], 2**53 + 4, "9007199254740993 to"),
    (Datetime(name="x", seen_minimum="2026-01-01", seen_maximum="2026-12-31"), [], datetime(2027, 1, 1).date(), "(2026-01-01 to"),  # noqa: DTZ001
    (Array(name="x", shape=[2], seen_minimum=0, seen_maximum=16), [[0, 16], None], [0, 17], "has a number that is outside"),
    (KINDS["open"], ["a", None], "b", "is a value that training did not see"),
]


@pytest.mark.parametrize(("column", "seen", "unseen", "words"), SEEN)
def test_what_training_saw_nothing_like_is_told(column, seen, unseen, words):
    assert column.may_warn
    assert [column.unseen(value) for value in seen] == [None] * len(seen)
    assert words in column.unseen(unseen)


@pytest.mark.parametrize("kind", ["number", "boolean", "texts", "text", "date", "array"])
def test_where_training_says_nothing_nothing_is_told(kind):
    assert not KINDS[kind].may_warn


def test_bounds_with_a_zone_are_compared_in_time():
    column = Datetime(name="x", has_time=True, is_zoned=True, seen_minimum="2026-01-01T00:00:00Z", seen_maximum="2026-01-02T00:00:00Z")
    (inside,) = schema_of(column).parse_row(b'{"x": "2026-01-02T01:00:00+01:00"}')
    (outside,) = schema_of(column).parse_row(b'{"x": "2026-01-02T01:00:01+01:00"}')
    assert column.unseen(inside) is None
    assert column.unseen(outside)


@given(st.integers(INT64_MIN, INT64_MAX))
def test_a_whole_number_is_exact(value):
    assert schema_of(KINDS["integer"]).parse_row(encode({"x": value})) == [value]
