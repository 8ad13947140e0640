"""Instances of plain classes: attributes and nothing else."""

import pytest
import sklearn
from sklearn._loss.link import Interval, LogitLink
from sklearn.linear_model import LassoLars
from sklearn.svm import SVC
from sklearn.utils import Bunch

from iris_api.inference.decoding.decode_errors import MadeWithAnother, Refused
from iris_api.inference.decoding.instances import CONSTRUCTORS, make_instance
from iris_api.inference.decoding.values import ABSENT

HERE = {"_sklearn_version": sklearn.__version__}


def test_an_estimator_gets_its_attributes_and_no_version():
    state = HERE | {"C": 2, "kernel": "rbf"}
    made = make_instance(SVC)((), state)
    assert vars(made) == {"C": 2, "kernel": "rbf"}
    assert "_sklearn_version" in state


def test_two_instances_of_one_state_share_nothing():
    state = HERE | {"C": 2}
    one, other = make_instance(SVC)((), state), make_instance(SVC)((), state)
    one.C = 3
    assert other.C == 2


def test_a_class_that_is_no_estimator_says_no_version():
    assert vars(make_instance(LogitLink)((), ABSENT)) == {}
    interval = Interval(0, 1, False, True)
    assert make_instance(Interval)((), dict(vars(interval))) == interval


def test_another_version_is_refused_with_its_name():
    with pytest.raises(MadeWithAnother) as refusal:
        make_instance(SVC)((), {"_sklearn_version": "0.1"})
    assert refusal.value.version == "0.1"


@pytest.mark.parametrize("version", [{}, {"_sklearn_version": None}, {"_sklearn_version": 1.9}])
def test_an_estimator_without_a_version_is_refused(version):
    with pytest.raises(Refused, match="does not say which scikit-learn"):
        make_instance(SVC)((), {"C": 1} | version)


@pytest.mark.parametrize("name", ["predict", "predict_proba", "_validate_for_predict", "coef_", "_impl", "_sparse_kernels"])
def test_an_attribute_hides_nothing_of_the_class(name):
    with pytest.raises(Refused, match=f"attribute {name} hides that of its class"):
        make_instance(SVC)((), HERE | {name: 1})


def test_a_parameter_may_have_the_name_of_a_value_of_a_class_above():
    assert make_instance(LassoLars)((), HERE | {"positive": True}).positive is True
    with pytest.raises(Refused, match="attribute method hides that of its class"):
        make_instance(LassoLars)((), HERE | {"method": "lar"})


@pytest.mark.parametrize("name", ["__sklearn_tags__", "__dict__", "a b", "", 1])
def test_an_attribute_has_a_plain_name(name):
    with pytest.raises(Refused, match="not a plain name"):
        make_instance(SVC)((), HERE | {name: 1})


def test_a_bunch_is_made_of_its_items_alone():
    bunch = CONSTRUCTORS["sklearn.utils._bunch", "Bunch"]
    assert type(bunch((), {"ignored": 1})) is Bunch
    assert bunch((), ABSENT) == {}
    for arguments, state in (((1,), ABSENT), ((), [1])):
        with pytest.raises(Refused, match="a Bunch of more"):
            bunch(arguments, state)
