"""From bytes to rows: exactly the valid ones, bit for bit, and every fault with its place."""

import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import BodyTooLarge, InvalidInput, MalformedBody
from iris_api.inference.columns import FLOAT32_MAX
from iris_api.wire.json_rows import MAX_FAULTS, JsonRows
from tests.inference.bundles import feature, signature_of

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
VALUES = [5.1, 3.5, 1.4, 0.2]
ROW = dict(zip(NAMES, VALUES, strict=True))
LIBRARIES = ("pydantic", "jiter", "python", "numpy", "sklearn", "scikit", "float32", "dict", "typed", "input should")
flowers = JsonRows(signature_of(*[feature(name, 0, 10) for name in NAMES]))
unbounded = JsonRows(signature_of(*[feature("x")]))


def bits(values):
    return [struct.pack("<d", value) for value in values]


def encode(value) -> bytes:
    return json.dumps(value).encode()


def faults(schema, body, batch=False):
    with pytest.raises(InvalidInput) as refusal:
        schema.parse_rows(body, 10) if batch else schema.parse_row(body)
    text = " ".join([str(refusal.value), *(fault.detail for fault in refusal.value.faults)]).lower().replace("/predict/batch", "")
    assert not any(library in text for library in LIBRARIES)
    return {fault.pointer: fault.detail for fault in refusal.value.faults}


@st.composite
def schemas(draw):
    names = draw(
        st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,127}", fullmatch=True).map(lambda name: name[:40]), min_size=1, max_size=6, unique=True)
    )
    number = st.none() | st.floats(-1e6, 1e6)
    bounds = [sorted(draw(st.tuples(number, number)), key=lambda bound: bound if bound is not None else math.inf) for _ in names]
    return [feature(name, low, high) for name, (low, high) in zip(names, bounds, strict=True)]


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**45), 10**45) | st.floats(-1e6, 1e6) | st.integers(-100, 100)


def takes(described, value):
    low = -FLOAT32_MAX if described.minimum is None else described.minimum
    high = FLOAT32_MAX if described.maximum is None else described.maximum
    return low <= float(value) <= high


@given(schemas(), st.data())
def test_exactly_the_rows_within_the_bounds_pass_with_their_very_bits(features, data):
    values = [data.draw(numbers) for _ in features]
    pairs = list(zip([described.name for described in features], values, strict=True))
    body = encode(dict(data.draw(st.permutations(pairs))))
    wrong = {f"#/{described.name}" for described, value in zip(features, values, strict=True) if not takes(described, value)}
    schema = JsonRows(signature_of(*features))
    if wrong:
        assert set(faults(schema, body)) == wrong
    else:
        assert bits(schema.parse_row(body)) == bits(float(value) for value in values)
        batch = schema.parse_rows(b'{"instances": [%b, %b]}' % (body, body), 2)
        assert (batch.dtype, batch.shape) == (np.float64, (2, len(values)))
        assert [bits(row) for row in batch.tolist()] == [bits(schema.parse_row(body))] * 2


@given(st.floats(-FLOAT32_MAX, FLOAT32_MAX), st.sampled_from(["{!r}", "{:.17g}", "{:.25e}", "{:.40E}"]))
def test_every_spelling_of_a_number_is_read_as_the_nearest_float(value, spelling):
    text = spelling.format(value)
    assert bits(unbounded.parse_row(b'{"x": %b}' % text.encode())) == bits([float(json.loads(text))])


ODD_NUMBERS = [
    "-0",
    "-0.0",
    "5e-324",
    "1e-400",
    "0.1e1",
    "9007199254740993",
    "18446744073709551617",
    "123456789012345678901234567890123456789",
]


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_an_odd_number_is_the_float_that_json_says(text):
    assert bits(unbounded.parse_row(b'{"x":%b}' % text.encode())) == bits([float(json.loads(text))])


def test_rows_come_in_the_models_order_and_whole_numbers_pass():
    body = b'{"petal_width": 2, "petal_length": 1.4, "sepal_width": 10, "sepal_length": 0}'
    row = flowers.parse_row(body)
    assert row == [0.0, 10.0, 1.4, 2.0]
    assert {type(value) for value in row} == {float}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("true", "must be a number, not true or false"),
        ("false", "must be a number, not true or false"),
        ('"5.1"', "must be a number, not a string"),
        ('""', "must be a number, not a string"),
        ("null", "must not be null"),
        ("[5.1]", "must be a number, not an array"),
        ('{"value": 5.1}', "must be a number, not an object"),
        ('"NaN"', "must be a number, not a string"),
    ],
)
def test_nothing_is_turned_into_a_number(text, detail):
    body = encode(ROW).replace(b"1.4", text.encode())
    assert faults(flowers, body) == {"#/petal_length": detail}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "nan", "1e", "1" * 5000, "\x00"])
def test_what_is_no_json_number_makes_the_body_malformed(text):
    with pytest.raises(MalformedBody, match="not well-formed JSON"):
        flowers.parse_row(encode(ROW).replace(b"1.4", text.encode()))


