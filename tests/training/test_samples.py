import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.linear_model import LinearRegression

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Array, Boolean, Number, Text
from iris_api.inference.layouts import Matrix, Texts
from iris_api.training.samples import as_array, dataset_of

ROWS = [[1.0, 20.0], [2.0, 10.0], [3.0, 30.0]]
MODEL = LinearRegression()


def made(rows, y=None):
    return dataset_of("mine", rows, y, MODEL)


def refusal(rows, y=None):
    with pytest.raises(ArtifactError) as raised:
        made(rows, y)
    return str(raised.value)


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8", "float32", "float16"])
def test_an_array_of_numbers(dtype):
    rows = np.array(ROWS).astype(dtype)
    dataset = made(rows)
    assert dataset.rows.dtype == np.float64
    assert dataset.rows.tolist() == rows.tolist()
    assert [column.name for column in dataset.inputs] == ["x0", "x1"]
    assert {type(column) for column in dataset.inputs} == {Number}
    assert (dataset.inputs[1].seen_minimum, dataset.inputs[1].seen_maximum) == (rows[:, 1].min(), rows[:, 1].max())
    laid_out = dataset.laid_out()
    assert laid_out.dtype == (np.float32 if dtype == "float32" else np.float64)
    assert laid_out.tolist() == rows.tolist()


def test_an_array_of_truth_values():
    dataset = made(np.array([[True, False], [False, False]]))
    assert dataset.inputs == (Boolean(name="x0", example=True), Boolean(name="x1", example=False))
    assert dataset.rows == [[True, False], [False, False]]
    assert dataset.laid_out().tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_nested_lists_are_an_array():
    assert made(ROWS).rows.tolist() == ROWS


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_missing_numbers_make_a_column_nullable(dtype):
    dataset = made(np.array([[1.0, np.nan, np.nan], [2.0, 5.0, np.nan]], dtype=dtype))
    assert dataset.rows == [[1.0, None, None], [2.0, 5.0, None]]
    assert [column.nullable for column in dataset.inputs] == [False, True, True]
    assert (dataset.inputs[1].seen_minimum, dataset.inputs[1].seen_maximum, dataset.inputs[1].example) == (5.0, 5.0, 5.0)
    assert dataset.inputs[2].seen_minimum is None
    assert dataset.laid_out().dtype == dtype
    assert np.isnan(dataset.laid_out()).tolist() == [[False, True, True], [False, False, True]]


@pytest.mark.parametrize(
    "texts", [["good", "bad news"], ("good", "bad news"), np.array(["good", "bad news"])], ids=["list", "tuple", "array"]
)
def test_texts(texts):
    dataset = made(texts)
    assert dataset.layout == Texts()
    assert dataset.laid_out() == ["good", "bad news"]
    assert dataset.inputs == (Text(name="text", example="good"),)


def test_a_series_of_texts():
    import pandas as pd

    for dtype in ("str", object, "string"):
        assert made(pd.Series(["good", "bad news"], dtype=dtype)).laid_out() == ["good", "bad news"]


def test_a_long_text_raises_the_limit():
    assert made(["x" * 20_000]).inputs[0].max_characters == 20_000


ODD = {
    "a sparse matrix": (csr_matrix(ROWS), "X is a sparse matrix, but a client's row has a value for every column"),
    "a sparse array": (csr_array(ROWS), "X is a sparse matrix"),
    "one dimension": (
        np.array([1.0, 2.0]),
        "X must be a DataFrame, a list of texts or an array of numbers of two dimensions, not float64 of 2",
    ),
    "three dimensions": (np.zeros((2, 2, 2)), "not float64 of 2 x 2 x 2"),
    "one number": (5, "not int64 of no dimension"),
    "one text": ("rows.csv", "not <U8 of no dimension"),
    "dictionaries": ([{"a": 1}], "not object of 1"),
    "objects": (np.array([[1, "a"]], dtype=object), "X is an array of object; give a DataFrame"),
    "texts in rows": (np.array([["a", "b"]]), "X is an array of <U1; give a DataFrame"),
    "complex numbers": (np.array([[1j]]), "not complex128 of 1 x 1"),
    "uneven rows": ([[1.0, 2.0], [3.0]], "X has rows of different lengths"),
    "no rows": (np.zeros((0, 3)), "X has no rows or no columns"),
    "no texts": ([], "X has no rows or no columns"),
    "no columns": (np.zeros((3, 0)), "X has no rows or no columns"),
    "a text that is missing": (["good", None], "X is a list of texts, but item 1 is None"),
    "a text that is a number": (["good", "bad", 3], "X is a list of texts, but item 2 is 3"),
    "a number of 64 bits": (np.array([[1.0, 1e39]]), "column x1 has a number that no 32-bit float can hold"),
    "an infinite number": (np.array([[np.inf, 1.0]]), "column x0 has a number that no 32-bit float can hold"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_rows_are_refused_in_a_sentence(name):
    rows, reason = ODD[name]
    assert reason in refusal(rows)


def test_a_series_of_numbers_is_refused_with_what_to_give():
    import pandas as pd

    assert refusal(pd.Series([1.0, 2.0])).startswith("X is a Series of float64; give a DataFrame (X.to_frame()) or a list of texts")
    assert "item 1 is nan" in refusal(pd.Series(["good", np.nan], dtype=object))


def test_a_frame_of_another_library_is_refused_by_its_name():
    class DataFrame:
        __module__ = "polars.dataframe.frame"
        columns = ("a",)

    assert refusal(DataFrame()).startswith("X is a DataFrame of polars; give one of pandas (X.to_pandas())")


def test_y_of_another_length_is_refused():
    assert refusal(ROWS, [1, 2]) == "y has 2 values, X has 3 rows; give those that belong together"


def test_y_and_its_name_are_kept():
    import pandas as pd

    dataset = made(ROWS, pd.Series([1, 2, 3], name="price"))
    assert (dataset.labels.tolist(), dataset.targets) == ([1, 2, 3], ("price",))


def test_numbers_become_an_array():
    for dtype in ("float64", "float32"):
        dataset = as_array(made(np.arange(12.0).reshape(2, 6).astype(dtype)), "pixels", [2, 3])
        assert dataset.inputs == (
            Array(name="pixels", shape=[2, 3], seen_minimum=0, seen_maximum=11, example=[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]),
        )
        assert dataset.rows[1] == [[[6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]]
        assert dataset.layout == Matrix(dtype=dtype)
        assert dataset.laid_out().tolist() == np.arange(12.0).reshape(2, 6).tolist()


def test_an_array_of_another_size_is_refused():
    with pytest.raises(ArtifactError, match="an array of 2 x 2 has 4 numbers, the model takes 2"):
        as_array(made(ROWS), "pixels", [2, 2])
    with pytest.raises(ArtifactError, match="only columns of plain numbers can become an array"):
        as_array(made(["a text"]), "pixels", [1])
