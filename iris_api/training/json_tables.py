"""Rows from JSON Lines and from JSON arrays of objects, each with the line where it starts."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iris_api.errors import ArtifactError
from iris_api.training.cell_parsers import shape_of
from iris_api.training.tables import quoted

Row = dict[str, Any]
REMEDY = "write the table with DataFrame.to_json(path, orient='records', lines=True)"
_BLANK = re.compile(r"[ \t\r\n]*")
_SCALARS = frozenset([bool, int, float, type(None)])


class _Unusable(ValueError):
    """JSON that is well-formed, but has something that no table holds."""


def read_json_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Read the objects of ``path``: those of an array if it starts with one, else one object a line.

    Values are text, numbers, booleans, None, or nested lists of numbers. NaN, which Python writes, is None.

    Raises
    ------
    ArtifactError
        If it has other JSON or none, naming line and column.
    """
    with path.open(encoding="utf-8-sig") as file:
        start = next((line.lstrip() for line in file if line.strip()), "")
    for number, value in _array(path) if start.startswith("[") else _lines(path):
        where = f"{path}, line {number}"
        if not isinstance(value, dict):
            raise ArtifactError(f"{where}: is not an object; {REMEDY}")
        for name, cell in value.items():
            _check_cell(f"{where}, column {quoted(name)}", name, cell)
        yield number, value


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            text = line.strip(" \t\r\n")
            if text:
                with _located(f"{path}, line {number}"):
                    value = _DECODER.decode(text)
                yield number, value


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    """Decode element after element, as only that tells the line of each."""
    text = path.read_text(encoding="utf-8-sig")
    position = _after_blanks(text, text.index("[") + 1)
    line, counted = 1, 0
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        where = f"{path}, line {line}"
        with _located(where):
            value, position = _DECODER.raw_decode(text, position)
        yield line, value
        position = _after_blanks(text, position)
        if text[position : position + 1] == ",":
            position = _after_blanks(text, position + 1)
        elif text[position : position + 1] != "]":
            raise ArtifactError(f"{where}: a comma or the end of the array is missing after this object; {REMEDY}")
    if _after_blanks(text, position + 1) != len(text):
        raise ArtifactError(f"{path} goes on after its array; {REMEDY}")


def _after_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


@contextmanager
def _located(where: str) -> Iterator[None]:
    """Turn what the decoder raises into an error that names the place."""
    try:
        yield
    except _Unusable as error:
        raise ArtifactError(f"{where}: {error}") from None
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{where}: is not JSON ({error.msg}, character {error.colno}); {REMEDY}") from None
    except ValueError:  # int() refuses thousands of digits
        raise ArtifactError(f"{where}: has a number of too many digits; write it as text") from None
    except RecursionError:
        raise ArtifactError(f"{where}: is nested too deeply; {REMEDY}") from None


def _object(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unusable(f"has {quoted(twice)} twice; give each column its own name")
    return row


def _constant(name: str) -> None:
    if name != "NaN":
        raise _Unusable(f"has {name}, which is no finite number; write null where a value is missing")


def _check_cell(where: str, name: str, cell: Any) -> None:
    for text in (name, cell):
        if isinstance(text, str) and not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise ArtifactError(f"{where}: has half of a surrogate pair, which is no text; write the whole character")
    if type(cell) in _SCALARS or isinstance(cell, str):
        return
    if isinstance(cell, dict):
        raise ArtifactError(f"{where}: is an object; give each of its members its own column, or {REMEDY}")
    if not shape_of(cell):
        raise ArtifactError(f"{where}: is a list, but not of numbers with one length a level; correct it or leave the column out")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
