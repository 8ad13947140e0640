"""Dates and times: what is one, in which spelling, and within which bounds."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import SchemaValidator, ValidationError

from iris_api.inference.moments import moment_of, moment_pattern, moment_schema

KINDS = [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2026-11-30", [(False, False)]),
        ("2026-11-30 00:00:00", [(False, False), (True, False)]),
        ("2026-11-30T09:30", [(True, False)]),
        ("2026-11-30T09:30:00", [(True, False)]),
        ("2026-11-30T09:30:00.5", [(True, False)]),
        ("2026-11-30t09:30:00z", [(True, True)]),
        ("2026-11-30T09:30:00-08:00", [(True, True)]),
        ("2026-11-30T09:30Z", []),
        ("2026-11-30T09:30:00.1234567", []),
        ("2026-11-30T25:00:00", []),
        ("2026-02-29", []),
        ("20261130", []),
        ("1764460800", []),
        ("2026-11-30\n", []),
        ("\uff12\uff10\uff12\uff16-11-30", []),
        ("", []),
    ],
)
def test_a_moment_has_one_kind(text, taken):
    for kind in KINDS:
        validator = SchemaValidator(moment_schema(*kind))
        if kind in taken:
            assert validator.validate_python(text) == moment_of(text, *kind)
            assert re.search(moment_pattern(*kind), text)
        else:
            with pytest.raises(ValidationError):
                validator.validate_python(text)
            with pytest.raises(ValueError, match="exactly where the column has them"):
                moment_of(text, *kind)


@given(st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(timezone(timedelta(hours=-3, minutes=-30)))))  # noqa: DTZ001
def test_pythons_own_moments_are_kept(moment):
    assert moment_of(moment, True, True) == moment
    naive = moment.replace(tzinfo=None)
    assert moment_of(naive, True, False) == naive
    assert moment_of(naive.date(), False, False) == naive.date()


def test_a_zone_of_long_ago_has_seconds_and_is_taken():
    moment = datetime(1890, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert moment.utcoffset() == timedelta(seconds=3208)
    assert moment_of(moment, True, True) == moment


def test_bounds_are_inclusive_and_are_moments_in_time():
    days = SchemaValidator(moment_schema(False, False, date(2026, 1, 1), date(2026, 1, 2)))
    assert days.validate_python("2026-01-02") == date(2026, 1, 2)
    with pytest.raises(ValidationError):
        days.validate_python("2026-01-03")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    times = SchemaValidator(moment_schema(True, True, noon, noon))
    assert times.validate_python("2026-01-01T13:00:00+01:00") == noon
    with pytest.raises(ValidationError):
        times.validate_python("2026-01-01T12:00:00+01:00")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-00:01"])
def test_what_has_no_date_in_the_zone_of_others_is_refused(text):
    with pytest.raises(ValidationError):
        SchemaValidator(moment_schema(True, True)).validate_python(text)
