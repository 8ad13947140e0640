"""Large batches in pieces: the same rows, the same faults at the same places, in bounded memory."""

import contextlib
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import BodyTooLarge, InvalidInput, MalformedBody, RequestError
from iris_api.wire.batches import PIECE_BYTES, Piece, is_large, pieces, shifted
from iris_api.wire.json_rows import JsonRows
from tests.inference.bundles import feature, signature_of

SCHEMA = JsonRows(signature_of(*[feature("a"), feature("b")]))
ROW = b'{"a":1.5,"b":-2}'
ROWS = 3 * PIECE_BYTES // len(ROW)


def batch(rows, between=b","):
    return b'{"instances":[' + between.join(rows) + b"]}"


def refusal(body, max_rows=10**6):
    with pytest.raises(RequestError) as refused:
        SCHEMA.parse_rows(body, max_rows)
    return refused.value


@given(st.lists(st.tuples(st.integers(-9, 9), st.floats(-1e9, 1e9)), min_size=1, max_size=30), st.sampled_from([None, 1, 40]))
def test_a_large_batch_has_the_rows_that_were_sent(values, indent):
    rows = values * (2 * PIECE_BYTES // (10 * len(values)))
    body = json.dumps({"instances": [{"a": one, "b": other} for one, other in rows]}, indent=indent).encode()
    assert is_large(body)
    assert SCHEMA.parse_rows(body, len(rows)).tobytes() == np.array(rows, dtype=np.float64).tobytes()


def test_pieces_are_whole_rows_of_bounded_size():
    body = batch([ROW] * ROWS)
    cut = list(pieces(body))
    assert len(cut) > 2
    assert max(len(piece.text) for piece in cut) < PIECE_BYTES + 2 * len(ROW) + 20
    assert [row for piece in cut for row in json.loads(piece.text)["instances"]] == [json.loads(ROW)] * ROWS


@pytest.mark.parametrize("at", [0, 1, ROWS // 2, ROWS - 1])
def test_a_fault_has_its_row_in_the_body(at):
    rows = [ROW] * ROWS
    rows[at] = b'{"a":"1","c":3}'
    error = refusal(batch(rows))
    assert type(error) is InvalidInput
    assert [fault.pointer for fault in error.faults] == [f"#/instances/{at}/{name}" for name in ("a", "b", "c")]


@pytest.mark.parametrize("at", [0, ROWS // 2, ROWS - 1])
def test_a_repeated_member_has_its_row_in_the_body(at):
    rows = [ROW] * ROWS
    rows[at] = b'{"a":1,"a":1,"b":2}'
    error = refusal(batch(rows))
    assert type(error) is MalformedBody
    assert [fault.pointer for fault in error.faults] == [f"#/instances/{at}/a"]


@pytest.mark.parametrize("between", [b",", b",\n", b" , \n\n "])
@pytest.mark.parametrize("at", [0, ROWS // 2, ROWS - 1])
def test_damage_has_its_place_in_the_body(at, between):
    rows = [ROW] * ROWS
    rows[at] = b'{"a":1.5,"b":-?}'
    body = batch(rows, between)
    place = body.index(b"?")
    line, column = body.count(b"\n", 0, place) + 1, place - body.rfind(b"\n", 0, place)
    assert str(refusal(body)) == f"The body is not well-formed JSON (line {line}, column {column})."


def test_damage_on_a_later_line_of_a_piece_has_its_place():
    piece = Piece(b'{"instances":[{\n?', b'{"instances":[{},\n{\n?', 18, 14)
    assert piece.place(2, 1) == (3, 1)


@pytest.mark.parametrize("end", [b"", b"]", b"],", b"]}}", b']},"x":1}', b",]}"])
def test_a_batch_that_does_not_end_as_one_is_malformed(end):
    body = batch([ROW] * ROWS)[:-2] + end
    assert type(refusal(body)) is MalformedBody


def test_another_member_behind_the_rows_is_refused():
    error = refusal(batch([ROW] * ROWS)[:-1] + b',"more":1}')
    assert [fault.pointer for fault in error.faults] == ["#/more"]


def test_rows_are_counted_over_all_pieces():
    body = batch([ROW] * ROWS)
    assert len(SCHEMA.parse_rows(body, ROWS)) == ROWS
    error = refusal(body, ROWS - 1)
    assert type(error) is BodyTooLarge
    assert f"at most {ROWS - 1} rows" in str(error)


def test_a_cut_is_never_inside_a_string():
    rows = [ROW] * ROWS
    rows[ROWS // 2] = b'{"a":"' + b"},{" * PIECE_BYTES + b'","b":1}'
    error = refusal(batch(rows))
    assert type(error) is InvalidInput
    rows = [b'{"a":"' + b"x" * 999 + b'},{","b":1}'] * 200
    assert [fault.pointer for fault in refusal(batch(rows)).faults] == ["#/instances/0/a"]


def test_a_wide_row_of_a_wide_model_is_taken():
    names = [f"f{index}" for index in range(20_000)]
    wide = JsonRows(signature_of(*[feature(name) for name in names]))
    row = json.dumps(dict.fromkeys(names, 1.5)).encode()
    assert is_large(row)
    assert wide.parse_row(row) == [1.5] * 20_000
    assert wide.parse_rows(batch([row] * 5), 5).shape == (5, 20_000)


MANY = 2 * 1024 * 1024
HOSTILE = {
    "empty rows": b'{"instances":[' + b"{}," * (MANY // 3) + b"{}]}",
    "members of one row": b'{"instances":[{' + b",".join(b'"m%d":0' % index for index in range(MANY // 12)) + b"}]}",
    "one member repeated": b'{"instances":[{' + b'"a":0,' * (MANY // 6) + b'"b":0}]}',
    "numbers for rows": b'{"instances":[' + b"0," * (MANY // 2) + b"0]}",
    "an array of numbers": b"[" + b"0," * (MANY // 2) + b"0]",
    "members beside the rows": b"{" + b",".join(b'"m%d":0' % index for index in range(MANY // 12)) + b"}",
    "an array in a row": b'{"instances":[{"a":[' + b"0," * (MANY // 2) + b"0]}]}",
    "brackets": b"[" * MANY,
    "objects in objects": b'{"a":' * (MANY // 5),
    "empty arrays": b'{"instances":[' + b"[]," * (MANY // 3) + b"[]]}",
    "one string": b'{"instances":["' + b"x" * MANY + b'"]}',
    "one number": b'{"instances":[{"a":' + b"1" * MANY + b"}]}",
    "white space": b" " * MANY,
    "strings for numbers": batch([b'{"a":"1","b":"2"}'] * (MANY // 18)),
    "no UTF-8 at the end": batch([ROW] * (MANY // 17))[:-2] + b',"\xff"]}',
    "rows in a string": b'{"instances":[{"' + b"},{" * (MANY // 3) + b'"}]}',
    "good rows": batch([ROW] * (MANY // 17)),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_takes_more_than_eight_times_its_bytes(body):
    tracemalloc.start()
    with contextlib.suppress(RequestError):
        SCHEMA.parse_rows(body, 10**7)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(body)


@pytest.mark.parametrize("body", [HOSTILE["members beside the rows"], b'{"a":[' + b"0," * MANY + b"0]}"], ids=["members", "an array"])
def test_no_single_row_takes_more_than_eight_times_its_bytes(body):
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="1 fault"):
        SCHEMA.parse_row(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(body)


def test_the_places_of_a_piece_are_those_of_the_body():
    assert shifted(("instances", 3, "a"), 7) == ("instances", 10, "a")
    assert shifted(("instances",), 7) == ("instances",)
    assert shifted(("more",), 7) == ("more",)
