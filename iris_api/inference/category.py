"""A category as a kind of input: one of a few values of one type."""

from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, StrictBool, StrictStr, model_validator
from pydantic_core import CoreSchema, core_schema

from iris_api.inference.abstract_column import (
    CHARACTER_BYTES,
    INT64_MAX,
    INT64_MIN,
    MAX_CHARACTERS,
    NUMBER_BYTES,
    AbstractColumn,
    Whole,
    whole_number,
)

MAX_VALUES = 10_000
NO_SUCH_VALUE = "no_such_value"
_JSON_TYPES = {bool: "boolean", int: "integer", str: "string"}


class Category(AbstractColumn):
    """One of ``values``, which training saw and which are of one type; where ``is_open``, the model answers others of that type too."""

    kind: Literal["category"] = "category"
    values: list[StrictBool] | list[Whole] | list[StrictStr] = Field(min_length=1, max_length=MAX_VALUES)
    is_open: bool = False
    example: StrictBool | Whole | StrictStr | None = None

    @property
    def value_type(self) -> type[bool] | type[int] | type[str]:
        """The type of all values."""
        return type(self.values[0])

    @property
    def max_characters(self) -> int:
        """How long a value may be that is a string: as any that is given, and where others are answered too, as a text."""
        longest = max(len(str(value)) for value in self.values)
        return max(longest, MAX_CHARACTERS) if self.is_open else longest

    @property
    def max_bytes(self) -> int:
        """See `AbstractColumn.max_bytes`."""
        return CHARACTER_BYTES * self.max_characters if self.value_type is str else NUMBER_BYTES

    @property
    def may_warn(self) -> bool:
        """See `AbstractColumn.may_warn`."""
        return self.is_open

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        return None if value is None or value in self._seen else "is a value that training did not see"

    def any_unseen(self, values: list[Any]) -> bool:
        """See `AbstractColumn.any_unseen`."""
        return not self._seen.issuperset(set(values) - {None})

    @cached_property
    def _seen(self) -> frozenset[bool | int | str]:
        return frozenset(self.values)

    def _one(self) -> CoreSchema:
        of_type: CoreSchema = core_schema.bool_schema(strict=True)
        if self.value_type is int:
            of_type = whole_number(INT64_MIN, INT64_MAX)
        elif self.value_type is str:
            of_type = core_schema.str_schema(strict=True, max_length=self.max_characters if self.is_open else None)
        if self.is_open:
            return of_type
        values = core_schema.literal_schema(list(self.values))
        one_of = core_schema.custom_error_schema(values, custom_error_type=NO_SUCH_VALUE, custom_error_message="must be one of the values")
        # the type first: a literal takes ``true`` for 1
        return core_schema.chain_schema([of_type, one_of])

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = {"type": _JSON_TYPES[self.value_type]}
        if not self.is_open:
            return {**described, "enum": [*self.values, *([None] if self.nullable else [])]}
        if self.value_type is int:
            described |= {"minimum": INT64_MIN, "maximum": INT64_MAX}
        elif self.value_type is str:
            described["maxLength"] = self.max_characters
        return {**described, "examples": self.values[:5]}

    @model_validator(mode="after")
    def _has_distinct_values(self) -> Self:
        if len(self._seen) != len(self.values):
            raise ValueError("the values of a category must differ")
        return self
