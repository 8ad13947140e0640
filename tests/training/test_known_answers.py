import numpy as np
import pytest
from scipy.sparse import csr_matrix

from iris_api.errors import ArtifactError
from iris_api.training.known_answers import answers_of


def test_none_is_known():
    assert answers_of(None) == (None, ("target",))


@pytest.mark.parametrize("y", [["a", "b"], np.array(["a", "b"]), np.array(["a", "b"], dtype=object), np.array([["a"], ["b"]])])
def test_one_value_a_row_is_one_dimension(y):
    values, names = answers_of(y)
    assert (values.tolist(), values.shape, names) == (["a", "b"], (2,), ("target",))


def test_labels_that_apply_may_be_sparse():
    values, _ = answers_of(csr_matrix([[0, 1], [1, 1]]))
    assert values.tolist() == [[0, 1], [1, 1]]


def test_pandas_gives_names():
    import pandas as pd

    values, names = answers_of(pd.DataFrame({"sold units": [1.0, 2.0], 7: [3.0, 4.0]}))
    assert (values.tolist(), names) == ([[1.0, 3.0], [2.0, 4.0]], ("sold units", "7"))
    assert answers_of(pd.Series([1, 2], name="größe"))[1] == ("größe",)
    assert answers_of(pd.DataFrame({"only": [1, 2]}))[0].shape == (2,)


@pytest.mark.parametrize(("dtype", "kind"), [("Int64", "i"), ("boolean", "b"), ("Float64", "f"), ("category", "i"), ("object", "i")])
def test_what_pandas_keeps_as_objects_becomes_numbers(dtype, kind):
    import pandas as pd

    values, _ = answers_of(pd.Series([1, 0, 1], dtype=dtype))
    assert values.dtype.kind == kind
    assert values.tolist() == [1, 0, 1]


@pytest.mark.parametrize("y", [[1.0, float("nan")], ["a", None], [[1.0, 2.0], [3.0, float("nan")]]], ids=["number", "text", "targets"])
def test_a_missing_answer_is_refused_with_its_row(y):
    with pytest.raises(ArtifactError, match=r"^y has no value in row 1; leave that row out of X and y, or leave y out$"):
        answers_of(y)


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "category", "datetime64[us]", "string", "float"])
def test_a_missing_answer_of_pandas_is_refused_with_its_row(dtype):
    import pandas as pd

    with pytest.raises(ArtifactError, match="y has no value in row 2"):
        answers_of(pd.Series([1, 0, None], dtype="float").astype("Int64").astype("string" if dtype == "string" else dtype))


@pytest.mark.parametrize("y", ["target", np.zeros((2, 2, 2))], ids=["a name", "three dimensions"])
def test_another_shape_is_refused(y):
    with pytest.raises(ArtifactError, match=r"^y must have one or two dimensions, not [03]$"):
        answers_of(y)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ArtifactError, match="y has rows of different lengths"):
        answers_of([[1, 2], [3]])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [(["a", "a"], "y has the column 'a' twice"), (["", "b"], "a name has 1 to 128 characters"), (["a\n", "b"], "no control")],
)
def test_targets_need_names(columns, reason):
    import pandas as pd

    with pytest.raises(ArtifactError, match=reason):
        answers_of(pd.DataFrame([[1, 2], [3, 4]], columns=columns))