TOO_BIG = [
    "1e999",
    "-1e999",
    "1e39",
    "-1e39",
    "3.4028235e38",
    repr(math.nextafter(FLOAT32_MAX, math.inf)),
    "9" * 40,
    "1" * 400,
    "-" + "1" * 400,
]


@pytest.mark.parametrize("text", TOO_BIG)
def test_what_a_32_bit_float_cannot_hold_is_refused(text):
    assert list(faults(unbounded, b'{"x": %b}' % text.encode())) == ["#/x"]


@pytest.mark.parametrize("value", [FLOAT32_MAX, -FLOAT32_MAX])
def test_the_largest_32_bit_float_passes(value):
    assert unbounded.parse_row(encode({"x": value})) == [value]


def test_declared_bounds_are_inclusive_and_named_in_the_fault():
    assert flowers.parse_row(encode(ROW | {"sepal_length": 0, "sepal_width": 10.0})) == [0.0, 10.0, 1.4, 0.2]
    below, above = math.nextafter(0, -1), math.nextafter(10, 11)
    assert faults(flowers, encode(ROW | {"sepal_length": below, "sepal_width": above})) == {
        "#/sepal_length": "must be at least 0",
        "#/sepal_width": "must be at most 10",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_member_is_named(name):
    assert faults(flowers, encode({other: value for other, value in ROW.items() if other != name})) == {f"#/{name}": "is required"}


def test_unknown_members_are_named_and_odd_ones_are_not_repeated():
    assert faults(flowers, encode(ROW | {"colour": 1})) == {"#/colour": "is not a member that is taken here"}
    assert faults(flowers, encode(ROW | {"das Ünd": 1})) == {"#/das%20%C3%9Cnd": "is not a member that is taken here"}
    for name in ("<script>alert(1)</script>", "", "\u202e", "x" * 65, "new\nline"):
        assert faults(flowers, encode(ROW | {name: 1})) == {"#": "is not a member that is taken here"}


def test_every_fault_of_a_row_is_told_at_once():
    body = encode({"sepal_length": "5", "sepal_width": 11, "petal_length": None, "extra": 0})
    assert set(faults(flowers, body)) == {"#/sepal_length", "#/sepal_width", "#/petal_length", "#/petal_width", "#/extra"}


def test_the_list_of_faults_is_bounded_and_their_number_is_not():
    with pytest.raises(InvalidInput) as refusal:
        flowers.parse_row(encode({f"extra_{index}": index for index in range(1000)}))
    assert len(refusal.value.faults) == MAX_FAULTS
    assert refusal.value.total == 1004
    assert str(refusal.value) == "The input does not fit the model's features: 1004 faults."


def test_one_fault_is_told_in_the_singular():
    with pytest.raises(InvalidInput, match=r"features: 1 fault\.$"):
        flowers.parse_row(encode(ROW | {"sepal_width": -1}))


REPEATED_ROWS = [
    encode(ROW)[:-1] + b', "sepal_length": 5.1}',
    encode(ROW)[:-1] + b', "sepal\\u005flength": 5.1}',
    encode(ROW)[:-1] + b'\n,\t"\\u0073epal_length"\r\n:\n5.1 }',
    b'{"sepal_length": "secret", ' + encode(ROW)[1:],
]


@pytest.mark.parametrize("row", REPEATED_ROWS)
def test_a_repeated_member_is_refused_with_its_pointer(row):
    with pytest.raises(MalformedBody) as refusal:
        flowers.parse_row(row)
    assert [fault.pointer for fault in refusal.value.faults] == ["#/sepal_length"]
    with pytest.raises(MalformedBody) as refusal:
        flowers.parse_rows(b'{"instances": [%b, %b]}' % (encode(ROW), row), 10)
    assert [fault.pointer for fault in refusal.value.faults] == ["#/instances/1/sepal_length"]


def test_repeated_instances_are_refused_even_where_one_list_is_empty_or_bad():
    row = encode(ROW)
    for first in (b"[]", b"[%b]" % row, b'"no"', b"[{}]"):
        with pytest.raises(MalformedBody) as refusal:
            flowers.parse_rows(b'{"instances": %b, "instances": [%b]}' % (first, row), 10)
        assert [fault.pointer for fault in refusal.value.faults] == ["#/instances"]


@pytest.mark.parametrize("colon", [b'{"x": 1, "y:": 2}', b'{"x": 1, "\\u003a": 2}', b'{"x": ":"}', b'{"x": "\\":\\":\\":"}'])
def test_colons_in_names_and_values_deceive_nobody(colon):
    assert faults(unbounded, colon)


def test_escaped_names_are_the_names_they_spell():
    assert unbounded.parse_row(b'{"\\u0078": 1.5}') == [1.5]


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true", b"[[1]]"])
def test_what_is_no_object_is_refused_as_a_whole(body):
    batches = ', as one row is taken here; send many rows to …/predict/batch, as {"instances": […]}'
    assert faults(unbounded, body) == {"#": f"must be an object{batches}" if b"[" in body else "must be an object"}
    assert faults(unbounded, body, batch=True) == {"#": "must be an object"}


@pytest.mark.parametrize(
    ("name", "inner", "words"),
    [
        ("data", ROW, "give the members in it by themselves"),
        ("features", ROW, "give the members in it by themselves"),
        ("instances", [ROW], "one row is taken here; send many rows to …/predict/batch"),
        ("x" * 65, [[5.1]], "one row is taken here; send many rows to …/predict/batch"),
    ],
)
def test_a_row_inside_something_is_one_fault(name, inner, words):
    ((pointer, detail),) = faults(flowers, encode({name: inner})).items()
    assert pointer == ("#" if len(name) > 64 else f"#/{name}")
    assert words in detail


BROKEN = [
    b"",
    b"{",
    b'{"x": 1} ,',
    b'\xef\xbb\xbf{"x": 1}',
    '{"x": 1}'.encode("utf-16"),
    b'{"x\xff": 1}',
    b'{"x": "\\ud800"}',
    b"[" * 60_000,
]
BROKEN += [b'{"x":' * 12_000, b'{"x": 1, "y": NaN}', b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", b'{"x": ' + b"7" * 5000 + b"}"]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_json_is_malformed_in_single_and_in_batch(body):
    for parse in (unbounded.parse_row, lambda content: unbounded.parse_rows(content, 10)):
        with pytest.raises(MalformedBody, match="not well-formed JSON"):
            parse(body)


def batch_of(*rows) -> bytes:
    return encode({"instances": list(rows)})


def test_a_bad_row_is_named_by_its_number():
    body = batch_of(ROW, ROW, ROW, ROW | {"petal_width": "0.2"}, ROW)
    assert faults(flowers, body, batch=True) == {"#/instances/3/petal_width": "must be a number, not a string"}


def test_of_many_bad_rows_the_first_is_named():
    pointers = faults(flowers, batch_of(ROW, ROW | {"petal_width": 11}, {}, 5), batch=True)
    assert pointers == {"#/instances/1/petal_width": "must be at most 10"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", {"#/instances": "is required"}),
        (b'{"instances": []}', {"#/instances": "must hold at least one row"}),
        (b'{"instances": {}}', {"#/instances": "must be an array of objects"}),
        (b'{"instances": null}', {"#/instances": "must be an array of objects"}),
        (b'{"instances": [1]}', {"#/instances/0": "must be an object"}),
        (b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}', {"#/instances/0": "must be an object"}),
    ],
)
def test_the_frame_of_a_batch_is_checked(body, expected):
    assert faults(flowers, body, batch=True) == expected


