"""What a model takes: built once from its signature, and applied straight to the bytes of a body."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from pydantic_core import SchemaValidator, ValidationError, core_schema, to_json

from iris_api.errors import BodyTooLarge, Fault, InvalidInput
from iris_api.inference.batches import INSTANCES, PIECE_BYTES, Piece, is_large, pieces
from iris_api.inference.columns import Array
from iris_api.inference.faults import faults_of
from iris_api.inference.layouts import Rows
from iris_api.inference.signature import Signature
from iris_api.inference.strict_json import check_json

MAX_FAULTS = 50
_TOO_WIDE = "has more members than this model takes"
_TOO_LONG = "is longer than any row of this model"
_MEMBER = re.compile(rb'"[ \t\r\n]*:')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class InputSchema:
    """The one validator of a model's rows.

    Nothing is coerced: each member is of its column's kind and within its declared bounds; unknown, missing and repeated members are
    refused. A member of a nullable column may be null or missing.
    """

    def __init__(self, signature: Signature) -> None:
        self._columns = {column.name: column for column in signature.inputs}
        self._names = signature.names
        self._is_plain = signature.is_plain
        # then every colon belongs to a member
        self._counts_colons = self._is_plain and not any(":" in name for name in self._names)
        self._values_a_row = sum(column.items if isinstance(column, Array) else 1 for column in signature.inputs)
        row = core_schema.typed_dict_schema(
            {column.name: core_schema.typed_dict_field(column.core(), required=not column.nullable) for column in signature.inputs},
            extra_behavior="forbid",
            strict=True,
        )
        # a name may be escaped letter by letter, and a number may have more digits than count
        self._max_row_bytes = PIECE_BYTES + sum(6 * len(column.name) + column.max_bytes for column in signature.inputs)
        self._row = SchemaValidator(row)
        self._batches: dict[int, SchemaValidator] = {}
        self._row_schema = row

    def parse_row(self, body: bytes) -> list[Any]:
        """One flat object of the model's columns as values in their order, None where one is missing.

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
            self._refuse(Piece.whole(body), error)
        # well-formed and of known names: a surplus member is a repeated one
        if self._members(body) != len(row):
            check_json(Piece.whole(body), 0, self._columns)
        if self._is_plain:
            return [row[name] for name in self._names]
        return list(map(row.get, self._names))

    def parse_rows(self, body: bytes, max_rows: int) -> Rows:
        """``{"instances": [row, …]}`` as rows (n, columns), 1 ≤ n ≤ ``max_rows``.

        A large body is validated piece by piece and refused at the first bad one, without a look at those behind it.

        Raises
        ------
        BodyTooLarge
            If there are more rows than ``max_rows``.
        MalformedBody, InvalidInput
            As `parse_row`; the pointer of a fault names the first bad row.
        """
        if not is_large(body):
            return self._parse_piece(Piece.whole(body), max_rows, 0)
        cut = pieces(body)
        if cut is None:
            fault = Fault("#", f"must be an object with one member, {INSTANCES}: an array of rows")
            self._check_length(body, 0, fault)
            self._check_width(body, 0, fault)
            return self._parse_piece(Piece.whole(body), max_rows, 0)
        parsed: list[Any] = []
        count = 0
        for piece in cut:
            # behind its first bytes a piece has the rest of one row
            self._check_length(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_LONG}"))
            self._check_width(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_WIDE}"))
            parsed.append(self._parse_piece(piece, max_rows, count))
            count += len(parsed[-1])
        return np.concatenate(parsed) if self._is_plain else list(chain.from_iterable(parsed))

    def parse_golden(self, rows: list[list[Any]]) -> Rows:
        """Golden rows, which are as JSON has them, as `parse_rows` gives rows.

        Raises
        ------
        InvalidInput
            If a row, or the first one where all are plain numbers, is not of this model's columns.
        """
        as_objects = [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._is_plain:
            self.parse_row(to_json(as_objects[0]))
            return np.array(rows, dtype=np.float64)
        return [self.parse_row(to_json({name: value for name, value in row.items() if value is not None})) for row in as_objects]

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of one row, for the OpenAPI document."""
        return {
            "type": "object",
            "properties": {name: column.json_schema() for name, column in self._columns.items()},
            "required": [name for name, column in self._columns.items() if not column.nullable],
            "additionalProperties": False,
        }

    def _members(self, text: bytes) -> int:
        """How many members the objects of ``text`` have, or more where a string looks as if it ended one."""
        return text.count(b":") if self._counts_colons else len(_MEMBER.findall(text))

    def _check_length(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse what is far longer than a row, such as one endless string, before it is copied again and again."""
        if len(text) - start > self._max_row_bytes:
            raise InvalidInput([fault], 1)

    def _check_width(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse a row with far more members than there are columns before an object is built of each."""
        if self._is_plain:
            commas, taken = text.count(b",", start), 0
        else:
            # each comma that is counted before start has another character before it
            commas, taken = _STRING.sub(b"", text).count(b","), start // 2
        if commas > taken + self._values_a_row + MAX_FAULTS:
            raise InvalidInput([fault], 1)

    def _parse_piece(self, piece: Piece, max_rows: int, rows_before: int) -> Rows:
        try:
            rows: list[dict[str, Any]] = self._batch(max_rows).validate_json(piece.text)[INSTANCES]
        except ValidationError as error:
            self._refuse(piece, error, rows_before)
        if rows_before + len(rows) > max_rows:
            raise _too_many_rows(max_rows)
        if self._members(piece.text) != 1 + sum(map(len, rows)):
            check_json(piece, rows_before, self._columns)
        if not self._is_plain:
            return [list(map(row.get, self._names)) for row in rows]
        # the validator gives every row its members in the schema's order
        width = len(self._names)
        values = np.fromiter(chain.from_iterable(map(dict.values, rows)), dtype=np.float64, count=len(rows) * width)
        return values.reshape(len(rows), width)

    def _batch(self, max_rows: int) -> SchemaValidator:
        if max_rows not in self._batches:
            rows = core_schema.list_schema(self._row_schema, min_length=1, max_length=max_rows, fail_fast=True, strict=True)
            fields = {INSTANCES: core_schema.typed_dict_field(rows, required=True)}
            self._batches[max_rows] = SchemaValidator(core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True))
        return self._batches[max_rows]

    def _refuse(self, piece: Piece, error: ValidationError, rows_before: int = 0) -> NoReturn:
        check_json(piece, rows_before, self._columns)
        errors: Sequence[Any] = error.errors(include_url=False, include_input=False)
        if any(fault["type"] == "too_long" and fault["loc"] == (INSTANCES,) for fault in errors):
            raise _too_many_rows(errors[0]["ctx"]["max_length"]) from None
        raise InvalidInput(list(faults_of(self._columns, errors[:MAX_FAULTS], piece, rows_before)), len(errors)) from None


def _too_many_rows(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A batch may have at most {limit} rows; send it in parts.")
