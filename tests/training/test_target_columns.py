from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB

from iris_api.errors import ArtifactError
from iris_api.training.choices import Choices
from iris_api.training.table_files import read_table
from iris_api.training.table_samples import Source
from iris_api.training.target_columns import labels_of, spelt_cells

ROWS = np.array([[0.0, 5.0], [1.0, 6.0], [0.2, 9.0], [1.2, 8.0]])


def source(tmp_path: Path, *cells: str, targets=("y",), header="y", name="own.csv") -> Source:
    path = tmp_path / name
    path.write_text("\n".join([header, *cells, ""]) if name.endswith("csv") else "".join(f'{{"y": {cell}}}\n' for cell in cells))
    return Source(path, read_table(path), Choices(targets=targets))


def classifier(*classes) -> GaussianNB:
    return GaussianNB().fit(ROWS, np.array(classes)[[0, 1, 0, 1]])


@pytest.mark.parametrize(
    ("classes", "cells"),
    [
        ((0, 1), ("0", "1")),
        ((0.0, 1.0), ("0", "1.0")),
        ((False, True), ("False", "true")),
        (("0", "1"), ("0", "1")),
        (("+", "-"), ("+", "-")),
    ],
)
def test_classes_may_be_spelt_as_json_or_python_do(tmp_path, classes, cells):
    labels = labels_of(source(tmp_path, *cells, *cells), classifier(*classes))
    assert labels is not None
    assert labels.tolist() == [*classes, *classes]
    assert [type(label) for label in labels.tolist()] == [type(label) for label in [*classes, *classes]]


def test_classes_of_json_keep_their_types(tmp_path):
    labels = labels_of(source(tmp_path, "true", "false", name="own.jsonl"), classifier(False, True))
    assert labels is not None
    assert labels.tolist() == [True, False]


def test_numbers_are_written_as_anywhere_in_a_table(tmp_path):
    labels = labels_of(source(tmp_path, '"1.234,5"', '"2,25"'), LinearRegression().fit(ROWS, [1, 2, 3, 4]))
    assert labels is not None
    assert labels.tolist() == [1234.5, 2.25]


def test_several_targets_are_columns(tmp_path):
    given = source(tmp_path, "1,2.5", "3,4", header="y,z", targets=("z", "y"))
    labels = labels_of(given, LinearRegression().fit(ROWS, np.ones((4, 2))))
    assert labels is not None
    assert labels.tolist() == [[2.5, 1.0], [4.0, 3.0]]


def test_labels_apply_or_do_not(tmp_path):
    given = source(tmp_path, "1,true", "0,true", "0,false", header="y,z", targets=("y", "z"))
    labels = labels_of(given, MultiOutputClassifier(LogisticRegression()).fit(ROWS, [[0, 1], [1, 0], [1, 1], [0, 0]]))
    assert labels is not None
    assert labels.tolist() == [[1, 1], [0, 1], [0, 0]]


def test_what_is_not_predicted_is_not_read(tmp_path):
    assert labels_of(source(tmp_path, "x"), KMeans(2, n_init=1).fit(ROWS)) is None
    assert labels_of(source(tmp_path, "x", targets=()), classifier("no", "yes")) is None


@pytest.mark.parametrize(
    ("cells", "estimator", "message"),
    [
        (["no", "maybe"], classifier("no", "yes"), "holds the class 'maybe', which the classifier does not know; it knows 'no', 'yes'"),
        (["no", '" "'], classifier("no", "yes"), "line 3, column 'y': is empty; every row needs what is predicted"),
        (["1", "x"], LinearRegression().fit(ROWS, [1, 2, 3, 4]), "line 3, column 'y': 'x' is not a number"),
    ],
)
def test_a_cell_that_is_no_class_or_number_is_named(tmp_path, cells, estimator, message):
    with pytest.raises(ArtifactError, match=message):
        labels_of(source(tmp_path, *cells), estimator)


def test_cells_are_spelt_without_spaces_around_them(tmp_path):
    assert spelt_cells(source(tmp_path, '" a "', "1.0"), "y") == ["a", "1.0"]
    assert spelt_cells(source(tmp_path, "1.0", "2", name="own.jsonl"), "y") == ["1.0", "2"]
