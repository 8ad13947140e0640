"""Names that can be the user's own, and what is said of those that are not allowed."""

import cloudpickle
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.decoding.decode_errors import ForeignName, OwnName
from iris_api.inference.decoding.own_names import NO_NAMES, is_own, is_own_module, name_check
from iris_api.inference.unpickling import unpickle
from tests.inference.own_steps import Shift, scaled

NEVER_OWN = [
    "os",
    "posix",
    "builtins",
    "__builtin__",
    "copy_reg",
    "commands",
    "Sklearn.tree",
    "__main__",
    "__init__",
    "numpy",
    "sklearn.tree",
    "iris_api.errors",
]


@pytest.mark.parametrize("module", NEVER_OWN)
def test_python_libraries_and_this_service_are_never_the_users_own(module):
    assert not is_own_module(module)


@pytest.mark.parametrize("module", ["features", "features@0123", "company.steps", "sklearn_extra.cluster", "numpyx"])
def test_other_modules_can_be(module):
    assert is_own_module(module)


def test_classes_functions_and_instances_are_told_from_those_of_libraries():
    assert all(map(is_own, (Shift, Shift(), scaled)))
    assert not any(map(is_own, (1, None, len, dict, NO_NAMES, {}.keys())))


@pytest.mark.parametrize("name", [("features", "AddRatio"), ("__main__", "AddRatio"), ("a.b", "c")])
def test_a_name_that_can_be_own_is_refused_as_such_unless_it_is_given(name):
    with pytest.raises(OwnName, match=rf"{name[0]}\.{name[1]}"):
        name_check(NO_NAMES)(*name)
    name_check({name: Shift})(*name)


@pytest.mark.parametrize("name", [("os", "system"), ("features", "os.system"), ("features", "a b"), ("f" * 200, "x"), ("", "x")])
def test_what_no_class_of_ones_own_can_be_called_is_refused_without_advice(name):
    with pytest.raises(ForeignName) as refusal:
        name_check({("features", "os"): Shift})(*name)
    assert not isinstance(refusal.value, OwnName)


def test_each_advice_says_what_to_add():
    said = {}
    for module in ("__main__", "features", "company.steps"):
        with pytest.raises(ArtifactError) as refusal:
            unpickle(f"c{module}\nAddRatio\n.".encode(), "the model churn")
        said[module] = str(refusal.value)
    assert said["__main__"] == (
        "the model churn holds __main__.AddRatio, which was defined in a notebook or script, and no service can import it from there;"
        " move it to a Python file, such as features.py, and add --allow features:AddRatio, and --code features.py, which puts the"
        " file into the bundle (docs/your-own-model.md)"
    )
    assert "add --allow features:AddRatio, and add --code features.py or install its package" in said["features"]
    assert "add --allow company.steps:AddRatio, and install its package where the model is served" in said["company.steps"]


def test_a_pickle_of_cloudpickle_is_refused_in_words():
    class Local:
        pass

    for pickled in (cloudpickle.dumps(Local()), b"ccloudpickle.cloudpickle\n_make_skeleton_class\n."):
        with pytest.raises(ArtifactError, match=r"written by cloudpickle, which puts code into the pickle; put the code in a file"):
            unpickle(pickled, "the model churn")
