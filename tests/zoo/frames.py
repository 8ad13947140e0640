"""A table of every kind of column that a DataFrame has, with gaps, and names as people give them."""

from typing import Any

import numpy as np
import pandas as pd

random = np.random.default_rng(71)
COUNT = 80
WORDS = ["good", "Bad", "service", "größer", "the", "late", "又", "refund", "42"]


def gaps(values: Any, share: float = 0.15, missing: Any = np.nan) -> Any:
    """``values``, as objects unless they are floats, of which a share is missing."""
    values = np.asarray(values)
    kept = values if values.dtype.kind == "f" else values.astype(object)
    return np.where(random.uniform(size=COUNT) < share, missing, kept)


def _numbers(low: float, high: float) -> Any:
    return np.round(random.uniform(low, high, COUNT), 2)


def _choice(*values: Any) -> Any:
    return np.array([values[index] for index in random.integers(0, len(values), COUNT)], dtype=object)


INCOME, AGE, CITY = _numbers(500, 9000), random.integers(18, 90, COUNT), _choice("Bonn", "Köln", "Ulm", "東京")
DAYS = np.datetime64("2026-01-01") + random.integers(0, 30, COUNT)
TIMES = pd.Series(np.datetime64("2026-03-28T10:00:00", "us") + random.integers(0, 10, COUNT) * np.timedelta64(3_600_000_001, "us"))
FRAME = pd.DataFrame(
    {
        "age": AGE,
        "income (EUR)": gaps(INCOME),
        "Stadt/Größe": CITY,
        "名前": gaps(_choice("a", "b", "ç"), missing=None),
        'the "quoted" one\'s': _numbers(0.1, 3),
        "notes.text": [" ".join(random.choice(WORDS, 8)) for _ in range(COUNT)],
        "plan": pd.Categorical(_choice("basic", "plus", "pro"), categories=["basic", "plus", "pro", "never seen"]),
        "size": pd.Categorical(_choice("S", "M", "L"), categories=["S", "M", "L"], ordered=True),
        "stars": pd.Categorical(gaps(_choice(1, 2, 3, 4, 5)), categories=[1, 2, 3, 4, 5]),
        "vip": pd.Categorical(_choice(True, False)),
        "is active": random.integers(0, 2, COUNT) > 0,
        "told us": gaps(_choice(True, False), missing=None),
        "children": pd.array(gaps(random.integers(0, 5, COUNT), missing=None), dtype="Int64"),
        "opted in": pd.array(gaps(_choice(True, False), missing=None), dtype="boolean"),
        "share": pd.array(gaps(_numbers(0, 1)), dtype="Float64"),
        "visits": gaps(random.integers(0, 40, COUNT).astype(float)),
        "small": _numbers(0, 9).astype(np.float32),
        "tiny": random.integers(0, 100, COUNT).astype(np.int8),
        "joined": pd.Series(DAYS).astype("datetime64[us]"),
        "last seen": TIMES,
        "paid at": TIMES.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
        "objects": pd.Series(gaps(_choice("x", "y z", ""), missing=np.nan), dtype=object),
        "as string": pd.array(gaps(_choice("red", "green"), missing=None), dtype="string"),
    }
)
SCORE = INCOME / 3000 + AGE / 40 + (CITY == "Ulm") + random.normal(size=COUNT) / 4
YES = np.median(SCORE) < SCORE
WORD = np.array(["stays", "leaves", "ändert"], dtype=object)[np.digitize(SCORE, np.quantile(SCORE, [0.3, 0.6]))]
TWO_NUMBERS = pd.DataFrame({"units sold": SCORE, "Rückgaben": SCORE**2})
LABELS = pd.DataFrame({"news": YES, "sport & more": AGE > 50, "'quoted'": INCOME > 4000}).astype(int)
