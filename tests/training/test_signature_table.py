from datetime import UTC, date, datetime

import pytest

from iris_api.inference.columns import Array, Boolean, Category, Datetime, Integer, Number, Text
from iris_api.inference.layouts import Frame
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.signature_table import purpose, signature_table, values_of
from tests.inference.bundles import signature_of

COLUMNS = [
    (Number(name="a", seen_minimum=0.5, seen_maximum=2), "0.5 to 2 seen"),
    (Number(name="a"), "any"),
    (Integer(name="a", seen_minimum=1, seen_maximum=9), "1 to 9 seen"),
    (Boolean(name="a"), "any"),
    (Category(name="a", values=["x", "y"]), "x, y"),
    (Category(name="a", values=["x"], is_open=True), "x, others too"),
    (Category(name="a", values=[True, False]), "true, false"),
    (Category(name="a", values=list(range(7))), "0, 1, 2, 3, 4 and 2 more"),
    (Text(name="a", max_characters=12), "up to 12 characters"),
    (Datetime(name="a", seen_minimum=date(2026, 1, 2), seen_maximum=date(2026, 3, 4)), "date, 2026-01-02 to 2026-03-04 seen"),
    (Datetime(name="a", has_time=True), "date-time"),
    (
        Datetime(
            name="a",
            has_time=True,
            is_zoned=True,
            seen_minimum=datetime(2026, 1, 2, tzinfo=UTC),
            seen_maximum=datetime(2026, 1, 3, tzinfo=UTC),
        ),
        "date-time with zone, 2026-01-02T00:00:00+00:00 to 2026-01-03T00:00:00+00:00 seen",
    ),
    (Array(name="a", shape=[8, 8], seen_minimum=0, seen_maximum=16), "8 x 8 numbers, 0 to 16 seen"),
]
TASKS = [
    (Classification(classes=[0, 1]), "one of 0, 1"),
    (Multilabel(labels=["news", "sport"]), "those of news, sport that apply"),
    (Regression(targets=[Target(name="price")]), "the number price"),
    (Regression(targets=[Target(name="price"), Target(name="cost")]), "the numbers price, cost"),
    (OutlierDetection(), "inlier or outlier, and a score"),
    (Clustering(clusters=3), "one of 3 clusters"),
]


@pytest.mark.parametrize(("column", "wanted"), COLUMNS)
def test_every_kind_says_what_it_takes(column, wanted):
    assert values_of(column) == wanted


@pytest.mark.parametrize(("task", "wanted"), TASKS)
def test_every_task_says_what_it_predicts(task, wanted):
    assert purpose(task) == wanted


def test_a_line_a_column():
    signature = signature_of(
        Number(name="Preis (€)", nullable=True),
        Category(name="c", values=["x"]),
        Integer(name="n", nullable=True, warns_if_missing=True),
        layout=Frame(dtypes=["float64", "str", "int64"]),
    )
    assert signature_table(signature).splitlines() == [
        "input      kind      missing  values",
        "Preis (€)  number    allowed  any",
        "c          category  no       x",
        "n          integer   warned   any",
        "predicts: one of no, yes",
    ]


def test_a_wide_signature_and_a_long_name_are_cut():
    table = signature_table(signature_of(*(Number(name=f"{'n' * 100}{index}") for index in range(45))))
    assert "… and 5 more" in table.splitlines()
    assert max(map(len, table.splitlines())) < 100
