"""The kinds of input that a model takes: how a JSON value of each is validated, described, and held against what training saw.

A column's name is that of the data. Where a column is nullable, ``null`` and a missing member mean a missing value.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from math import ceil, floor, prod
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StrictBool, StrictInt, StrictStr, model_validator
from pydantic_core import CoreSchema, core_schema

from iris_api.inference.abstract_column import CHARACTER_BYTES, NUMBER_BYTES, AbstractColumn, BoundedColumn

FLOAT32_MAX = 3.4028234663852886e38
INT64_MAX = 2**63 - 1
MAX_VALUES = 10_000
MAX_ITEMS = 1_000_000
MAX_CHARACTERS = 10_000
WHOLE_NUMBER = "whole_number"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DATE_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"


class Number(BoundedColumn):
    """A number that a 32-bit float can hold; the estimator may round to it."""

    kind: Literal["number"] = "number"
    example: FiniteFloat | None = None

    def _one(self) -> CoreSchema:
        low, high = self.bounds(-FLOAT32_MAX, FLOAT32_MAX)
        return core_schema.float_schema(strict=True, allow_inf_nan=False, ge=low, le=high)

    def _described(self) -> dict[str, Any]:
        low, high = self.bounds(-FLOAT32_MAX, FLOAT32_MAX)
        return {"type": "number", "minimum": low, "maximum": high, "examples": [self.example]}


class Integer(BoundedColumn):
    """A whole number of 64 bits; ``3.0`` is one too."""

    kind: Literal["integer"] = "integer"
    example: StrictInt | None = None

    def _one(self) -> CoreSchema:
        low, high = self.bounds(-INT64_MAX - 1, INT64_MAX)
        # an integer first: a float would round those above 2**53
        numbers: list[CoreSchema | tuple[CoreSchema, str]] = [
            core_schema.int_schema(strict=True),
            core_schema.float_schema(strict=True, allow_inf_nan=False),
        ]
        number = core_schema.union_schema(
            numbers, mode="left_to_right", custom_error_type=WHOLE_NUMBER, custom_error_message="must be a whole number"
        )
        return core_schema.chain_schema([number, core_schema.int_schema(ge=ceil(low), le=floor(high))])

    def _described(self) -> dict[str, Any]:
        low, high = self.bounds(-INT64_MAX - 1, INT64_MAX)
        return {"type": "integer", "minimum": ceil(low), "maximum": floor(high), "examples": [self.example]}


class Boolean(AbstractColumn):
    """``true`` or ``false``."""

    kind: Literal["boolean"] = "boolean"
    example: StrictBool | None = None

    def _one(self) -> CoreSchema:
        return core_schema.bool_schema(strict=True)

    def _described(self) -> dict[str, Any]:
        return {"type": "boolean", "examples": [self.example]}


class Category(AbstractColumn):
    """One of ``values``, which training saw and which are of one type; where ``is_open``, the model answers others of that type too."""

    kind: Literal["category"] = "category"
    values: list[StrictBool] | list[StrictInt] | list[StrictStr] = Field(min_length=1, max_length=MAX_VALUES)
    is_open: bool = False
    example: StrictBool | StrictInt | StrictStr | None = None

    @property
    def max_bytes(self) -> int:
        """See `AbstractColumn.max_bytes`."""
        return CHARACTER_BYTES * (MAX_CHARACTERS if self.is_open else max(len(str(value)) for value in self.values))

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        return None if value is None or value in self._seen else "is a value that training did not see"

    @cached_property
    def _seen(self) -> frozenset[bool | int | str]:
        return frozenset(self.values)

    def _one(self) -> CoreSchema:
        of_type = _OPEN[type(self.values[0])]
        # the type first: a literal takes ``true`` for 1
        return of_type if self.is_open else core_schema.chain_schema([of_type, core_schema.literal_schema(list(self.values))])

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = {"type": _JSON_TYPES[type(self.values[0])]}
        if self.is_open:
            return {**described, "examples": self.values[:5]}
        return {**described, "enum": [*self.values, *([None] if self.nullable else [])]}

    @model_validator(mode="after")
    def _has_distinct_values(self) -> Self:
        if len(self._seen) != len(self.values):
            raise ValueError("the values of a category must differ")
        return self


class Text(AbstractColumn):
    """Text of at most ``max_characters``."""

    kind: Literal["text"] = "text"
    max_characters: int = Field(MAX_CHARACTERS, ge=1)
    example: StrictStr | None = None

    @property
    def max_bytes(self) -> int:
        """See `AbstractColumn.max_bytes`."""
        return CHARACTER_BYTES * self.max_characters

    def _one(self) -> CoreSchema:
        return core_schema.str_schema(strict=True, max_length=self.max_characters)

    def _described(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_characters, "examples": [self.example]}


class Datetime(AbstractColumn):
    """A date or a date with time (RFC 3339), the latter with a zone if ``is_zoned`` and without one otherwise."""

    kind: Literal["datetime"] = "datetime"
    has_time: bool = False
    is_zoned: bool = False
    seen_minimum: datetime | date | None = None
    seen_maximum: datetime | date | None = None
    example: StrictStr | None = None

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        low, high = self.seen_minimum, self.seen_maximum
        if value is None or low is None or high is None or low <= value <= high:
            return None
        return f"is outside what training saw ({low.isoformat()} to {high.isoformat()})"

    def _one(self) -> CoreSchema:
        # a pattern first: digits alone would be taken for seconds since 1970
        if not self.has_time:
            text = core_schema.str_schema(strict=True, pattern=DATE)
            return core_schema.chain_schema([text, core_schema.date_schema()])
        text = core_schema.str_schema(strict=True, pattern=DATE_TIME)
        zone: Literal["aware", "naive"] = "aware" if self.is_zoned else "naive"
        return core_schema.chain_schema([text, core_schema.datetime_schema(tz_constraint=zone, microseconds_precision="error")])

    def _described(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time" if self.has_time else "date", "examples": [self.example]}


class Array(BoundedColumn):
    """A nested list of numbers of a fixed shape, such as an image of 8 rows of 8 pixels."""

    kind: Literal["array"] = "array"
    shape: list[Annotated[int, Field(gt=0)]] = Field(min_length=1, max_length=4)
    example: list[Any] | None = None

    @property
    def items(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def max_bytes(self) -> int:
        """See `AbstractColumn.max_bytes`."""
        return NUMBER_BYTES * self.items

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        for item in flat(value or []):
            if (warning := super().unseen(item)) is not None:
                return f"has a number that {warning}"
        return None

    def _one(self) -> CoreSchema:
        low, high = self.bounds(-FLOAT32_MAX, FLOAT32_MAX)
        schema: CoreSchema = core_schema.float_schema(strict=True, allow_inf_nan=False, ge=low, le=high)
        for length in reversed(self.shape):
            schema = core_schema.list_schema(schema, strict=True, min_length=length, max_length=length, fail_fast=True)
        return schema

    def _described(self) -> dict[str, Any]:
        low, high = self.bounds(-FLOAT32_MAX, FLOAT32_MAX)
        described: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
        for length in reversed(self.shape):
            described = {"type": "array", "items": described, "minItems": length, "maxItems": length}
        return {**described, "examples": [self.example]}

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.items > MAX_ITEMS:
            raise ValueError(f"an array may have at most {MAX_ITEMS} numbers")
        return self


Column = Annotated[Number | Integer | Boolean | Category | Text | Datetime | Array, Field(discriminator="kind")]

_OPEN: dict[type, CoreSchema] = {
    bool: core_schema.bool_schema(strict=True),
    int: core_schema.int_schema(strict=True, ge=-INT64_MAX - 1, le=INT64_MAX),
    str: core_schema.str_schema(strict=True, max_length=MAX_CHARACTERS),
}
_JSON_TYPES = {bool: "boolean", int: "integer", str: "string"}


def flat(value: list[Any]) -> Iterator[float]:
    """The numbers in nested lists."""
    for item in value:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item
