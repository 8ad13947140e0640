"""What a model takes: built once from the manifest's features, and applied straight to the bytes of a body."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from pydantic_core import SchemaValidator, ValidationError, core_schema

from iris_api.errors import BodyTooLarge, Fault, InvalidInput
from iris_api.inference.batches import INSTANCES, PIECE_BYTES, Piece, is_large, pieces, shifted
from iris_api.inference.manifest import Feature
from iris_api.inference.scorers import Rows
from iris_api.inference.strict_json import check_json, pointer

FLOAT32_MAX = 3.4028234663852886e38
MAX_FAULTS = 50
_TOO_WIDE = "has more members than this model takes"
_TOO_LONG = "is longer than any row of this model"
_NUMBER_BYTES = 1024

_DETAILS = {
    "missing": "is required",
    "extra_forbidden": "is not a member that is taken here",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number that a 32-bit float can hold",
    "greater_than_equal": "must be at least {ge:.17g}",
    "less_than_equal": "must be at most {le:.17g}",
    "dict_type": "must be an object",
    "list_type": "must be an array of objects",
    "too_short": "must hold at least one row",
}


class InputSchema:
    """The one validator of a model's rows.

    Nothing is coerced: a feature is a JSON number, finite, within float32 (the estimator rounds to it) and within its
    declared bounds; unknown, missing and repeated members are refused.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self._names = [feature.name for feature in features]
        row = core_schema.typed_dict_schema(
            {feature.name: core_schema.typed_dict_field(_number(feature), required=True) for feature in features},
            extra_behavior="forbid",
            strict=True,
        )
        # a name may be escaped letter by letter, and a number may have more digits than count
        self._max_row_bytes = PIECE_BYTES + sum(6 * len(name) + _NUMBER_BYTES for name in self._names)
        self._row = SchemaValidator(row)
        self._batches: dict[int, SchemaValidator] = {}
        self._row_schema = row

    def parse_row(self, body: bytes) -> list[float]:
        """One flat object of features as values in feature order.

        Raises
        ------
        MalformedBody
            If ``body`` is no well-formed JSON text, or repeats a member.
        InvalidInput
            If it is, but not of this model's features; each fault with its pointer.
        """
        if is_large(body):
            self._check_length(body, 0, Fault("#", _TOO_LONG))
            self._check_width(body, 0, Fault("#", _TOO_WIDE))
        try:
            row: dict[str, float] = self._row.validate_json(body)
        except ValidationError as error:
            _refuse(Piece.whole(body), error)
        # well-formed, known names, numbers only: every colon belongs to a member, a surplus one to a repeated member
        if body.count(b":") != len(self._names):
            check_json(Piece.whole(body))
        return [row[name] for name in self._names]

    def parse_rows(self, body: bytes, max_rows: int) -> Rows:
        """``{"instances": [row, …]}`` as an array of rows (n, features), 1 ≤ n ≤ ``max_rows``.

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
        parsed: list[Rows] = []
        count = 0
        for piece in cut:
            # behind its first bytes a piece has the rest of one row
            self._check_length(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_LONG}"))
            self._check_width(piece.text, PIECE_BYTES, Fault(f"#/{INSTANCES}", f"has a row that {_TOO_WIDE}"))
            parsed.append(self._parse_piece(piece, max_rows, count))
            count += len(parsed[-1])
        return np.concatenate(parsed)

    def _check_length(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse what is far longer than a row, such as one endless string, before it is copied again and again."""
        if len(text) - start > self._max_row_bytes:
            raise InvalidInput([fault], 1)

    def _check_width(self, text: bytes, start: int, fault: Fault) -> None:
        """Refuse a row with far more members than there are features before an object is built of each."""
        if text.count(b",", start) > len(self._names) + MAX_FAULTS:
            raise InvalidInput([fault], 1)

    def _parse_piece(self, piece: Piece, max_rows: int, rows_before: int) -> Rows:
        try:
            rows: list[dict[str, float]] = self._batch(max_rows).validate_json(piece.text)[INSTANCES]
        except ValidationError as error:
            _refuse(piece, error, rows_before)
        if rows_before + len(rows) > max_rows:
            raise _too_many_rows(max_rows)
        width = len(self._names)
        if piece.text.count(b":") != 1 + len(rows) * width:
            check_json(piece, rows_before)
        # the validator gives every row its members in the schema's order
        values = np.fromiter(chain.from_iterable(map(dict.values, rows)), dtype=np.float64, count=len(rows) * width)
        return values.reshape(len(rows), width)

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of one row, for the OpenAPI document."""
        return {
            "type": "object",
            "properties": {feature.name: _property(feature) for feature in self._features},
            "required": list(self._names),
            "additionalProperties": False,
        }

    def _batch(self, max_rows: int) -> SchemaValidator:
        if max_rows not in self._batches:
            rows = core_schema.list_schema(self._row_schema, min_length=1, max_length=max_rows, fail_fast=True, strict=True)
            fields = {INSTANCES: core_schema.typed_dict_field(rows, required=True)}
            self._batches[max_rows] = SchemaValidator(core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True))
        return self._batches[max_rows]


def _bounds(feature: Feature) -> tuple[float, float]:
    low = -FLOAT32_MAX if feature.minimum is None else max(feature.minimum, -FLOAT32_MAX)
    high = FLOAT32_MAX if feature.maximum is None else min(feature.maximum, FLOAT32_MAX)
    return low, high


def _number(feature: Feature) -> core_schema.CoreSchema:
    low, high = _bounds(feature)
    return core_schema.float_schema(strict=True, allow_inf_nan=False, ge=low, le=high)


def _property(feature: Feature) -> dict[str, Any]:
    low, high = _bounds(feature)
    unit = f" ({feature.unit})" if feature.unit else ""
    return {
        "type": "number",
        "description": feature.description + unit,
        "minimum": low,
        "maximum": high,
        "examples": [feature.example],
    }


def _too_many_rows(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A batch may have at most {limit} rows; send it in parts.")


def _refuse(piece: Piece, error: ValidationError, rows_before: int = 0) -> NoReturn:
    check_json(piece, rows_before)
    faults = error.errors(include_url=False, include_input=False)
    if any(fault["type"] == "too_long" for fault in faults):
        raise _too_many_rows(faults[0]["ctx"]["max_length"]) from None
    raise InvalidInput(list(_faults(faults[:MAX_FAULTS], rows_before)), len(faults)) from None


def _faults(errors: Sequence[Any], rows_before: int) -> Iterator[Fault]:
    for error in errors:
        detail = _DETAILS.get(error["type"], "is not what this model takes")
        yield Fault(pointer(shifted(error["loc"], rows_before)), detail.format(**error.get("ctx", {})))
