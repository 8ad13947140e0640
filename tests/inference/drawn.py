"""Columns of every kind drawn at random, with values that are valid and values that are not, for tests by property."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from math import inf, nextafter
from typing import Any

from hypothesis import strategies as st

from iris_api.inference.abstract_column import INT64_MAX, INT64_MIN
from iris_api.inference.columns import Array, Boolean, Category, Column, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame, Matrix
from iris_api.wire.json_rows import JsonRows
from tests.inference.bundles import signature_of

ODD_NAMES = [
    "instances",
    "key",
    "prediction",
    "sepal length (cm)",
    " before and after ",
    "a.b",
    "a/b",
    "a~b",
    "~1",
    "/",
    "%41#?&",
    'in "quotes"',
    "back\\slash",
    "co:lon",
    '":',
    "{},[]",
    "0",
    "-1",
    "Ångström",
    "名前",
    "חתול",
    "\U0001f600",
    "\u2028",
    "e\u0301",
    "__class__",
    "x" * 128,
    "\U0001f600" * 128,
]
names = st.sampled_from(ODD_NAMES) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ANY_TYPE = ["text", "", "1", 1, -2.5, True, False, [], [1], {}, {"a": 1}, 10**40]


def layout_of(columns: Any) -> Any:
    """The layout that takes ``columns`` whatever they are."""
    if any(isinstance(column, Text | Datetime) or isinstance(getattr(column, "values", [0])[0], str) for column in columns):
        return Frame(dtypes=["datetime64[us, UTC]" if getattr(column, "is_zoned", False) else "object" for column in columns])
    return Matrix()


def schema_of(*columns: Column, row_key: str | None = None) -> JsonRows:
    """The schema of a signature of ``columns``."""
    return JsonRows(signature_of(*columns, layout=layout_of(columns)), row_key)


@st.composite
def bounded(draw, numbers) -> dict[str, Any]:
    """Declared bounds, one of them, both or none, and what was seen within."""
    low, high = sorted(draw(st.tuples(numbers, numbers)))
    given_low, given_high, seen = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    bounds = ({"minimum": low} if given_low else {}) | ({"maximum": high} if given_high else {})
    return bounds | ({"seen_minimum": low, "seen_maximum": high} if seen else {}) | {"warns_if_missing": draw(st.booleans())}


@st.composite
def values_of_categories(draw) -> list[Any]:
    some = draw(st.sampled_from([st.booleans(), st.integers(-5, 5) | st.integers(INT64_MIN, INT64_MAX), texts]))
    return draw(st.lists(some, min_size=1, max_size=4, unique=True))


def _number(common):
    return bounded(st.floats(-1e6, 1e6) | st.integers(-1000, 1000)).map(lambda bounds: Number(**common, **bounds))


def _integer(common):
    return bounded(st.integers(-100, 100) | st.integers(INT64_MIN, INT64_MAX)).map(lambda bounds: Integer(**common, **bounds))


def _category(common):
    return st.builds(lambda values, is_open: Category(**common, values=values, is_open=is_open), values_of_categories(), st.booleans())


def _text(common):
    return st.integers(1, 20).map(lambda most: Text(**common, max_characters=most))


def _datetime(common):
    kinds = st.sampled_from([{}, {"has_time": True}, {"has_time": True, "is_zoned": True}])
    return kinds.map(lambda kind: Datetime(**common, **kind))


def _array(common):
    shapes = st.lists(st.integers(1, 3), min_size=1, max_size=3)
    return st.builds(lambda shape, bounds: Array(**common, shape=shape, **bounds), shapes, bounded(st.floats(-1e6, 1e6)))


KINDS = {
    "number": _number,
    "integer": _integer,
    "boolean": lambda common: st.just(Boolean(**common)),
    "category": _category,
    "text": _text,
    "datetime": _datetime,
    "array": _array,
}


@st.composite
def columns(draw, kinds=tuple(KINDS)) -> Column:
    """One column of any of ``kinds``."""
    common = {"name": draw(names), "nullable": draw(st.booleans()), "description": draw(st.sampled_from(["", "what it is"]))}
    return draw(KINDS[draw(st.sampled_from(kinds))](common))


def signatures(kinds=tuple(KINDS), most=5):
    """Columns of different names, which one layout can hold: arrays stand with numbers only."""
    some = st.lists(columns(kinds), min_size=1, max_size=most, unique_by=lambda column: column.name)
    return some.filter(lambda made: isinstance(layout_of(made), Matrix) or not any(isinstance(column, Array) for column in made))


def valid(column: Column) -> st.SearchStrategy[tuple[Any, Any]]:
    """Pairs of a JSON value that ``column`` takes, and what it is read as."""
    one = _valid(column)
    return one | st.just((None, None)) if column.nullable else one


def _valid(column):
    if isinstance(column, Category):
        known = st.sampled_from(column.values).map(_itself)
        more = {bool: st.booleans(), int: st.integers(INT64_MIN, INT64_MAX), str: texts}[column.value_type]
        return known | more.map(_itself) if column.is_open else known
    return {Number: _floats, Integer: _whole, Boolean: _either, Text: _text_of, Datetime: _moments, Array: _arrays}[type(column)](column)


def _itself(value):
    return value, value


def _whole(column):
    low, high = column.range
    return st.integers(low, high).map(_itself) | _whole_floats(low, high)


def _either(_column):
    return st.booleans().map(_itself)


def _text_of(column):
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=column.max_characters).map(_itself)


def _arrays(column):
    return _nested(_floats(column), column.shape).map(_unzipped)


def _floats(column):
    low, high = column.range
    return st.floats(low, high).map(lambda value: (value, value)) | st.sampled_from([(low, float(low)), (high, float(high))])


def _whole_floats(low, high):
    low, high = max(low, -(2**53)), min(high, 2**53)
    return st.integers(low, high).map(lambda value: (float(value), value)) if low <= high else st.nothing()


def _moments(column):
    low, high = column.minimum, column.maximum
    if not column.has_time:
        return st.tuples(st.dates(low or date.min, high or date.max), st.sampled_from(["", "T00:00:00", " 00:00", "t00:00:00.000"])).map(
            lambda pair: (pair[0].isoformat() + pair[1], pair[0])
        )
    offsets = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
    # in another zone, the first and the last day may be out of bounds
    first, last = (moment.replace(tzinfo=None) for moment in (low or FIRST, high or LAST))
    day = timedelta(days=1)
    times = st.datetimes(first + day, last - day, timezones=offsets if column.is_zoned else st.none())
    return times.map(lambda moment: (moment.isoformat(), moment))


def _nested(items, shape):
    for length in reversed(shape):
        items = st.lists(items, min_size=length, max_size=length)
    return items


def _unzipped(nested):
    if isinstance(nested, tuple):
        return nested
    pairs = [_unzipped(inner) for inner in nested]
    return [value for value, _ in pairs], [expected for _, expected in pairs]


def wrong(column: Column) -> st.SearchStrategy[Any]:
    """JSON values that ``column`` refuses."""
    of_type = [value for value in ANY_TYPE if not _could_be(column, value)] + ([] if column.nullable else [None])
    return st.sampled_from([*of_type, *_almost(column)])


def _could_be(column, value):
    if isinstance(column, Text):
        return isinstance(value, str) and len(value) <= column.max_characters
    if isinstance(column, Category) and column.value_type is str:
        return isinstance(value, str) and (column.is_open or value in column.values)
    if isinstance(column, Boolean) or (isinstance(column, Category) and column.value_type is bool):
        return type(value) is bool and (isinstance(column, Boolean) or column.is_open or value in column.values)
    if isinstance(column, Category):
        return type(value) is int and abs(value) < 2**63 and (column.is_open or value in column.values)
    if isinstance(column, Integer | Number):
        low, high = column.range
        is_whole = type(value) is int or not isinstance(column, Integer)
        return type(value) in (int, float) and low <= value <= high and is_whole
    return isinstance(column, Array) and value == [1] and column.shape == [1] and column.range[0] <= 1 <= column.range[1]


def _almost(column):
    found: list[Any] = []
    if isinstance(column, Integer):
        found = [column.range[0] - 1, column.range[1] + 1, 0.5, 1e300, 2**63, -(2**63) - 1]
    elif isinstance(column, Number):
        found = [nextafter(float(column.range[0]), -inf), nextafter(float(column.range[1]), inf)]
    elif isinstance(column, Text):
        found = ["x" * (column.max_characters + 1), "\U0001f600" * (column.max_characters + 1)]
    elif isinstance(column, Category):
        found = _almost_a_category(column)
    elif isinstance(column, Datetime):
        found = WRONG_TIMES["2026-11-30T09:30:00" if column.is_zoned else "2026-11-30T09:30:00Z"] if column.has_time else WRONG_DATES
    elif isinstance(column, Array):
        found = [_of_shape([*column.shape[:-1], column.shape[-1] + 1]), _of_shape([1, *column.shape]), [[[[[[1]]]]]]]
    return found


def _almost_a_category(column):
    if column.value_type is int:
        return [0.5, 2**63, *([] if column.is_open else [next(value for value in range(9) if value not in column.values)])]
    if column.value_type is str:
        return ["x" * 20_000] if column.is_open else ["none of these, surely"]
    return []


IMPOSSIBLE_DAY = "2026-02-30T09:30:00"
WRONG_DATES = ["2026-02-30", "2026-11-30T09:30:00", "20261130", "2026-11-30Z", "30.11.2026", "0000-01-01", "1"]
WRONG_TIMES = {
    other: [other, "2026-11-30", "2026-11-30T24:30:00Z", IMPOSSIBLE_DAY, "1e9", "2026-11-30T09:30:00.1234567Z"]
    for other in ("2026-11-30T09:30:00", "2026-11-30T09:30:00Z")
}


def _of_shape(shape):
    nested: Any = 0.5
    for length in reversed(shape):
        nested = [nested] * length
    return nested


def encode(value: Any) -> bytes:
    """``value`` as JSON."""
    return json.dumps(value).encode()


def plain_date(value: Any) -> Any:
    """A moment as an answer writes it, anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value
