"""Which library an estimator is of; asking imports none of them."""

import subprocess
import sys

import pytest
from sklearn.dummy import DummyClassifier

from iris_api.inference.families.known import FAMILIES, family_of
from iris_api.inference.manifest import Libraries
from tests.inference.families.models import LIBRARIES, estimator
from tests.servers import PROJECT, clean_environment


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_estimator_is_of_its_library(library):
    assert family_of(estimator(library, "binary")) is FAMILIES[library]


def test_scikit_learn_is_no_family():
    assert family_of(DummyClassifier()) is None


def test_every_family_has_its_member_in_a_manifest():
    assert set(LIBRARIES) == FAMILIES.keys() <= Libraries.model_fields.keys()


def test_nothing_is_imported_before_a_bundle_needs_it():
    program = (
        "import sys, iris_api.app, iris_api.training.bring; from iris_api.inference.families.known import FAMILIES;"
        "print(*(FAMILIES.keys() & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
