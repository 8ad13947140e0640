"""What all kinds of input have in common: a name, whether a value may be missing, and what training saw."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from pydantic_core import CoreSchema, core_schema

MAX_NAME = 128
NUMBER_BYTES = 1024
# a character outside the basic plane, escaped
CHARACTER_BYTES = 12
NAME = rf"^\P{{Cc}}{{1,{MAX_NAME}}}$"


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

    def _one(self) -> CoreSchema:
        raise NotImplementedError

    def _described(self) -> dict[str, Any]:
        raise NotImplementedError


class BoundedColumn(AbstractColumn):
    """A number: ``minimum`` and ``maximum`` are declared and refuse, ``seen_minimum`` and ``seen_maximum`` are what training saw."""

    unit: str | None = None
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    seen_minimum: FiniteFloat | None = None
    seen_maximum: FiniteFloat | None = None

    def unseen(self, value: Any) -> str | None:
        """See `AbstractColumn.unseen`."""
        low, high = self.seen_minimum, self.seen_maximum
        if value is None or low is None or high is None or low <= value <= high:
            return None
        return f"is outside what training saw ({low:.15g} to {high:.15g})"

    def json_schema(self) -> dict[str, Any]:
        """See `AbstractColumn.json_schema`."""
        described = super().json_schema()
        if self.unit:
            described["description"] = f"{self.description or self.name} ({self.unit})"
        return described

    def bounds(self, least: float, most: float) -> tuple[float, float]:
        """The least and the greatest number that is taken, within those that the kind can hold."""
        low = least if self.minimum is None else max(self.minimum, least)
        high = most if self.maximum is None else min(self.maximum, most)
        return low, high
