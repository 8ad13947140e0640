"""A family: its installed version, and what it says where its library is missing."""

import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.families.family import Family, one_job


def family(library="json", distributions=("no-such-package",), **more):
    return Family(library, distributions, 0.0, **more)


def test_the_version_is_that_of_the_first_package_that_is_installed():
    assert family(distributions=("no-such-package", "scikit-learn")).version().startswith("1.")


def test_no_package_has_no_version():
    assert family().version() is None


def test_a_missing_library_is_named_with_the_command_that_installs_it():
    with pytest.raises(ArtifactError, match=r"no_such_library.*install it: pip install 'iris-api\[no_such_library\]'"):
        family("no_such_library").load()


def test_a_library_is_warmed_up_once_it_is_imported():
    done = []
    family(warm_up=lambda: done.append(True)).load()
    assert done == [True]


def test_an_estimator_is_kept_to_one_thread():
    class Estimator:
        n_jobs = None

    estimator = Estimator()
    one_job(estimator)
    assert estimator.n_jobs == 1
