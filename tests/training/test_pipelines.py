import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from iris_api.inference.columns import Boolean, Number
from iris_api.inference.layouts import Matrix
from iris_api.training.choices import Choices
from iris_api.training.datasets import Dataset, load_dataset
from iris_api.training.fit import fit_pipeline
from iris_api.training.frame_samples import as_frame
from iris_api.training.pipelines import ROWS_WORTH_THREADS, baseline_for, is_regression, pipeline_for
from iris_api.training.samples import dataset_of

CLASSES, NUMBERS = np.array(["no", "yes"] * 20), np.linspace(0, 1, 40)
TEXTS = [f"{word} film number {index}" for index in range(20) for word in ("good", "bad")]
ROWS = np.arange(80.0).reshape(40, 2)
COLUMNS = (Number(name="a"), Number(name="b"))


def frame(labels, **columns) -> Dataset:
    inputs, layout, rows = as_frame(pd.DataFrame(columns), Choices(kinds={"text": "text"}))
    return Dataset("own", inputs, layout, rows, labels)


def of(what: str, labels) -> Dataset:
    category = pd.Series(["a", "b", None, "a"] * 10, dtype="category")
    match what:
        case "numbers":
            return Dataset("own", COLUMNS, Matrix(), ROWS, labels)
        case "truth values":
            return Dataset("own", (Number(name="a"), Boolean(name="b")), Matrix(), [[1.5, index % 2 == 0] for index in range(40)], labels)
        case "missing":
            columns = (Number(name="a", nullable=True), Number(name="b"))
            return Dataset("own", columns, Matrix(), [[None, 1.0], *ROWS[1:].tolist()], labels)
        case "categories":
            return frame(labels, a=range(40), plan=category)
        case "texts":
            return dataset_of("own", TEXTS, labels, None)
    return frame(labels, text=TEXTS, plan=["x", "y"] * 20, a=[np.nan, *range(39)], active=[True, False] * 20)


@pytest.mark.parametrize(
    ("what", "classifier", "regressor"),
    [
        ("numbers", RandomForestClassifier, RandomForestRegressor),
        ("truth values", RandomForestClassifier, RandomForestRegressor),
        ("missing", HistGradientBoostingClassifier, HistGradientBoostingRegressor),
        ("categories", HistGradientBoostingClassifier, HistGradientBoostingRegressor),
        ("texts", LogisticRegression, Ridge),
        ("all", LogisticRegression, Ridge),
    ],
)
def test_every_kind_of_table_has_its_pipeline(what, classifier, regressor):
    for labels, kind in ((CLASSES, classifier), (NUMBERS, regressor)):
        dataset = of(what, labels)
        assert is_regression(dataset) is (labels is NUMBERS)
        fitted = fit_pipeline(pipeline_for(dataset).estimator, dataset)
        assert isinstance(fitted[-1] if what in ("texts", "all") else fitted, kind)
        assert len(fitted.predict(dataset.laid_out())) == 40


def test_texts_are_told_apart_by_their_words():
    fitted = fit_pipeline(pipeline_for(of("all", CLASSES)).estimator, of("all", CLASSES))
    assert fitted.predict(of("all", CLASSES).laid_out()).tolist() == CLASSES.tolist()


def test_plain_numbers_get_the_forest_of_before():
    forest = pipeline_for(load_dataset("iris")).estimator
    assert (forest.n_estimators, forest.random_state, forest.n_jobs) == (100, 42, 1)
    many = Dataset("own", COLUMNS, Matrix(), np.zeros((ROWS_WORTH_THREADS, 2)), np.zeros(ROWS_WORTH_THREADS, dtype=int))
    assert pipeline_for(many).estimator.n_jobs == -1


def test_the_baseline_is_of_the_same_task():
    assert isinstance(baseline_for(of("numbers", CLASSES)), DummyClassifier)
    assert isinstance(baseline_for(of("numbers", NUMBERS)), DummyRegressor)
