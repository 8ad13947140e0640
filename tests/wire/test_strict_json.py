"""The exact reader of JSON: what it refuses, where it points, and what it never repeats."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import InvalidInput, MalformedBody
from iris_api.wire.batches import Piece
from iris_api.wire.strict_json import MAX_REPEATED, check_json, pointer

LIBRARIES = ("pydantic", "jiter", "python", "json.loads", "serde", "numpy", "sklearn")

MALFORMED = {
    "nothing": b"",
    "white space": b" \n\t ",
    "half an object": b'{"a": 1',
    "trailing bytes": b'{"a": 1} x',
    "a second text": b"{}{}",
    "a trailing comma": b'{"a": 1,}',
    "a comment": b'{"a": 1} // no',
    "single quotes": b"{'a': 1}",
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "invalid UTF-8": b'{"\xff": 1}',
    "overlong UTF-8": b'{"\xc0\xaf": 1}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udfff": 1}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a control character": b'{"a": "\x00"}',
    "deep arrays": b"[" * 100_000,
    "deep closed arrays": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "minus Infinity": b'{"a": -Infinity}',
    "a plus": b'{"a": +1}',
    "a leading zero": b'{"a": 01}',
    "a bare point": b'{"a": 1.}',
    "hexadecimal": b'{"a": 0x10}',
    "5000 digits": b'{"a": ' + b"1" * 5000 + b"}",
    "True": b"True",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_damaged_text_is_refused_in_words_of_its_own(body):
    with pytest.raises(MalformedBody) as refusal:
        check_json(Piece.whole(body))
    assert "not well-formed JSON" in str(refusal.value)
    assert len(str(refusal.value)) < 200
    assert not any(library in str(refusal.value).lower() for library in LIBRARIES)
    assert refusal.value.faults == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": NaN}', r"JSON \(line 1, column \d+\); NaN and Infinity are no numbers in JSON, and null stands for a missing value"),
        (b'{"a": -Infinity}', "NaN and Infinity are no numbers"),
        (b"sepal_length=5.1&sepal_width=3.5", "it looks like a form"),
        (b"sepal+length+%28cm%29=5.1", "it looks like a form"),
        (b'{"a": 1,}', r"JSON \(line 1, column \d+\)\.$"),
    ],
)
def test_what_programs_often_write_is_named(body, words):
    with pytest.raises(MalformedBody, match=words):
        check_json(Piece.whole(body))


@pytest.mark.parametrize("start", [b'{"instances":[{"a":"', b'{"a":"', b'{"instances":[['])
@pytest.mark.parametrize("unit", [b'\\"', b'"\\', b'"', b"\\", b'"\\"'])
def test_an_endless_string_is_refused_in_time_that_grows_with_its_length_only(start, unit):
    body = start + unit * 50_000
    began = time.process_time()
    with pytest.raises((MalformedBody, InvalidInput)):
        check_json(Piece(body, body, 0, len(start)))
    # going back to each quote takes minutes
    assert time.process_time() - began < 5


def test_the_place_of_the_damage_is_told():
    with pytest.raises(MalformedBody, match=r"\(line 2, column \d+\)"):
        check_json(Piece.whole(b'{"a": 1,\n "b": }'))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.booleans(), st.sampled_from([None, 0, 2]))
def test_every_well_formed_text_passes(value, ascii_only, indent):
    assert check_json(Piece.whole(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode())) is None


@given(st.binary(max_size=40))
def test_any_bytes_pass_or_are_malformed(body):
    try:
        check_json(Piece.whole(body))
    except MalformedBody:
        return
    assert json.loads(body) == json.loads(body.decode("utf-8"))


REPEATED = {
    "plain": (b'{"a": 1, "a": 1}', ["#/a"]),
    "escaped": (b'{"ab": 1, "\\u0061b": 2}', ["#/ab"]),
    "in white space": (b'{ "a" :\n\t1 ,\r\n "a"\n:\n2 }', ["#/a"]),
    "nested": (b'{"rows": [{}, {"a": {"b": 1, "c": 0, "b": 2}}]}', ["#/rows/1/a/b"]),
    "three times": (b'{"a": 1, "a": 2, "a": 3}', ["#/a", "#/a"]),
    "two members": (b'{"a": 1, "b": 1, "b": 1, "a": 1}', ["#/b", "#/a"]),
    "an odd name": (b'{"x": {"<b>": 1, "<b>": 2}}', ["#/x"]),
    "an empty name": (b'{"": 1, "": 2}', ["#"]),
    "a tilde and a slash": (b'{"a~/": 1, "a~/": 2}', ["#/a~0~1"]),
    "inside a value that is dropped": (b'{"a": {"b": 1, "b": 2}, "a": 1}', ["#/a/b", "#/a"]),
}


@pytest.mark.parametrize(("body", "pointers"), REPEATED.values(), ids=REPEATED)
def test_a_repeated_member_is_refused_with_its_pointer(body, pointers):
    with pytest.raises(MalformedBody, match="repeats a member") as refusal:
        check_json(Piece.whole(body))
    assert [fault.pointer for fault in refusal.value.faults] == pointers
    assert {fault.detail for fault in refusal.value.faults} == {"is repeated"}


def test_the_list_of_repeated_members_is_bounded():
    with pytest.raises(MalformedBody) as refusal:
        check_json(Piece.whole(b"{" + b",".join([b'"a":1'] * 5000) + b"}"))
    assert len(refusal.value.faults) == MAX_REPEATED


def test_the_same_name_in_different_objects_is_no_repetition():
    assert check_json(Piece.whole(b'[{"a": 1}, {"a": {"a": 1}}]')) is None


POINTERS = [
    ((), "#"),
    (("instances", 3, "petal_width"), "#/instances/3/petal_width"),
    (("a/b", "c~d"), "#/a~1b/c~0d"),
    (("x", "<script>"), "#/x"),
    (("x", "bell\a"), "#/x"),
    (("x", "\u202eevil", "y"), "#/x"),
    (("x", ""), "#/x"),
    (("x" * 64,), "#/" + "x" * 64),
    (("x" * 65,), "#"),
    (("x\n",), "#"),
    (("é",), "#/%C3%A9"),
    (("petal length (cm)",), "#/petal%20length%20%28cm%29"),
    (("%41",), "#"),
]


@pytest.mark.parametrize(("location", "text"), POINTERS)
def test_a_pointer_names_the_place_but_no_odd_name(location, text):
    assert pointer(location) == text


@given(st.lists(st.text(st.sampled_from("abcXYZ019_.-~/"), min_size=1, max_size=20) | st.integers(0, 9999), max_size=5))
def test_a_pointer_of_plain_names_leads_back_to_them(location):
    tokens = pointer(location).removeprefix("#").split("/")[1:]
    assert [token.replace("~1", "/").replace("~0", "~") for token in tokens] == [str(part) for part in location]
