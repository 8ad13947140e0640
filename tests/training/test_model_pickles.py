"""A bundle's pickle names what is the user's own by the module that the user knows, and says what it named."""

import io

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from iris_api.inference.unpickling import unpickle
from iris_api.training.model_pickles import pickle_model
from iris_api.training.own_classes import own_names
from tests.inference import own_steps
from tests.inference.own_bundles import FILE, LABELS, NAMES, ROWS, fitted, source
from tests.inference.own_steps import Shift, scaled


def test_a_model_without_code_of_its_own_is_a_plain_dump():
    model = make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit(ROWS, LABELS)
    stream = io.BytesIO()
    joblib.dump(model, stream)
    pickled = pickle_model(model)
    assert (pickled.content, pickled.names, pickled.code) == (stream.getvalue(), (), None)
    assert pickled.files == {"model.joblib": stream.getvalue()}


def test_installed_classes_and_functions_are_named_as_they_are():
    model = make_pipeline(Shift(), FunctionTransformer(scaled), LogisticRegression()).fit(ROWS, LABELS)
    pickled = pickle_model(model)
    assert pickled.names == (f"{own_steps.__name__}:Shift", f"{own_steps.__name__}:scaled")
    assert (pickled.code.file, list(pickled.files)) == (None, ["model.joblib"])


def test_those_of_a_file_are_named_by_the_file(tmp_path):
    model = fitted(tmp_path)
    pickled = pickle_model(model)
    assert pickled.names == tuple(sorted(NAMES))
    assert pickled.files == {"model.joblib": pickled.content, FILE: source()}
    assert (pickled.code.file.file, pickled.code.file.size_bytes) == (FILE, len(source()))
    assert b"features@" not in pickled.content
    again = unpickle(pickled.content, "the model", own=own_names(sorted(NAMES), tmp_path / FILE))
    assert again.predict_proba(ROWS).tobytes() == model.predict_proba(ROWS).tobytes()


def test_a_name_that_the_model_does_not_hold_is_not_in_the_bundle(tmp_path):
    model = fitted(tmp_path)
    model.steps.pop(1)
    assert pickle_model(model).names == ("features:AddRatio",)


@pytest.mark.parametrize("value", [np.log1p, len, int, None, [scaled, scaled]], ids=str)
def test_only_what_is_ones_own_is_counted(value):
    assert len(pickle_model(value).names) == isinstance(value, list)
