from pathlib import Path

import numpy as np
import pytest

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.training.tables import listed, quoted, read_csv_rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flowers.csv"


def test_reads_numbers_and_the_target_column(path):
    path.write_text('﻿length (cm), kind ,width\r\n1.5,"a",-2\r\n\r\n 3e2 ,b b,0\r\n', encoding="utf-8")
    table = read_csv_rows(path, "kind")
    assert table.header == ("length (cm)", "width")
    assert table.rows.dtype == np.float64
    assert table.rows.tolist() == [[1.5, -2.0], [300.0, 0.0]]
    assert table.target == ("a", "b b")


def test_without_target_every_column_is_a_feature(path):
    path.write_text("a,b\n1,2\n")
    table = read_csv_rows(path)
    assert (table.header, table.target, table.rows.tolist()) == (("a", "b"), None, [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,y\n", "no rows below its header"),
        ("y\n1\n", "no feature columns"),
        ("a,b\n1,2\n", "has no column 'y'; it has 'a', 'b'"),
        ("a,yy\n1,2\n", "'yy' was probably meant"),
        ("a,y,y\n1,2,3\n", "has 2 columns 'y'"),
        ("a,y\n1,x\n2\n", "line 3: has 1 cells, the header has 2"),
        ("a,y\n1,x\nred,x\n", "line 3, column 'a': 'red' is not a number"),
        ("a,y\n1_000,x\n", "line 2, column 'a': '1_000' is not a number"),
        ("a,y\n,x\n", "line 2, column 'a': is empty"),
        ("a,y\n1,\n", "line 2, column 'y': is empty"),
        ("a,y\nnan,x\n", "'nan' is not a finite number"),
        ("a,y\n-inf,x\n", "'-inf' is not a finite number"),
        ("a,y\n1e39,x\n", "'1e39' is not a finite number"),
        ('a,y\n"1,x\n', "is no CSV file"),
    ],
)
def test_refuses_and_says_where(path, text, message):
    path.write_text(text)
    with pytest.raises(ArtifactError) as caught:
        read_csv_rows(path, "y")
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.exit_code == 65


def test_what_is_no_number_may_be_a_class_where_no_target_is_named(path):
    path.write_text("a,kind\n1,red\n")
    with pytest.raises(
        ArtifactError, match=r"'red' is not a number; features must be numeric, or name the column of classes with --target$"
    ):
        read_csv_rows(path)
    path.write_text("a,kind\nlong,red\n")
    with pytest.raises(ArtifactError, match=r"'long' is not a number; features must be numeric$"):
        read_csv_rows(path, "kind")


@pytest.mark.parametrize("target", [None, "kind"])
def test_semicolons_are_recognised(path, target):
    path.write_text("a;kind\n1;red\n")
    with pytest.raises(ArtifactError, match="seems to be separated by semicolons; save it as CSV, separated by commas"):
        read_csv_rows(path, target)


def test_a_missing_file_has_its_own_exit_code(path):
    with pytest.raises(ArtifactMissing, match="does not exist") as caught:
        read_csv_rows(path)
    assert caught.value.exit_code == 66


def test_refuses_a_folder_and_other_encodings(path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_csv_rows(path.parent)
    path.write_bytes("größe\n1\n".encode("latin-1"))
    with pytest.raises(ArtifactError, match="not UTF-8"):
        read_csv_rows(path)


def test_messages_stay_short():
    assert quoted("x" * 1000) == "'" + "x" * 39 + "…'"
    assert listed([str(number) for number in range(12)]).endswith("'9' and 2 more")