def test_a_batch_takes_no_other_member():
    body = encode({"instances": [ROW], "parameters": {}})
    assert faults(flowers, body, batch=True) == {"#/parameters": "is not a member that is taken here"}


def test_a_batch_may_have_exactly_the_most_rows():
    assert len(flowers.parse_rows(batch_of(*[ROW] * 10), 10)) == 10
    with pytest.raises(BodyTooLarge, match="at most 10 rows"):
        flowers.parse_rows(batch_of(*[ROW] * 11), 10)
    assert len(flowers.parse_rows(batch_of(*[ROW] * 11), 11)) == 11


@pytest.mark.parametrize("extra", [b'"zz": 1, "instances": [', b'"instances": [{"x": "bad"}, '])
def test_too_many_rows_beside_other_faults_are_still_a_refusal(extra):
    body = b"{" + extra + b",".join([b'{"x": 1}'] * 30) + b"]}"
    with pytest.raises((BodyTooLarge, InvalidInput)) as refusal:
        unbounded.parse_rows(body, 10)
    assert str(refusal.value)


@given(st.lists(st.floats(-FLOAT32_MAX, FLOAT32_MAX), min_size=1, max_size=50))
def test_a_batch_keeps_length_order_and_bits(values):
    rows = unbounded.parse_rows(encode({"instances": [{"x": value} for value in values]}), 50)
    assert bits(value for (value,) in rows) == bits(values)


@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]":,x1.eE-+ \\u0instaces'), max_size=60).map(str.encode))
def test_any_bytes_are_a_row_or_a_refusal(body):
    for parse in (unbounded.parse_row, lambda content: unbounded.parse_rows(content, 10)):
        try:
            parsed = parse(body)
        except (MalformedBody, InvalidInput, BodyTooLarge):
            continue
        assert len(parsed)


def test_the_json_schema_says_what_the_validator_does():
    document = JsonRows(signature_of(*[feature("x", 0, 10), feature("y")])).json_schema()
    assert document["required"] == ["x", "y"]
    assert document["additionalProperties"] is False
    assert (document["properties"]["x"]["minimum"], document["properties"]["x"]["maximum"]) == (0, 10)
    assert (document["properties"]["y"]["minimum"], document["properties"]["y"]["maximum"]) == (-FLOAT32_MAX, FLOAT32_MAX)
