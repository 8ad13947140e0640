"""The kinds of input that a model takes: how a JSON value of each is validated, described, and held against what training saw.

A column's name is that of the data. Where a column is nullable, ``null`` and a missing member mean a missing value.
"""

from collections.abc import Iterator
from datetime import date
from math import ceil, floor, prod
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StrictBool, StrictStr, ValidationInfo, field_validator, model_validator
from pydantic_core import CoreSchema, core_schema

from iris_api.inference.abstract_column import (
    CHARACTER_BYTES,
    FLOAT32_MAX,
    INT64_MAX,
    INT64_MIN,
    MAX_CHARACTERS,
    NUMBER_BYTES,
    AbstractColumn,
    BoundedColumn,
    Whole,
    ends,
    examples,
    outside_seen,
    whole_number,
)
from iris_api.inference.category import Category
from iris_api.inference.moments import Moment, moment_of, moment_pattern, moment_schema

MAX_ITEMS = 300_000

__all__ = ["FLOAT32_MAX", "MAX_CHARACTERS", "Array", "Boolean", "Category", "Column", "Datetime", "Integer", "Number", "Text"]


class Number(BoundedColumn):
    """A number that a 32-bit float can hold; the estimator may round to it."""

    kind: Literal["number"] = "number"
    example: FiniteFloat | None = None

    def _one(self) -> CoreSchema:
        low, high = self.range
        return core_schema.float_schema(strict=True, allow_inf_nan=False, ge=low, le=high)

    def _described(self) -> dict[str, Any]:
        low, high = self.range
        return {"type": "number", "minimum": low, "maximum": high, **examples(self.example)}


class Integer(BoundedColumn):
    """A whole number of 64 bits; ``3.0`` is one too."""

    kind: Literal["integer"] = "integer"
    example: Whole | None = None

    @property
    def range(self) -> tuple[int, int]:
        """See `BoundedColumn.range`."""
        low, high = self._within(INT64_MIN, INT64_MAX)
        return ceil(low), floor(high)

    def _one(self) -> CoreSchema:
        return whole_number(*self.range)

    def _described(self) -> dict[str, Any]:
        low, high = self.range
        return {"type": "integer", "minimum": low, "maximum": high, **examples(self.example)}


class Boolean(AbstractColumn):
    """``true`` or ``false``."""

    kind: Literal["boolean"] = "boolean"
    example: StrictBool | None = None

    def _one(self) -> CoreSchema:
        return core_schema.bool_schema(strict=True)

    def _described(self) -> dict[str, Any]:
        return {"type": "boolean", **examples(self.example)}


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
        return {"type": "string", "maxLength": self.max_characters, **examples(self.example)}


class Datetime(AbstractColumn):
    """A date or, if ``has_time``, a date with time (RFC 3339), with a zone if ``is_zoned`` and without one otherwise.

    ``minimum`` and ``maximum`` are declared and refuse, ``seen_minimum`` and ``seen_maximum`` are what training saw.
    """

    kind: Literal["datetime"] = "datetime"
    has_time: bool = False
    is_zoned: bool = False
    minimum: Moment | None = None
    maximum: Moment | None = None
    seen_minimum: Moment | None = None
    seen_maximum: Moment | None = None
    example: StrictStr | None = None

    @property
    def may_warn(self) -> bool:
        """See `AbstractColumn.may_warn`."""
        return self.seen_minimum is not None and self.seen_maximum is not None

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        return outside_seen(value, self.seen_minimum, self.seen_maximum, lambda moment: str(moment.isoformat()))

    def any_unseen(self, values: list[Any]) -> bool:
        """See `AbstractColumn.any_unseen`."""
        return super().any_unseen(ends(values))

    def _one(self) -> CoreSchema:
        return moment_schema(self.has_time, self.is_zoned, self.minimum, self.maximum)

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = {"type": "string", "pattern": moment_pattern(self.has_time, self.is_zoned), **examples(self.example)}
        if self.has_time and not self.is_zoned:
            # the format date-time asks for a zone
            return described
        return {**described, "format": "date-time" if self.has_time else "date"}

    @field_validator("minimum", "maximum", "seen_minimum", "seen_maximum", mode="before")
    @classmethod
    def _is_such_a_moment(cls, given: Any, info: ValidationInfo) -> date | None:
        """They are compared with values, so they must be as these are."""
        return None if given is None else moment_of(given, info.data.get("has_time", False), info.data.get("is_zoned", False))

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.is_zoned and not self.has_time:
            raise ValueError("a date without time has no zone")
        return self


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
        if value is None:
            return super().unseen(None)
        numbers = list(flat(value))
        found = super().unseen(min(numbers)) or super().unseen(max(numbers))
        return found and f"has a number that {found}"

    def any_unseen(self, values: list[Any]) -> bool:
        """See `AbstractColumn.any_unseen`."""
        return AbstractColumn.any_unseen(self, values)

    def _one(self) -> CoreSchema:
        low, high = self.range
        schema: CoreSchema = core_schema.float_schema(strict=True, allow_inf_nan=False, ge=low, le=high)
        for length in reversed(self.shape):
            schema = core_schema.list_schema(schema, strict=True, min_length=length, max_length=length, fail_fast=True)
        return schema

    def _described(self) -> dict[str, Any]:
        low, high = self.range
        described: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
        for length in reversed(self.shape):
            described = {"type": "array", "items": described, "minItems": length, "maxItems": length}
        return {**described, **examples(self.example)}

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.items > MAX_ITEMS:
            raise ValueError(f"an array may have at most {MAX_ITEMS} numbers")
        return self


Column = Annotated[Number | Integer | Boolean | Category | Text | Datetime | Array, Field(discriminator="kind")]


def flat(value: list[Any]) -> Iterator[float]:
    """The numbers in nested lists."""
    for item in value:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item
