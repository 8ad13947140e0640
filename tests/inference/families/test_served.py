"""Models of each library are bundled, and answer bit for bit as their own estimators do, one row or many."""

import math

import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference import libraries
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.families.known import FAMILIES
from iris_api.inference.model_loader import verify
from iris_api.training.bring import bundle_model
from tests.inference.bundles import edit
from tests.inference.families.models import KINDS, LIBRARIES, case, plain_case

ASKED = 200
LIMITS = BundleLimits()


def served(folder):
    return verify(read_bundle(folder, LIMITS.max_artifact_bytes), LIMITS)


def values_of(data):
    """The first rows as validated requests have them."""
    listed = data[:ASKED].tolist() if isinstance(data, np.ndarray) else data[:ASKED].astype(object).to_numpy().tolist()
    return [[None if isinstance(value, float) and math.isnan(value) else value for value in row] for row in listed]


def assert_equal(predictor, model, data, kind):
    rows, head = values_of(data), data[:ASKED]
    batch, ones = predictor.predict(rows), [predictor.predict_row(row) for row in rows]
    wanted = np.asarray(model.predict(head)).ravel().tolist()
    assert len(rows) == ASKED
    assert batch.values == wanted
    assert [one.values[0] for one in ones] == wanted
    if kind == "regression":
        assert batch.details is None
        return
    probabilities = model.predict_proba(head).tolist()
    assert batch.details == probabilities
    assert [one.details[0] for one in ones] == probabilities
    assert {type(value) for value in wanted} <= {int, str}
    assert predictor.task.classes == np.asarray(model.classes_).tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_table_with_categories_and_missing_values_is_answered_as_by_the_estimator(library, kind, tmp_path):
    given = case(library, kind)
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)
    predictor = served(made.path)
    assert made.manifest.signature.layout.kind == "frame"
    assert_equal(predictor, given.model, given.data, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_an_array_with_missing_values_is_answered_as_by_the_estimator(library, kind, tmp_path):
    given = plain_case(library, kind)
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)
    assert made.manifest.signature.layout.kind == "matrix"
    assert_equal(served(made.path), given.model, given.data, kind)


@pytest.mark.parametrize("library", LIBRARIES)
def test_figures_come_from_unfitted_copies(library, tmp_path):
    given = case(library, "multiclass")
    metrics = bundle_model(given.model, given.data, given.target, name="mine", artifacts=tmp_path).manifest.metrics
    assert metrics.accuracy.mean > 0.45


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_manifest_names_the_library_and_a_bundle_without_it_is_refused(library, tmp_path):
    given = plain_case(library, "regression")
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)
    assert getattr(made.manifest.libraries, library) == FAMILIES[library].version()
    others = FAMILIES.keys() - {library}
    assert all(getattr(made.manifest.libraries, other) is None for other in others)
    edit(made.path, lambda content: content["libraries"].pop(library))
    with pytest.raises(ArtifactError, match=f"holds an estimator of {library}, which its manifest does not name; build the bundle again"):
        served(made.path)


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_version_of_the_library_is_a_warning(library, tmp_path):
    given = plain_case(library, "regression")
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)
    edit(made.path, lambda content: content["libraries"].update({library: "0.9"}))
    assert read_bundle(made.path, LIMITS.max_artifact_bytes).warnings == (
        f"the model was trained with {library} 0.9, this is {FAMILIES[library].version()}",
    )


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_missing_library_is_refused_with_the_command_that_installs_it(library, tmp_path, monkeypatch):
    given = plain_case(library, "regression")
    made = bundle_model(given.model, given.data, name="mine", artifacts=tmp_path)

    def nowhere(_name):
        raise libraries.metadata.PackageNotFoundError

    monkeypatch.setattr("iris_api.inference.families.family.metadata.version", nowhere)
    with pytest.raises(ArtifactError, match=rf"needs {library}, which is not installed; install it: pip install 'iris-api\[{library}\]'"):
        read_bundle(made.path, LIMITS.max_artifact_bytes)
