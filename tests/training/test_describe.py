import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Integer
from iris_api.inference.libraries import installed_libraries
from iris_api.inference.manifest import Manifest
from iris_api.inference.tasks.classification import Classification
from iris_api.training.datasets import load_dataset
from iris_api.training.describe import describe, estimator_name, fingerprint, golden_rows, histogram
from iris_api.training.fit import fit_pipeline
from iris_api.training.pipelines import pipeline_for

IRIS = load_dataset("iris")
FLOWERS = Classification(classes=["setosa", "versicolor", "virginica"])


@pytest.fixture(scope="module")
def forest():
    return fit_pipeline(pipeline_for(IRIS).estimator, IRIS)


@pytest.fixture(scope="module")
def manifest(forest) -> Manifest:
    return describe("iris", forest, IRIS, FLOWERS, None)


def test_features_say_what_training_saw(manifest):
    first = manifest.signature.inputs[0]
    assert (first.name, first.unit, first.minimum, first.maximum) == ("sepal_length", "cm", 0.0, 10.0)
    assert (first.seen_minimum, first.seen_maximum) == (4.3, 7.9)
    assert [feature.example for feature in manifest.signature.inputs] == [5.1, 3.5, 1.4, 0.2]


def test_says_what_it_was_made_of(manifest):
    assert manifest.estimator == "RandomForestClassifier"
    assert manifest.signature.task.classes == ["setosa", "versicolor", "virginica"]
    assert manifest.libraries == installed_libraries()
    assert manifest.training_data.rows == 150
    assert abs((datetime.now(UTC) - datetime.fromisoformat(manifest.created)).total_seconds()) < 60


def test_survives_its_own_json(manifest):
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_reference_counts_every_row(manifest):
    assert manifest.reference.classes == {"setosa": 50, "versicolor": 50, "virginica": 50}
    for name, column in zip(manifest.signature.names, IRIS.rows.T, strict=True):
        counts, edges = np.histogram(column, 10)
        assert manifest.reference.features[name].counts == counts.tolist()
        assert manifest.reference.features[name].edges == edges.tolist()


def test_golden_answers_are_the_estimators_own(manifest, forest):
    golden = manifest.golden
    assert golden.rows[0] == [5.1, 3.5, 1.4, 0.2]
    assert golden.values[0] == "setosa"
    assert golden.values == forest.predict(np.array(golden.rows)).tolist()
    assert golden.details == forest.predict_proba(np.array(golden.rows)).tolist()
    assert set(golden.values) == {"setosa", "versicolor", "virginica"}
    assert any(max(row) < 1 for row in golden.details)


def test_golden_rows_hold_midpoints_between_classes():
    rows = np.arange(40, dtype=np.float64).reshape(40, 1)
    labels = ["a"] * 39 + ["b"]
    better, plainest = golden_rows(rows, labels)
    golden = [row[0] for row in better]
    assert golden[:12] == [0, 3, 7, 10, 14, 17, 21, 24, 28, 31, 35, 39]
    assert golden[12:] == [(number + 39) / 2 for number in (0, 7, 14, 21, 28, 35)]
    assert [row[0] for row in plainest] == golden[:12]
    assert [rows.tolist() for rows in golden_rows(rows[:2], ["a", "a"])] == [[[0.0], [1.0]]] * 2
    whole, _ = golden_rows(rows, labels, [0])
    assert [row[0] for row in whole[12:]] == [(number + 39) // 2 for number in (0, 7, 14, 21, 28, 35)]


def test_an_encoder_that_knows_no_number_between_is_asked_those_of_training():
    rows = np.array([[2.0], [4.0]] * 20)
    dataset = replace(IRIS, inputs=(Integer(name="grade"),), rows=rows, labels=np.array([0, 1] * 20))
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, dataset.labels)
    found = describe("grades", model, dataset, Classification(classes=[0, 1]), None)
    assert {value for (value,) in found.golden.rows} == {2.0, 4.0}


@pytest.mark.parametrize("values", [[5.0, 5.0], [0.0, 0.0], [1e17, 1e17], [1.0, 1.0000000000000002], [5e-324, 0.0], [-3.4e38, 3.4e38]])
def test_histograms_of_values_that_lie_oddly(values):
    found = histogram(np.array(values))
    assert sum(found.counts) == 2
    assert len(found.edges) == len(found.counts) + 1
    assert all(low < high for low, high in zip(found.edges, found.edges[1:], strict=False))


def test_fingerprint_is_that_of_rows_and_labels():
    expected = hashlib.sha256(IRIS.rows.astype("<f8").tobytes() + json.dumps(IRIS.labels.tolist(), separators=(",", ":")).encode())
    assert fingerprint(IRIS) == expected.hexdigest()
    assert fingerprint(replace(IRIS, rows=np.asfortranarray(IRIS.rows))) == expected.hexdigest()
    assert fingerprint(replace(IRIS, labels=None)) != expected.hexdigest()
    assert fingerprint(replace(IRIS, rows=IRIS.rows[::-1])) != expected.hexdigest()


def test_without_labels_the_estimators_answers_count(forest):
    found = describe("iris", forest, replace(IRIS, labels=None), FLOWERS, None)
    assert sum(found.reference.classes.values()) == 150


def test_without_predict_proba_there_are_no_golden_probabilities():
    pipeline = make_pipeline(StandardScaler(), RidgeClassifier()).fit(IRIS.rows, IRIS.labels)
    found = describe("ridge", pipeline, IRIS, FLOWERS, None)
    assert found.golden.details is None
    assert found.estimator == estimator_name(pipeline) == "Pipeline(StandardScaler, RidgeClassifier)"


class Mute(DummyClassifier):
    def predict(self, X):  # noqa: N803 - scikit-learn's name
        raise RuntimeError(f"no answer to {len(X)} rows")


@pytest.mark.parametrize("dataset", [IRIS, replace(IRIS, labels=None)])
def test_an_estimator_that_cannot_answer_is_told(dataset):
    with pytest.raises(ArtifactError, match="RuntimeError: no answer"):
        describe("mute", Mute().fit(IRIS.rows, IRIS.labels), dataset, FLOWERS, None)


class Unsure(DummyClassifier):
    def predict_proba(self, X):  # noqa: N803 - scikit-learn's name
        return np.full((len(X), 3), np.nan)


def test_a_probability_that_is_not_finite_is_told_with_its_row():
    with pytest.raises(ArtifactError, match=r"Unsure gives \[5\.1, 3\.5, 1\.4, 0\.2\] a number that is not finite"):
        describe("unsure", Unsure().fit(IRIS.rows, IRIS.labels), IRIS, FLOWERS, None)


def test_classes_that_json_cannot_name_are_told():
    labels = np.array([b"x", b"y"] * 75, dtype=object)
    estimator = DummyClassifier().fit(IRIS.rows, labels)
    with pytest.raises(ArtifactError, match="DummyClassifier cannot be described"):
        describe("bytes", estimator, replace(IRIS, labels=None), FLOWERS, None)
