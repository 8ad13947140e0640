"""What a person may name for a bundle, and what is said of the rest."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.decoding.own_names import NO_NAMES
from iris_api.inference.manifest import MAX_CODE_BYTES, MAX_GLOBALS
from iris_api.training.own_classes import check_same_answers, needs_names, own_names
from tests.inference import own_steps
from tests.inference.own_bundles import FILE, LABELS, ROWS, source
from tests.inference.own_steps import Shift, scaled

SHIFT = f"{own_steps.__name__}:Shift"


@pytest.fixture
def code(tmp_path):
    (tmp_path / FILE).write_bytes(source())
    return tmp_path / FILE


def refused(allow, code=None, kind=ConfigurationError):
    with pytest.raises(kind) as refusal:
        own_names(allow, code)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_nothing_is_allowed_by_itself():
    assert own_names([], None) == NO_NAMES == {}


def test_classes_and_functions_are_named_or_given():
    expected = {(own_steps.__name__, "Shift"): Shift, (own_steps.__name__, "scaled"): scaled}
    assert own_names([SHIFT, Shift, scaled], None) == expected


def test_a_class_of_a_script_is_that_of_the_file(code):
    kind = type("AddRatio", (Shift,), {"__module__": "__main__"})
    found = own_names([kind, "features:scaled", "__main__:scaled"], code)
    assert set(found) == {(module, name) for module in ("features", "__main__") for name in ("AddRatio", "scaled")}
    assert found["__main__", "AddRatio"] is found["features", "AddRatio"] is not kind
    assert own_names([found["features", "AddRatio"]], code) == own_names(["features:AddRatio"], code)


def test_the_file_may_stand_beside_an_installed_module(code):
    assert set(own_names(["features:AddRatio", SHIFT], str(code))) == {
        ("features", "AddRatio"),
        ("__main__", "AddRatio"),
        (own_steps.__name__, "Shift"),
    }


def test_a_class_of_a_script_needs_a_file():
    kind = type("AddRatio", (Shift,), {"__module__": "__main__"})
    for given in (kind, "__main__:AddRatio"):
        assert "put it in a file, and add --code features.py --allow features:AddRatio" in refused([given])


@pytest.mark.parametrize("name", ["features.AddRatio", "features:AddRatio.fit", "features", ":x", "a b:c", "x:" + "y" * 200])
def test_a_name_has_a_module_and_a_class(name):
    assert "must be module:name, such as features:AddRatio" in refused([name])


@pytest.mark.parametrize("name", ["os:system", "numpy:load", "sklearn.tree:DecisionTreeClassifier", "iris_api.cli:main", "builtins:eval"])
def test_a_name_is_not_of_python_or_a_library(name):
    assert "is of Python or of a library" in refused([name])


def test_a_local_class_is_refused():
    class Local:
        pass

    assert "of a class or function at the top level" in refused([Local])


def test_too_many_names_are_refused():
    assert f"a bundle can have {MAX_GLOBALS}" in refused([f"features:f{number}" for number in range(MAX_GLOBALS + 1)])


def test_a_file_without_a_name_of_it_is_refused(code):
    for allow in ([], [SHIFT]):
        assert f"--code {code} needs --allow features:NAME" in refused(allow, code)


def test_what_is_no_file_of_ones_own_is_refused(tmp_path):
    assert "cannot be read (No such file" in refused(["features:x"], tmp_path / "features.py")
    (tmp_path / "large.py").write_bytes(b"#" * (MAX_CODE_BYTES + 1))
    assert f"has more than {MAX_CODE_BYTES} bytes" in refused(["large:x"], tmp_path / "large.py")
    for name in ("features.ipynb", "my-features.py", "statistics.py", "numpy.py", "__main__.py"):
        (tmp_path / name).write_text("")
        assert "must be a Python file with a name of its own" in refused(["features:x"], tmp_path / name)


def test_a_name_that_the_file_does_not_define_is_refused(code):
    for name in ("system", "path", "alias", "Missing"):
        assert f"--allow names features:{name}, which is no class or function" in refused([f"features:{name}"], code, ArtifactError)


def test_a_file_with_other_code_than_the_models_is_refused(code):
    kind = own_names(["features:AddRatio"], code)["features", "AddRatio"]
    model = make_pipeline(kind(), LogisticRegression()).fit(ROWS, LABELS)
    check_same_answers(model, model, ROWS, code)
    other = make_pipeline(kind(), LogisticRegression()).fit(ROWS, np.where(LABELS == "bad", "good", "bad"))
    with pytest.raises(ArtifactError, match=r"answers otherwise with .*features.py than without"):
        check_same_answers(model, other, ROWS, code)
    with pytest.raises(ArtifactError, match=r"cannot predict X with .*features.py"):
        check_same_answers(model, make_pipeline(kind(), LogisticRegression()), ROWS, code)


class ByName(TransformerMixin, BaseEstimator):
    def fit(self, _rows, _labels=None):
        return self

    def transform(self, rows):
        return rows["a"].to_numpy()[:, None] / rows["b"].to_numpy()[:, None]


def test_code_that_asks_for_names_gets_them():
    frame = pd.DataFrame(ROWS, columns=["a", "b"])
    by_name = make_pipeline(ByName(), LogisticRegression()).fit(frame, LABELS)
    by_place = make_pipeline(Shift(), LogisticRegression()).fit(frame, LABELS)
    assert needs_names(by_name, ROWS, ["a", "b"])
    assert not needs_names(by_name, ROWS, ["a", "c"])
    assert not needs_names(by_place, ROWS, ["a", "b"])
    assert not needs_names(LogisticRegression(), ROWS, ["a", "b"])
