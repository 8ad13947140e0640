from pathlib import Path

import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.choices import Choices
from iris_api.training.table_files import read_table
from iris_api.training.table_samples import Source
from iris_api.training.train_samples import Trainable, task_for, trainable


def read(tmp_path: Path, text: str, **choices) -> Trainable:
    path = tmp_path / "own data.csv"
    path.write_text(text)
    return trainable(Source(path, read_table(path), Choices(targets=("y",), **choices)))


def table(cells, other=None) -> str:
    return "y,a\n" + "".join(f"{cell},{index if other is None else other[index]}\n" for index, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["0", "1", "-2", "0"], [0, 1, -2, 0]),
        (["0", "1", "x", "0"], ["0", "1", "x", "0"]),
        (["007", "7", "7", "007"], ["007", "7", "7", "007"]),
        (["1.0", "2.0", "1.0", "2.0"], ["1.0", "2.0", "1.0", "2.0"]),
        (["true", "false", "true", "true"], ["true", "false", "true", "true"]),
    ],
)
def test_classes_are_integers_only_if_all_are(tmp_path, cells, labels):
    dataset = read(tmp_path, table(cells)).dataset
    assert (dataset.name, dataset.targets) == ("own data", ("y",))
    assert dataset.labels is not None
    assert dataset.labels.tolist() == labels
    assert isinstance(dataset.rows, np.ndarray)
    assert dataset.rows.tolist() == [[0.0], [1.0], [2.0], [3.0]]
    assert dataset.inputs[0].kind == "number"
    assert task_for(dataset) == Classification(classes=np.unique(labels).tolist())


@pytest.mark.parametrize("cells", [["0.5", "1.5", "0.5", "1.5"], [*map(str, range(30))], ["1", "2", "3", "4"], [*map(str, range(21))] * 2])
def test_quantities_are_a_regression_at_once(tmp_path, cells):
    found = read(tmp_path, table(cells))
    assert found.dataset.labels is not None
    assert found.dataset.labels.dtype == np.float64
    assert found.dataset.labels.tolist() == [float(cell) for cell in cells]
    task = task_for(found.dataset)
    assert task == Regression(targets=[Target(name="y", seen_minimum=min(map(float, cells)), seen_maximum=max(map(float, cells)))])


def test_the_task_overrules_what_the_target_looks_like(tmp_path):
    few, many = ["1", "2", "3", "1", "2", "3"], [*map(str, range(21))] * 2
    found = read(tmp_path, table(few))
    assert found.notes == ("The target 'y' has 3 different whole numbers, which are read as classes; --task regression changes that.",)
    chosen = read(tmp_path, table(few), task="regression")
    assert chosen.dataset.labels is not None
    assert (chosen.dataset.labels.dtype, chosen.notes) == (np.float64, ())
    found = read(tmp_path, table(many))
    assert found.notes == ("The target 'y' has 21 different numbers, so this is a regression; --task classification changes that.",)
    assert len(task_for(read(tmp_path, table(many), task="classification").dataset).classes) == 21
    assert read(tmp_path, table(["0", "1", "0"])).notes == ()


@pytest.mark.parametrize(
    ("cells", "choices", "message"),
    [
        (["x", "x"], {}, "only one class in column 'y'"),
        (["x", "y", "z"], {}, "another value in every row of column 'y'; that is no column of classes"),
        (["x", '" "', "x"], {}, "line 3, column 'y': is empty; every row needs what is predicted"),
        (["x", "y", "x"], {"task": "regression"}, "'x' is not a number"),
    ],
)
def test_a_target_that_is_none_is_refused(tmp_path, cells, choices, message):
    with pytest.raises(ArtifactError, match=message):
        read(tmp_path, table(cells), **choices)


MIXED = "y,id,day,plan,empty,note,n\n" + "".join(
    f"{'ab'[i % 2]},c{i},2024-01-{i + 1:02},{'xyz'[i % 3]},,{'' if i == 0 else f'a note of {i}'},{'' if i == 1 else i}\n" for i in range(30)
)


def test_columns_that_no_pipeline_can_use_are_left_out_and_told(tmp_path):
    found = read(tmp_path, MIXED)
    assert [(column.name, column.kind, column.nullable) for column in found.dataset.inputs] == [
        ("plan", "category", False),
        ("note", "text", False),
        ("n", "integer", True),
    ]
    assert found.notes == (
        "Column 'id' is left out, as it has another word in every row, as an identifier has; --kind 'id=text' keeps it.",
        "Column 'day' is left out, as dates are not used as they are; add columns such as the month or the days since another date.",
        "Column 'empty' is left out, as it has no values.",
        "Column 'note' is missing in some rows; an empty text stands for that.",
    )
    assert found.dataset.laid_out()["note"].tolist()[:2] == ["", "a note of 1"]
    kept = read(tmp_path, MIXED, kinds={"id": "text"})
    assert [column.name for column in kept.dataset.inputs] == ["id", "plan", "note", "n"]


def test_categories_beyond_what_a_boosting_takes_are_left_out(tmp_path):
    words = [f"word {index % 300}" for index in range(6000)]
    text = table(["no", "yes"] * 3000, words).replace("y,a\n", "y,a,b\n").replace("word", "1,word").replace(",1,", ",1,")
    (note,) = read(tmp_path, text).notes
    assert note == "Column 'b' is left out, as it has 300 categories, more than 255; --kind 'b=text' uses their words."


def test_a_table_without_a_column_to_use_says_why(tmp_path):
    with pytest.raises(ArtifactError, match=r"no column besides 'y' that can be used; Column 'a' is left out, as dates"):
        read(tmp_path, table(["a", "b", "a"], ["2024-01-01", "2024-01-02", "2024-01-03"]))


def test_categories_and_missing_values_are_native_in_a_frame(tmp_path):
    dataset = read(tmp_path, "y,plan,n\na,x,1\nb,,2\na,z,\nb,x,3\n").dataset
    frame = dataset.laid_out()
    assert frame["plan"].dtype.categories.tolist() == ["x", "z"]
    assert frame.isna().sum().tolist() == [1, 1]
    assert [(column.kind, column.nullable) for column in dataset.inputs] == [("category", True), ("integer", True)]


def test_one_text_is_a_list_of_texts(tmp_path):
    dataset = read(tmp_path, "y,words\n" + "".join(f"{'ab'[i % 2]},some words {i}\n" for i in range(30))).dataset
    assert (dataset.layout.kind, dataset.inputs[0].name) == ("texts", "words")
    assert dataset.laid_out()[:2] == ["some words 0", "some words 1"]
