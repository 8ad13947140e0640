"""Dates, and dates with time, as JSON has them (RFC 3339): how they are validated and described."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

Moment = datetime | date

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MIDNIGHT = "([Tt ]00:00(:00([.]0{1,6})?)?)?"
_CLOCK = "[Tt ][0-9]{2}:[0-9]{2}"
_SECONDS = ":[0-9]{2}([.][0-9]{1,6})?"
_ZONE = "([Zz]|[+-][0-9]{2}:[0-9]{2})"


def moment_pattern(has_time: bool, is_zoned: bool) -> str:
    """How a moment is written.

    A date may have the time of midnight, as the data of a DataFrame has it. Seconds may be left out where there is no zone, as
    forms of browsers do.
    """
    if not has_time:
        return f"^{_DAY}{_MIDNIGHT}$"
    return f"^{_DAY}{_CLOCK}{_SECONDS}{_ZONE}$" if is_zoned else f"^{_DAY}{_CLOCK}({_SECONDS})?$"


def moment_schema(has_time: bool, is_zoned: bool, low: Moment | None = None, high: Moment | None = None) -> CoreSchema:
    """How a moment from ``low`` to ``high`` is validated."""
    # a pattern first: digits alone would be taken for seconds since 1970
    text = core_schema.str_schema(strict=True, pattern=moment_pattern(has_time, is_zoned))
    if not has_time:
        return core_schema.chain_schema([text, core_schema.date_schema(ge=low, le=high)])
    zone: Literal["aware", "naive"] = "aware" if is_zoned else "naive"
    if is_zoned:
        # in another zone, the first and the last day may have no date
        low, high = low or datetime.min.replace(tzinfo=UTC), high or datetime.max.replace(tzinfo=UTC)
    parsed = core_schema.datetime_schema(ge=_as_time(low), le=_as_time(high), tz_constraint=zone, microseconds_precision="error")
    return core_schema.chain_schema([text, parsed])


def moment_of(given: Any, has_time: bool, is_zoned: bool) -> Moment:
    """What ``given``, a text or one of Python's dates, says.

    Raises
    ------
    ValueError
        If it is no moment of this kind.
    """
    if isinstance(given, datetime) and given.tzinfo is not None:
        # zones of long ago have seconds, which RFC 3339 has not
        given = given.astimezone(UTC)
    text = given.isoformat() if isinstance(given, date) else given
    try:
        moment: Moment = SchemaValidator(moment_schema(has_time, is_zoned)).validate_python(text)
    except ValidationError:
        raise ValueError("must be a date, with time and zone exactly where the column has them") from None
    return moment


def _as_time(moment: Moment | None) -> datetime | None:
    return moment if moment is None or isinstance(moment, datetime) else datetime.combine(moment, datetime.min.time())
