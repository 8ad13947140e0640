import numpy as np
import pandas as pd
import pytest

from iris_api.training.cells import convert, infer
from iris_api.training.table_files import read_table
from iris_api.training.table_frames import frame_of

CSV = """count,price,active,answered,plan,note,day,at,zoned,gaps
1,1.5,true,true,a,x y,2024-01-31,2024-01-31 10:00,2024-01-31T10:00:00+01:00,5
2,,false,,b,z,2024-02-29,2024-02-29 11:30,2024-07-01T10:00:00Z,
3,2.25,true,false,a,,2024-03-01,2024-03-01 12:00,2024-07-01T10:00:00Z,7
"""


def test_columns_have_the_types_that_pandas_gives_them(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(CSV)
    table = read_table(path)
    made = frame_of([infer(name, table.columns[name], table.origin) for name in table.header])
    read = pd.read_csv(path, parse_dates=["day", "at"])
    read["zoned"] = pd.to_datetime(read["zoned"], utc=True)
    pd.testing.assert_frame_equal(made, read)


def test_categories_can_have_a_type_of_their_own():
    columns = [
        infer("plan", ["b", "a", "", "b"]),
        infer("size", ["1", "2", "2", "1"]),
        convert("code", ["2", "1", "2", "1"], "category", False),
    ]
    made = frame_of(columns, as_categories=True)
    assert made["plan"].dtype == pd.CategoricalDtype(["a", "b"])
    assert made["plan"].isna().tolist() == [False, False, True, False]
    assert made["size"].dtype == np.int64
    assert made["code"].dtype == pd.CategoricalDtype([1, 2])
    assert str(frame_of(columns)["plan"].dtype) == "str"


@pytest.mark.parametrize(("values", "dtype"), [([1, 2], "int64"), ([1, None], "float64")])
def test_whole_numbers_are_floats_where_one_is_missing(values, dtype):
    assert frame_of([infer("a", values)])["a"].dtype == dtype
