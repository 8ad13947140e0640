"""What all kinds of input have in common: a name, whether a value may be missing, and what training saw."""

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, model_validator
from pydantic_core import CoreSchema, core_schema

MAX_NAME = 128
MAX_CHARACTERS = 10_000
NUMBER_BYTES = 1024
# a character outside the basic plane, escaped
CHARACTER_BYTES = 12
# no \P{Cc}, which not every reader of JSON Schema knows
NAME = rf"^[^\x00-\x1f\x7f-\x9f]{{1,{MAX_NAME}}}$"
FLOAT32_MAX = 3.4028234663852886e38
INT64_MAX = 2**63 - 1
INT64_MIN = -INT64_MAX - 1
WHOLE_NUMBER = "whole_number"
UNSEEN_GAP = "is missing, which it never was in training"

Whole = Annotated[StrictInt, Field(ge=INT64_MIN, le=INT64_MAX)]
Bound = Whole | FiniteFloat
"""A whole number stays one, since a float would round those above 2**53."""


class AbstractColumn(BaseModel):
    """What all kinds have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    description: str = ""
    nullable: bool = False

    @property
    def max_bytes(self) -> int:
        """How long a value may be in JSON, within reason: a number may have more digits than count."""
        return NUMBER_BYTES

    @property
    def may_warn(self) -> bool:
        """Whether `unseen` has anything to say of any valid value."""
        return False

    def core(self) -> CoreSchema:
        """How a value is validated."""
        one = self._one()
        return core_schema.nullable_schema(one) if self.nullable else one

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of a value."""
        described = self._described()
        if self.nullable:
            described["type"] = [described["type"], "null"]
        if self.description:
            described["description"] = self.description
        return described

    def unseen(self, _value: Any) -> str | None:
        """What to warn of ``value``, which is valid, because training saw none like it; None if there is nothing to warn of."""
        return None

    def any_unseen(self, values: list[Any]) -> bool:
        """Whether `unseen` has anything to say of any of ``values``."""
        return any(self.unseen(value) is not None for value in values)

    def _one(self) -> CoreSchema:
        raise NotImplementedError

    def _described(self) -> dict[str, Any]:
        raise NotImplementedError


class BoundedColumn(AbstractColumn):
    """A number: ``minimum`` and ``maximum`` are declared and refuse, ``seen_minimum`` and ``seen_maximum`` are what training saw.

    A missing value of a nullable column carries a warning if ``warns_if_missing``, as where no value was missing in training.
    """

    unit: str | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    seen_minimum: Bound | None = None
    seen_maximum: Bound | None = None
    warns_if_missing: bool = False

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest number that is taken, within those that the kind can hold."""
        return self._within(-FLOAT32_MAX, FLOAT32_MAX)

    @property
    def may_warn(self) -> bool:
        """See `AbstractColumn.may_warn`."""
        return self.warns_if_missing or (self.seen_minimum is not None and self.seen_maximum is not None)

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        if value is None:
            return UNSEEN_GAP if self.warns_if_missing else None
        return outside_seen(value, self.seen_minimum, self.seen_maximum, spelled)

    def any_unseen(self, values: list[Any]) -> bool:
        """See `AbstractColumn.any_unseen`."""
        return super().any_unseen(ends(values)) or (self.warns_if_missing and None in values)

    def json_schema(self) -> dict[str, Any]:
        """See `AbstractColumn.json_schema`."""
        described = super().json_schema()
        if self.unit:
            described["description"] = f"{self.description or self.name} ({self.unit})"
        return described

    def _within(self, least: float, most: float) -> tuple[float, float]:
        low = least if self.minimum is None else max(self.minimum, least)
        high = most if self.maximum is None else min(self.maximum, most)
        return low, high

    @model_validator(mode="after")
    def _takes_a_number(self) -> Self:
        low, high = self.range
        if low > high:
            raise ValueError("minimum and maximum leave no number that could be taken")
        return self


def whole_number(low: int, high: int) -> CoreSchema:
    """How a whole number from ``low`` to ``high`` is validated; ``3.0`` is one too, and the type of a wrong one is `WHOLE_NUMBER`."""
    # an integer first: a float would round those above 2**53
    numbers: list[CoreSchema | tuple[CoreSchema, str]] = [
        core_schema.int_schema(strict=True),
        core_schema.float_schema(strict=True, allow_inf_nan=False),
    ]
    number = core_schema.union_schema(
        numbers, mode="left_to_right", custom_error_type=WHOLE_NUMBER, custom_error_message="must be a whole number"
    )
    return core_schema.chain_schema([number, core_schema.int_schema(ge=low, le=high)])


def spelled(number: float) -> str:
    """``number`` as a person writes it: ``3`` for 3.0, else the shortest digits that read back as it."""
    return str(int(number)) if isinstance(number, int) or (number.is_integer() and abs(number) < 1e15) else repr(number)


def examples(value: Any) -> dict[str, Any]:
    """The member of a JSON Schema that shows ``value``, if there is one."""
    return {} if value is None else {"examples": [value]}


def ends(values: list[Any]) -> list[Any]:
    """The least and the greatest of ``values``, without those that are missing; as much as all of them where only a range counts."""
    present = [value for value in values if value is not None]
    return [min(present), max(present)] if present else []


def outside_seen(value: Any, low: Any, high: Any, spell: Callable[[Any], str]) -> str | None:
    """The warning that ``value`` is outside the training data's range of ``low`` to ``high``, or None."""
    if value is None or low is None or high is None or low <= value <= high:
        return None
    return f"is outside what training saw ({spell(low)} to {spell(high)})"
