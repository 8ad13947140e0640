"""Reads a model's rows from JSON: built once from the model's signature, and applied straight to the bytes of a body."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from pydantic_core import SchemaValidator, ValidationError, core_schema

from iris_api.errors import BodyTooLarge, Fault, InvalidInput
from iris_api.inference.abstract_column import CHARACTER_BYTES
from iris_api.inference.columns import Array
from iris_api.inference.layouts import Matrix, Rows
from iris_api.inference.rows import row_schema
from iris_api.inference.signature import Signature
from iris_api.wire.batches import INSTANCES, PIECE_BYTES, Piece, is_large, pieces
from iris_api.wire.faults import FaultFinder
from iris_api.wire.row_keys import MAX_KEY_CHARACTERS, Key, key_json_schema, key_schema
from iris_api.wire.strict_json import check_json, count_commas

MAX_FAULTS = 50
MAX_MISSING = 4_000_000
"""Most values of a batch that may be missing: a row of them takes no bytes of the body, but memory."""
# quotes, colon, comma and some space around them
MEMBER_BYTES = 16
_TOO_WIDE = "has more members than this model takes"
_TOO_LONG = "is longer than any row of this model"
_MEMBER = re.compile(rb'"[ \t\r\n]*:')


class JsonRows:
    """The one reader of a model's rows in JSON.

    Nothing is coerced: each member is of its column's kind and within its declared bounds; unknown, missing and repeated members are
    refused. A member of a nullable column may be null or missing. Where ``row_key`` is given, a row may also have a member of that
    name: a key of the client's own, which is no input. ``row_bytes`` is the longest that a row can be in JSON, within reason.
    """

    def __init__(self, signature: Signature, row_key: str | None = None) -> None:
        columns = signature.layout.narrowed(signature.inputs)
        self._columns = {column.name: column for column in columns}
        self._names, self._row_key = signature.names, row_key
        self._finder = FaultFinder(self._columns, row_key)
        self._is_plain = signature.is_plain
        self._to_matrix = signature.layout.assembler(columns) if isinstance(signature.layout, Matrix) else None
        self._has_strings = not self._is_plain or row_key is not None
        # then every colon belongs to a member
        self._counts_colons = not self._has_strings and not any(":" in name for name in self._names)
        self._width = sum(column.items if isinstance(column, Array) else 1 for column in columns)
        self._values_a_row = self._width + (row_key is not None)
        self._nullable = sum(column.items if isinstance(column, Array) else 1 for column in columns if column.nullable)
        # a name may be escaped letter by letter, and a number may have more digits than count
        self.row_bytes = sum(6 * len(column.name) + MEMBER_BYTES + column.max_bytes for column in columns)
        if row_key is not None:
            self.row_bytes += 6 * len(row_key) + MEMBER_BYTES + CHARACTER_BYTES * MAX_KEY_CHARACTERS
        self._max_row_bytes = PIECE_BYTES + self.row_bytes
        key = {} if row_key is None else {row_key: core_schema.typed_dict_field(key_schema(), required=False)}
        self._row_schema = row_schema(columns, key)
        self._row = SchemaValidator(self._row_schema)
        self._batches: dict[int, SchemaValidator] = {}

    def parse_row(self, body: bytes) -> list[Any]:
        """As `parse_keyed_row`, without the key."""
        return self.parse_keyed_row(body)[0]

    def parse_rows(self, body: bytes, max_rows: int) -> Rows:
        """As `parse_keyed_rows`, without the keys."""
        return self.parse_keyed_rows(body, max_rows)[0]

    def parse_keyed_row(self, body: bytes) -> tuple[list[Any], Key | None]:
        """One flat object of the model's columns as values in their order, None where one is missing, and its key if it has one.

        Raises
        ------
        MalformedBody
            If ``body`` is no well-formed JSON text, or repeats a member.
        InvalidInput
            If it is, but not of this model's columns; each fault with its pointer.
        """
        if is_large(body):
            self._check_length(body, 0, Fault("#", _TOO_LONG))
            self._check_width(body, 0, Fault("#", _TOO_WIDE))
        try:
            row: dict[str, Any] = self._row.validate_json(body)
        except ValidationError as error:
            self._refuse(Piece.whole(body), error, None)
        # well-formed and of known names: a surplus member is a repeated one
        if self._members(body) != len(row):
            check_json(Piece.whole(body), 0, self._finder.names)
        key = None if self._row_key is None else row.get(self._row_key)
        if self._is_plain:
            return [row[name] for name in self._names], key
        return list(map(row.get, self._names)), key

    def parse_keyed_rows(self, body: bytes, max_rows: int) -> tuple[Rows, list[Key | None] | None]:
        """``{"instances": [row, …]}`` as rows (n, columns), 1 ≤ n ≤ ``max_rows``, and their keys, or None where no row may have one.

        A large body is validated piece by piece and refused at the first bad one, without a look at those behind it.

        Raises
        ------
        BodyTooLarge
            If there are more rows than `most_rows`.
        MalformedBody, InvalidInput
            As `parse_keyed_row`; the pointer of a fault names the first bad row.
        """
        most = self.most_rows(max_rows)
        cut = pieces(body) if is_large(body) else None
        if cut is None:
            if is_large(body):
                fault = Fault("#", f"must be an object with one member, {INSTANCES}: an array of rows")
                self._check_length(body, 0, fault)
                self._check_width(body, 0, fault)
            return self._parse_piece(Piece.whole(body), most, 0)
        parsed: list[Any] = []
        # every number takes a digit and a separator of the body; pages that nothing is written to take no memory
        numbers = np.empty(min(most * self._width, len(body) // 2 + most * self._nullable) if self._to_matrix else 0)
        keys: list[Key | None] | None = None if self._row_key is None else []
        count = 0
        for piece in cut:
            # behind its first bytes a piece has the rest of one row
            self._check_length(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_LONG}"))
            self._check_width(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_WIDE}"))
            rows, more_keys = self._parse_piece(piece, most, count)
            if isinstance(rows, np.ndarray):
                numbers[count * self._width : (count + len(rows)) * self._width] = rows.ravel()
            else:
                parsed += rows
            count += len(rows)
            if keys is not None and more_keys is not None:
                keys += more_keys
        return parsed or numbers[: count * self._width].reshape(count, self._width), keys

    @property
    def row_key(self) -> str | None:
        """The member of a row that carries a key, if any may."""
        return self._row_key

    def most_rows(self, max_rows: int) -> int:
        """How many rows a batch may have where the operator allows ``max_rows``: fewer if very many values may be missing."""
        return min(max_rows, max(1, MAX_MISSING // max(1, self._nullable)))

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of one row, for the OpenAPI document."""
        properties = {name: column.json_schema() for name, column in self._columns.items()}
        return {
            "type": "object",
            "properties": properties if self._row_key is None else {**properties, self._row_key: key_json_schema()},
            "required": [name for name, column in self._columns.items() if not column.nullable],
            "additionalProperties": False,
        }

    def _members(self, text: bytes) -> int:
        """How many members the objects of ``text`` have, or more where a string looks as if it ended one."""
        colons = text.count(b":")
        # with a quote before each of them there is nothing left for the slower search to find
        return colons if self._counts_colons or text.count(b'":') == colons else len(_MEMBER.findall(text))

    def _check_length(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse what is far longer than a row, such as one endless string, before it is copied again and again."""
        if len(text) - start > self._max_row_bytes:
            raise InvalidInput([fault], 1)

    def _check_width(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse a row with far more members than there are columns before an object is built of each."""
        wanted = self._values_a_row + MAX_FAULTS
        if text.count(b",", start) <= wanted:
            return
        # each comma that is counted before start has another character before it
        if not self._has_strings or count_commas(text) > start // 2 + wanted:
            raise InvalidInput([fault], 1)

    def _parse_piece(self, piece: Piece, max_rows: int, rows_before: int) -> tuple[Rows, list[Key | None] | None]:
        try:
            rows: list[dict[str, Any]] = self._batch(max_rows).validate_json(piece.text)[INSTANCES]
        except ValidationError as error:
            self._refuse(piece, error, rows_before)
        if rows_before + len(rows) > max_rows:
            raise _too_many_rows(max_rows)
        if self._members(piece.text) != 1 + sum(map(len, rows)):
            check_json(piece, rows_before, self._finder.names)
        keys = None if self._row_key is None else [row.pop(self._row_key, None) for row in rows]
        if not self._is_plain:
            values = [list(map(row.get, self._names)) for row in rows]
            return values if self._to_matrix is None else self._to_matrix(values), keys
        # the validator gives every row its members in the schema's order
        width = len(self._names)
        numbers = np.fromiter(chain.from_iterable(map(dict.values, rows)), dtype=np.float64, count=len(rows) * width)
        return numbers.reshape(len(rows), width), keys

    def _batch(self, max_rows: int) -> SchemaValidator:
        if max_rows not in self._batches:
            rows = core_schema.list_schema(self._row_schema, min_length=1, max_length=max_rows, fail_fast=True, strict=True)
            fields = {INSTANCES: core_schema.typed_dict_field(rows, required=True)}
            self._batches[max_rows] = SchemaValidator(core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True))
        return self._batches[max_rows]

    def _refuse(self, piece: Piece, error: ValidationError, rows_before: int | None) -> NoReturn:
        check_json(piece, rows_before or 0, self._finder.names)
        if rows_before is None and (misplaced := self._finder.misplaced(piece.text)) is not None:
            raise InvalidInput([misplaced], 1) from None
        errors: Sequence[Any] = error.errors(include_url=False, include_input=False)
        for fault in errors if rows_before is not None else ():
            if fault["type"] == "too_long" and fault["loc"] == (INSTANCES,):
                raise _too_many_rows(fault["ctx"]["max_length"]) from None
        raise InvalidInput(list(self._finder.faults(errors[:MAX_FAULTS], piece, rows_before)), len(errors)) from None


def _too_many_rows(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A batch may have at most {limit} rows; send it in parts.")
