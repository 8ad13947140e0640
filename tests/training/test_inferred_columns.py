import math
from pathlib import Path

import pytest

from iris_api.training.inferred_columns import Column, Inferred, Origin, is_null, stripped
from iris_api.training.number_formats import Unreadable

FILE = Origin(Path("sales.csv"), range(2, 9))


def test_names_the_line_of_a_file_or_else_the_row():
    assert FILE.place(3) == "sales.csv, line 5"
    assert Origin().place(3) == "row 4"


def test_notes_are_sentences_with_the_option_that_overrules_them():
    column = Column("sold units", ["1", None], FILE)
    note = column.overruled_by("is read as integers", "text")
    assert column.inferred("integer", [1, None], note, "") == Inferred(
        "sold units",
        "integer",
        nullable=True,
        values=[1, None],
        notes=("Column 'sold units' is read as integers; --kind 'sold units=text' changes that.",),
    )
    assert column.overruled_by("", "text") == ""


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Unreadable("x", "is not a number"),
            "sales.csv, line 3, column 'units': 'x' is not a number; correct it, or read the column as text with --kind units=text",
        ),
        (Unreadable(None, "is ambiguous"), "sales.csv: column 'units' is ambiguous, or read it as text with --kind units=text"),
        (
            Unreadable(math.inf, "is infinite"),
            "sales.csv, line 4, column 'units': 'inf' is infinite; correct it, or read the column as text with --kind units=text",
        ),
    ],
)
def test_errors_name_place_value_and_remedy(fault, message):
    assert str(Column("units", ["1", " x ", math.inf], FILE).error(fault)) == message


def test_null_and_text():
    assert [is_null(cell) for cell in (None, math.nan, 0, "", "nan")] == [True, True, False, False, False]
    assert (stripped(" a "), stripped(1)) == ("a", None)
