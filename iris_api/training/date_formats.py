"""Dates and times as people write them, and the RFC 3339 text that each stands for."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from iris_api.training.tables import quoted

_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<fraction>\.[0-9]{1,9})?)?"
_ZONE = r"(?: ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})(?:[T ]{_TIME}{_ZONE})?")
_LOCAL = re.compile(rf"(?P<first>[0-9]{{1,2}})(?P<mark>[./-])(?P<second_part>[0-9]{{1,2}})(?P=mark)(?P<year>[0-9]{{4}})(?: {_TIME})?")


@dataclass(frozen=True, slots=True)
class Dates:
    """What a column of dates stands for.

    Parameters
    ----------
    values
        The RFC 3339 date or date-time by the text that it was read from. All have a time, or none has; all have a
        zone, or none has.
    note
        What a person should know about how they were read, as the end of a sentence that starts with the column, or "".
    """

    values: dict[str, str]
    note: str


@dataclass(frozen=True, slots=True)
class _Moment:
    day: str
    time: str
    zone: str

    def rfc3339(self, with_time: bool) -> str:
        return f"{self.day}T{self.time or '00:00:00'}{self.zone}" if with_time else self.day


def read_dates(texts: Collection[str]) -> Dates | str | None:
    """Read every one of ``texts`` as a date or a date-time: ISO 8601, ``DD.MM.YYYY``, ``DD/MM/YYYY`` or ``MM/DD/YYYY``.

    Returns
    -------
    The dates; or the reason why they cannot be told, as the end of a sentence that starts with the column; or None if
    they are not dates.
    """
    iso = _matches(_ISO, texts)
    if iso is not None:
        moments = {text: _moment(match, match["month"], match["day"]) for text, match in iso.items()}
        return _uniform(moments, "")
    local = _matches(_LOCAL, texts)
    return None if local is None else _read_local(local)


def _matches(pattern: re.Pattern[str], texts: Collection[str]) -> dict[str, re.Match[str]] | None:
    found = {}
    for text in texts:
        match = pattern.fullmatch(text)
        if match is None:
            return None
        found[text] = match
    return found or None


def _read_local(matches: dict[str, re.Match[str]]) -> Dates | str:
    """Read dates without the year in front: the order of day and month must follow from the column itself."""
    day_first = {text: _moment(match, match["second_part"], match["first"]) for text, match in matches.items()}
    if all(match["mark"] == "." for match in matches.values()):  # no country writes the month first before a point
        return _uniform(day_first, "is read as day.month.year")
    month_first = {text: _moment(match, match["first"], match["second_part"]) for text, match in matches.items()}
    if None in day_first.values():
        return _uniform(month_first, "is read as dates with the month before the day")
    if None in month_first.values() or day_first == month_first:
        return _uniform(day_first, "is read as dates with the day before the month")
    example = next(text for text in matches if day_first[text] != month_first[text])
    return f"has dates such as {quoted(example)} whose day and month cannot be told apart; write them as YYYY-MM-DD"


def _uniform(moments: dict[str, _Moment | None], note: str) -> Dates | str:
    invalid = next((text for text, moment in moments.items() if moment is None), None)
    if invalid is not None:
        return f"looks like dates, but {quoted(invalid)} is none; write it as YYYY-MM-DD"
    valid = {text: moment for text, moment in moments.items() if moment is not None}
    if _differs(valid.values(), lambda moment: bool(moment.zone)):
        return "has dates with and without a time zone; write all of them with one"
    with_time = any(moment.time for moment in valid.values())
    if _differs(valid.values(), lambda moment: bool(moment.time)):
        note = " and ".join(filter(None, [note, "has dates without a time, which are read as midnight"]))
    return Dates({text: moment.rfc3339(with_time) for text, moment in valid.items()}, note)


def _differs(moments: Iterable[_Moment], holds: Callable[[_Moment], bool]) -> bool:
    """Whether the condition holds for some of them and not for others."""
    return len({holds(moment) for moment in moments}) > 1


def _moment(match: re.Match[str], month: str, day: str) -> _Moment | None:
    """The date and the time of a match, or None if the calendar or the clock does not have them."""
    parts = match.groupdict()
    try:
        text = date(int(parts["year"]), int(month), int(day)).isoformat()
    except ValueError:
        return None
    if parts["hour"] is None:
        return _Moment(text, "", "")
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    zone = parts.get("zone") or ""
    if len(zone) > 1:
        zone = f"{zone[:3]}:{zone[3:].lstrip(':') or '00'}"
        if int(zone[1:3]) > 23 or int(zone[4:]) > 59:
            return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return _Moment(text, f"{hour:02}:{minute:02}:{second:02}{parts['fraction'] or ''}", zone)
