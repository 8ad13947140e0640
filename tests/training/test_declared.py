import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.columns import Category, Integer, Number
from iris_api.inference.layouts import Matrix
from iris_api.inference.predictions import Predictions
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.choices import Choices
from iris_api.training.datasets import Dataset
from iris_api.training.declared import declared, with_task

INPUTS = (
    Integer(name="age", seen_minimum=18, seen_maximum=90, example=20),
    Category(name="plan", values=["a", "b"], example="a"),
    Number(name="spend (EUR)", unit="EUR", seen_minimum=0.5, seen_maximum=7, example=1.0),
)
DATASET = Dataset("own", INPUTS, Matrix(), [[20, "a", 1.0]], None)
CODED = Classification(classes=[0, 1])


def test_bounds_units_and_descriptions_go_into_the_columns():
    choices = Choices(
        bounds={"age": (0.0, 120.0), "spend (EUR)": (None, 1000.0)},
        units={"age": "years"},
        descriptions={"plan": "What they pay for"},
    )
    age, plan, spend = declared(DATASET, CODED, choices).inputs
    assert (age.minimum, age.maximum, age.unit, age.seen_maximum) == (0.0, 120.0, "years", 90)
    assert plan.description == "What they pay for"
    assert (spend.minimum, spend.maximum, spend.unit) == (None, 1000.0, "EUR")


def test_a_target_has_a_unit():
    task = Regression(targets=[Target(name="price")])
    made = declared(DATASET, task, Choices(units={"price": "EUR"})).task
    assert isinstance(made, Regression)
    assert made.targets[0].unit == "EUR"


def test_answers_call_classes_by_their_names():
    assert CODED.class_names == ["0", "1"]
    task = declared(DATASET, CODED, Choices(classes={"0": "benign", "1": "malignant"})).task
    assert isinstance(task, Classification)
    assert task.classes == [0, 1]
    predictions = Predictions([1, 0], [0.75, 0.5], [[0.25, 0.75], [0.5, 0.5]])
    assert task.answer(predictions, 0) == {
        "prediction": "malignant",
        "class_index": 1,
        "confidence": 0.75,
        "probabilities": {"benign": 0.25, "malignant": 0.75},
    }
    assert task.answer_schema()["prediction"] == {"enum": ["benign", "malignant"]}
    assert task.answer_schema()["class_index"] == {"type": "integer", "minimum": 0, "maximum": 1}
    assert task.facts(predictions)["labels"] == {"malignant": 1, "benign": 1}
    assert Classification.model_validate_json(task.model_dump_json()) == task


@pytest.mark.parametrize(
    ("classes", "names", "shown"),
    [
        ([0, 1, 2], {"1": "one"}, ["0", "one", "2"]),
        ([False, True], {"true": "yes", "False": "no"}, ["no", "yes"]),
        ([1.0, 2.0], {"1": "a"}, ["a", "2.0"]),
    ],
)
def test_classes_without_a_name_keep_their_own(classes, names, shown):
    task = declared(DATASET, Classification(classes=classes), Choices(classes=names)).task
    assert isinstance(task, Classification)
    assert task.class_names == shown


def test_labels_have_names_too():
    task = declared(DATASET, Multilabel(labels=["0", "1"]), Choices(classes={"1": "red"})).task
    assert task == Multilabel(labels=["0", "red"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"bounds": {"Age": (0.0, 1.0)}}, "bounds for 'Age': the model takes no such column; 'age' was probably meant"),
        ({"units": {"zzz": "m"}}, "a unit for 'zzz': the model takes no such column; there are 'age', 'plan'"),
        ({"descriptions": {"pla": "m"}}, "a description for 'pla': the model takes no such column; 'plan'"),
        ({"bounds": {"plan": (0.0, 1.0)}}, "'plan' is read as category, which has no bounds; only numbers have"),
        ({"units": {"plan": "m"}}, "'plan' is read as category, which has no unit; only numbers have"),
        ({"classes": {"2": "x"}}, "the class '2' has a name and is none of the model's; there are '0', '1'"),
        ({"classes": {"0": "x", "1": "x"}}, "two classes have the same name"),
        ({"classes": {"0": "1"}}, "two classes have the same name"),
    ],
)
def test_what_cannot_be_declared_is_one_sentence(choices, message):
    with pytest.raises(ConfigurationError) as caught:
        declared(DATASET, CODED, Choices(**choices))
    assert message in str(caught.value)


def test_a_regression_has_no_classes_to_name():
    with pytest.raises(ConfigurationError, match="classes have names, and the model is for regression"):
        declared(DATASET, Regression(targets=[Target(name="y")]), Choices(classes={"0": "x"}))


@pytest.mark.parametrize(("bounds", "seen"), [((20.0, None), "18"), ((None, 80.0), "90")])
def test_bounds_that_the_data_breaks_are_refused(bounds, seen):
    with pytest.raises(ArtifactError, match=f"column 'age' has {seen}, which is outside of its bounds"):
        declared(DATASET, CODED, Choices(bounds={"age": bounds}))


def test_the_task_is_that_of_the_estimator_unless_it_is_chosen():
    rows = np.array([[1.0], [2.0], [3.0], [4.0]])
    dataset = Dataset("own", (Number(name="a"),), Matrix(), rows, None)
    forest = RandomForestClassifier(2, random_state=0).fit(rows, [1, 1, 2, 2])
    assert with_task(forest, dataset, "m", Choices()).task == Classification(classes=[1, 2])
    chosen = with_task(forest, dataset, "m", Choices(task="regression")).task
    assert isinstance(chosen, Regression)
    with pytest.raises(ArtifactError, match="holds a LinearRegression, which knows no classes; choose another --task"):
        with_task(LinearRegression().fit(rows, rows[:, 0]), dataset, "m", Choices(task="classification"))
    with pytest.raises(ArtifactError, match="which is no detector of outliers; choose another --task than outlier_detection"):
        with_task(forest, dataset, "m", Choices(task="outlier_detection"))
    with pytest.raises(ArtifactError, match="which is for classification; choose another --task than multilabel"):
        with_task(forest, dataset, "m", Choices(task="multilabel"))
