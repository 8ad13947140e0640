from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.training.date_formats import Dates, read_dates

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29 10:05", "2024-02-29T10:05:00"),
        ("2024-02-29T10:05:06", "2024-02-29T10:05:06"),
        ("2024-02-29 10:05:06.123456789", "2024-02-29T10:05:06.123456789"),
        ("2024-02-29T10:05:06Z", "2024-02-29T10:05:06Z"),
        ("2024-02-29 10:05:06+0230", "2024-02-29T10:05:06+02:30"),
        ("2024-02-29 10:05:06 -05", "2024-02-29T10:05:06-05:00"),
        ("31.12.2024", "2024-12-31"),
        ("1.2.2024", "2024-02-01"),
        ("31.12.2024 9:30", "2024-12-31T09:30:00"),
        ("31/12/2024", "2024-12-31"),
        ("12/31/2024", "2024-12-31"),
        ("31-12-2024", "2024-12-31"),
        ("5/5/2024", "2024-05-05"),
    ],
)
def test_reads_a_date(text, expected):
    dates = read_dates([text])
    assert isinstance(dates, Dates)
    assert dates.values == {text: expected}


@pytest.mark.parametrize(
    "texts", [[], ["x"], ["2024-01-01", "x"], ["20240101"], ["01/02/24"], ["2024-W01-1"], ["1.2"], ["2024-01-01", "1.2.2024"]]
)
def test_other_texts_are_no_dates(texts):
    assert read_dates(texts) is None


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["2023-02-29"], "'2023-02-29' is none"),
        (["0000-00-00"], "'0000-00-00' is none"),
        (["2024-01-01 24:00"], "'2024-01-01 24:00' is none"),
        (["2024-01-01 10:00+25:00"], "is none"),
        (["12.31.2024"], "'12.31.2024' is none"),
        (["13/13/2024"], "'13/13/2024' is none"),
        (["13/1/2024", "1/13/2024"], "'13/1/2024' is none"),
        (["5/5/2024", "1/2/2024"], "such as '1/2/2024' whose day and month cannot be told apart"),
        (["2024-01-01 10:00Z", "2024-01-01 10:00"], "with and without a time zone"),
        (["2024-01-01 10:00Z", "2024-01-01"], "with and without a time zone"),
    ],
)
def test_says_why_dates_cannot_be_told(texts, reason):
    found = read_dates(texts)
    assert isinstance(found, str)
    assert reason in found


def test_one_day_after_the_twelfth_decides_for_the_column():
    day_first, month_first = read_dates(["1/2/2024", "13/2/2024"]), read_dates(["1/2/2024", "2/13/2024"])
    assert isinstance(day_first, Dates)
    assert isinstance(month_first, Dates)
    assert (day_first.values["1/2/2024"], day_first.note) == ("2024-02-01", "is read as dates with the day before the month")
    assert (month_first.values["1/2/2024"], month_first.note) == ("2024-01-02", "is read as dates with the month before the day")


def test_dates_beside_date_times_are_midnight():
    dates = read_dates(["2024-01-01", "2024-01-01 10:00"])
    assert isinstance(dates, Dates)
    assert list(dates.values.values()) == ["2024-01-01T00:00:00", "2024-01-01T10:00:00"]
    assert dates.note == "has dates without a time, which are read as midnight"


@given(st.datetimes(), st.sampled_from(["T", " "]))
def test_every_time_comes_back(moment, separator):
    dates = read_dates([moment.isoformat(separator)])
    assert isinstance(dates, Dates)
    assert [datetime.fromisoformat(value) for value in dates.values.values()] == [moment]


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_every_time_with_a_zone_comes_back(moment):
    dates = read_dates([moment.isoformat()])
    assert isinstance(dates, Dates)
    (value,) = dates.values.values()
    assert datetime.fromisoformat(value) == moment
    assert datetime.fromisoformat(value).utcoffset() == moment.utcoffset()


@given(st.lists(st.dates(), min_size=1), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"]))
def test_a_local_date_is_right_or_refused(days, form):
    texts = [form.replace("%d", f"{day:%d}").replace("%m", f"{day:%m}").replace("%Y", f"{day.year:04}") for day in days]
    dates = read_dates(texts)
    if isinstance(dates, Dates):
        assert [date.fromisoformat(dates.values[text]) for text in texts] == days
    else:
        assert "cannot be told apart" in str(dates)
        assert all(day.day <= 12 for day in days)
