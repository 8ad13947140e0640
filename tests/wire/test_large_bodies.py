"""Bodies of several megabytes against signatures of strings and arrays: valid or refused, they take at most eight times their size."""

import os
import re
from pathlib import Path

import pytest

from iris_api.errors import BodyTooLarge, InvalidInput, MalformedBody
from iris_api.inference.columns import Array, Category, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame
from iris_api.wire.json_rows import MAX_MISSING, JsonRows
from tests.inference.bundles import signature_of

SIZE = 6 * 1024 * 1024
MOST_TIMES = 8
DTYPES = ["float64", "int64", "object", "object", "datetime64[us]"]
MIXED = [Number(name="n"), Integer(name="i", nullable=True), Category(name="c", values=["a", "b"]), Text(name="t"), Datetime(name="d")]
mixed = JsonRows(signature_of(*MIXED, layout=Frame(dtypes=DTYPES)))
image = JsonRows(signature_of(Array(name="a", shape=[28, 28]), Number(name="n", nullable=True)))
large = JsonRows(signature_of(Array(name="a", shape=[300, 1000])))
keyed = JsonRows(signature_of(Number(name="n")), "id")


def nested(rows: int, columns: int) -> bytes:
    return b'{"a":[' + b",".join([b"[" + b",".join([b"0"] * columns) + b"]"] * rows) + b"]}"


def many(row: bytes) -> bytes:
    return b'{"instances":[' + b",".join([row] * (SIZE // (len(row) + 1))) + b"]}"


def inside(start: bytes, unit: bytes, end: bytes) -> bytes:
    return b'{"instances":[' + start + unit * (SIZE // len(unit)) + end + b"]}"


ROW = b'{"n":1,"i":2,"c":"a","t":"%b","d":"2026-11-30"}'
BODIES = {
    "long texts": (mixed, many(ROW % (b"x" * 9990))),
    "texts outside the BMP": (mixed, many(ROW % ("\U0001f600".encode() * 9990))),
    "escapes": (mixed, many(ROW % (b"\\ud83d\\ude00" * 4000))),
    "too many rows": (mixed, many(ROW % b"")),
    "empty rows": (mixed, many(b"{}")),
    "numbers for strings": (mixed, many(b'{"n":1,"c":0,"t":0,"d":0}')),
    "one string": (mixed, inside(b'{"t":"', b"x", b'"}')),
    "one string of quotes": (mixed, inside(b'{"t":"', b'\\"', b'"}')),
    "a string without an end": (mixed, inside(b'{"t":"', b'\\"', b"")),
    "strings in a row": (mixed, inside(b'{"n":[', b'"",', b'""]}')),
    "members of a row": (mixed, inside(b"{", b'"":0,', b'"n":1}')),
    "nested rows": (mixed, inside(b"", b'{"n":{"n":[]}},', b"{}")),
    "images": (image, many(nested(28, 28))),
    "images, the last one wrong": (image, many(nested(28, 28))[:-2] + b',{"a":0}]}'),
    "arrays in an array": (image, inside(b'{"a":[', b"[],", b"[]]}")),
    "large arrays": (large, many(nested(300, 1000))),
    "strings in a large array": (large, inside(b'{"a":[', b'"",', b'""]}')),
    "a long key": (keyed, inside(b'{"n":1,"id":"', b',":', b'"}')),
    "keys": (keyed, inside(b"", b'{"n":1,"id":"' + b"k" * 800 + b'"},', b'{"n":1}')),
}


def status_bytes(field: str) -> int:
    return int(re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


def grown_bytes(schema: JsonRows, body: bytes) -> int:
    """How much memory reading ``body`` takes at most; in a child, where nothing that was freed before can be used again unseen."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        Path("/proc/self/clear_refs").write_text("5")
        before = status_bytes("VmRSS")
        try:
            schema.parse_keyed_rows(body, 10_000)
        except (BodyTooLarge, InvalidInput, MalformedBody):
            pass
        finally:
            os.write(sender, str(status_bytes("VmHWM") - before).encode())
            os._exit(0)
    os.close(sender)
    with open(receiver) as report:
        grown = int(report.read())
    os.waitpid(child, 0)
    return grown


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_body_takes_at_most_eight_times_its_size(name):
    schema, body = BODIES[name]
    grown = grown_bytes(schema, body)
    print(f"{grown / len(body):.2f} times")
    assert grown < MOST_TIMES * len(body)


def test_values_that_are_missing_take_no_bytes_and_are_bounded_all_the_same():
    columns = 2000
    wide = JsonRows(signature_of(*[Number(name=f"x{index}", nullable=True) for index in range(columns)]))
    most = MAX_MISSING // columns
    assert wide.most_rows(10_000) == most
    assert wide.most_rows(7) == 7
    assert len(wide.parse_rows(b'{"instances":[' + b",".join([b"{}"] * most) + b"]}", 10_000)) == most
    with pytest.raises(BodyTooLarge, match=f"at most {most} rows"):
        wide.parse_rows(b'{"instances":[' + b",".join([b"{}"] * (most + 1)) + b"]}", 10_000)
