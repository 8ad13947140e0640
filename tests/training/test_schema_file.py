import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from iris_api.errors import ArtifactForbidden, ConfigurationError
from iris_api.inference.columns import Category, Integer
from iris_api.inference.layouts import Matrix
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.choices import Choices
from iris_api.training.datasets import Dataset
from iris_api.training.schema_file import MAX_BYTES, read_schema, write_schema

HEADER = ["age", "zone", "churned"]
CONTENT = {
    "task": "classification",
    "targets": ["churned"],
    "columns": {
        "age": {"kind": "integer", "minimum": 0, "maximum": 120, "unit": "years", "description": "Age"},
        "zone": {"nullable": True},
    },
    "classes": {"0": "stays", "1": "leaves"},
}
CHOSEN = Choices(
    targets=("churned",),
    task="classification",
    kinds={"age": "integer"},
    nullable=frozenset(["zone"]),
    bounds={"age": (0.0, 120.0)},
    units={"age": "years"},
    descriptions={"age": "Age"},
    classes={"0": "stays", "1": "leaves"},
)
INPUTS = (Integer(name="age", description="Age", unit="years", minimum=0, maximum=120), Category(name="zone", nullable=True, values=[1, 2]))


def dataset(task, labels=(0, 1)) -> Dataset:
    return Dataset("own", INPUTS, Matrix(), [[1, 2], [3, 1]], None if labels is None else np.array(labels), ("churned",), task)


def test_reads_json(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(CONTENT))
    assert read_schema(path, HEADER) == CHOSEN


def test_reads_yaml_with_codes_that_yaml_takes_for_numbers(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text(yaml.safe_dump({**CONTENT, "classes": {0: "stays", 1: "leaves"}}))
    assert read_schema(path, HEADER) == CHOSEN
    path.write_text("classes: {true: yes it is, false: no, 1.5: much}\n".replace(": no,", ": 'no',"))
    assert read_schema(path, HEADER).classes == {"true": "yes it is", "false": "no", "1.5": "much"}


def test_every_member_may_be_left_out(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text("{}")
    assert read_schema(path, HEADER) == Choices()


@pytest.mark.parametrize("name", ["schema.json", "schema.yaml", "schema.YML"])
def test_what_is_written_reads_as_what_is_known(tmp_path, name):
    task = Classification(classes=[0, 1], names=["stays", "leaves"])
    write_schema(tmp_path / name, dataset(task))
    read = read_schema(tmp_path / name, HEADER)
    assert read == Choices(
        **{
            **{field: getattr(CHOSEN, field) for field in CHOSEN.__slots__},
            "kinds": {"age": "integer", "zone": "category"},
            "required": frozenset(["age"]),
        }
    )


def test_a_regression_has_the_unit_of_its_target(tmp_path):
    write_schema(tmp_path / "schema.json", dataset(Regression(targets=[Target(name="churned", unit="EUR")])))
    read = read_schema(tmp_path / "schema.json", HEADER)
    assert read.units == {"age": "years", "churned": "EUR"}
    assert read.classes == {}
    write_schema(tmp_path / "none.json", dataset(Regression(targets=[Target(name="target")]), None))
    assert read_schema(tmp_path / "none.json", HEADER).targets == ()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s.json", "{", r"s\.json is not JSON \(.*\); correct it, or call it \.yaml if it is YAML$"),
        ("s.json", "[" * 100_000, "is not JSON"),
        ("s.json", "[]", "s.json: the file: .*dictionary"),
        ("s.json", '{"colums": {}}', "colums: extra inputs are not permitted"),
        ("s.json", '{"columns": {"age": {"kind": "int"}}}', r"columns\.age\.kind: input should be 'number'"),
        ("s.json", '{"columns": {"age": {"minimum": "low"}}}', r"columns\.age\.minimum: input should be a valid number"),
        ("s.json", '{"columns": {"age": {"minimum": 3, "maximum": 2}}}', "the minimum of 'age' is above its maximum"),
        ("s.json", '{"columns": {"Age": {}}}', "there is no column 'Age' in the data; 'age' was probably meant"),
        ("s.json", '{"targets": ["chured"]}', "there is no column 'chured' in the data; 'churned' was probably meant"),
        ("s.json", '{"task": "guess"}', "task: input should be 'classification'"),
        ("s.yaml", "a: [", "is not YAML"),
        ("s.yaml", "a: &a [1]\nb: *a\n", r"has a YAML alias \(\*\); write the value out"),
        ("s.yaml", "!!python/object/apply:os.system ['true']", "is not YAML"),
        ("s.yaml", "\0", "is not YAML"),
    ],
)
def test_a_schema_file_that_is_wrong_says_where(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_schema(tmp_path / name, HEADER)
    assert caught.value.exit_code == 78


def test_a_schema_file_is_there_and_no_larger_than_one_can_be(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_schema(tmp_path / "none.json", HEADER)
    (tmp_path / "large.json").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(ConfigurationError, match="which no schema file has"):
        read_schema(tmp_path / "large.json", HEADER)


def test_writes_over_no_file(tmp_path: Path):
    (tmp_path / "model.joblib").write_bytes(b"precious")
    with pytest.raises(ConfigurationError, match="is there already"):
        write_schema(tmp_path / "model.joblib", dataset(Classification(classes=[0, 1])))
    assert (tmp_path / "model.joblib").read_bytes() == b"precious"
    with pytest.raises(ArtifactForbidden, match="cannot be written"):
        write_schema(tmp_path / "none" / "schema.json", dataset(Classification(classes=[0, 1])))
