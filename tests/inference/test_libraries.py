"""Versions of libraries: another scikit-learn is refused, others are told of, pandas only where it is used."""

import pytest
import sklearn

from iris_api.errors import ArtifactError
from iris_api.inference.layouts import Frame, Matrix
from iris_api.inference.libraries import compare_libraries, installed_libraries
from tests.inference.bundles import manifest_of


@pytest.fixture
def manifest(tree, rows):
    return manifest_of(tree, rows[:3])


def with_versions(manifest, **versions):
    return manifest.model_copy(update={"libraries": manifest.libraries.model_copy(update=versions)})


def test_the_same_versions_need_no_word(manifest):
    assert compare_libraries("manifest.json", manifest) == ()


def test_another_scikit_learn_is_refused_with_both_versions(manifest):
    with pytest.raises(ArtifactError, match=rf"manifest\.json.*1\.0\.0.*{sklearn.__version__}"):
        compare_libraries("manifest.json", with_versions(manifest, scikit_learn="1.0.0"))


def test_other_libraries_that_differ_are_told_of(manifest):
    assert compare_libraries("manifest.json", with_versions(manifest, numpy="1.0", python="3.0")) == (
        f"the model was trained with python 3.0, this is {installed_libraries().python}",
        f"the model was trained with numpy 1.0, this is {installed_libraries().numpy}",
    )


def test_pandas_counts_only_where_rows_are_frames():
    assert installed_libraries(Matrix()).pandas is None
    import pandas as pd

    assert installed_libraries(Frame(dtypes=["float64"])).pandas == pd.__version__
