import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from iris_api.errors import ArtifactError
from iris_api.training.commands import DATASET_NAMES
from iris_api.training.datasets import DATASETS, described, load_dataset, numbers_of, snake_case


def test_iris_has_units_and_bounds():
    iris = load_dataset("iris")
    assert [column.name for column in iris.inputs] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert {(column.unit, column.minimum, column.maximum) for column in iris.inputs} == {("cm", 0.0, 10.0)}
    assert iris.inputs[0].description == "Sepal length"
    assert iris.rows[0].tolist() == [5.1, 3.5, 1.4, 0.2]
    assert iris.labels is not None
    assert np.unique(iris.labels).tolist() == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize(("name", "load"), [("iris", load_iris), ("wine", load_wine), ("breast_cancer", load_breast_cancer)])
def test_rows_and_labels_are_scikit_learns(name, load):
    bunch, dataset = load(), load_dataset(name)
    assert np.array_equal(dataset.rows, bunch.data)
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [str(bunch.target_names[number]) for number in bunch.target]
    assert len({column.name for column in dataset.inputs}) == bunch.data.shape[1]


def test_wine_and_breast_cancer_declare_no_bounds():
    columns = load_dataset("wine").inputs + load_dataset("breast_cancer").inputs
    assert {(column.minimum, column.maximum) for column in columns} == {(None, None)}
    assert {"od280_od315_of_diluted_wines", "mean_radius"} <= {column.name for column in columns}


def test_the_command_offers_every_dataset():
    assert set(DATASET_NAMES) == set(DATASETS)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sepal length", "sepal_length"),
        ("od280/od315_of_diluted_wines", "od280_od315_of_diluted_wines"),
        ("SepalLengthCm", "sepal_length_cm"),
        ("pH", "ph"),
        ("Größe", "groe"),
        ("--", ""),
    ],
)
def test_snake_case(text, name):
    assert snake_case(text) == name


def test_a_header_says_the_unit():
    assert described("weight (kg)") == {"description": "Weight", "unit": "kg"}
    assert described("2nd try") == {"description": "2nd try"}


@pytest.mark.parametrize("name", ["weight (kg)", "2nd try", "长度", "a.b/c~d", "x" * 128])
def test_columns_keep_their_names(name):
    (column,) = numbers_of([name], [name], np.array([[1.0], [3.0]]))
    assert (column.name, column.seen_minimum, column.seen_maximum, column.example) == (name, 1.0, 3.0, 1.0)


@pytest.mark.parametrize(("headers", "message"), [(["a", "a"], "'a' is there twice"), (["x" * 129], "1 to 128 characters"), ([""], "name")])
def test_columns_need_names_of_their_own(headers, message):
    with pytest.raises(ArtifactError, match=message):
        numbers_of(headers, headers, np.zeros((1, len(headers))))
