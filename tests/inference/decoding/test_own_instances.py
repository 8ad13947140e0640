"""Instances of classes of the user's own: their attributes and nothing more, whatever a pickle says of them."""

import copy
import importlib
import pickle

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.unpickling import check_estimator, estimators_in, forget_names, holds_own
from tests.inference import own_steps
from tests.inference.bundles import dumped
from tests.inference.decoding.assembler import Code, build, call, name, new, pickled, push
from tests.inference.decoding.comparisons import WRITERS
from tests.inference.own_steps import Doubled, Forest, Remembering, Shift, Slotted, Table, scaled

MODULE = own_steps.__name__
OWN = {(MODULE, kind.__name__): kind for kind in (Doubled, Forest, Remembering, Shift, Slotted, Table, scaled)}
ROWS = np.random.default_rng(5).normal(size=(30, 3))
LABELS = np.arange(30) % 3


def refused(model):
    with pytest.raises(Refused) as refusal:
        decode(dumped(model), OWN)
    return str(refusal.value)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_pipeline_with_steps_of_ones_own_answers_as_before(writer):
    model = make_pipeline(Shift(), Doubled(), LogisticRegression()).fit(ROWS, LABELS)
    loaded = decode(WRITERS[writer](model), OWN)
    assert type(loaded[0]) is Shift
    assert loaded.predict_proba(ROWS).tobytes() == model.predict_proba(ROWS).tobytes()


def test_without_the_name_it_is_refused():
    with pytest.raises(Refused, match=r"own_steps\.Shift"):
        decode(dumped(Shift().fit(ROWS)))


def test_an_attribute_may_replace_a_default_of_its_class():
    model = Shift().fit(ROWS)
    model.factor = 3.0
    assert vars(decode(dumped(model), OWN)) == {"parts": None, "shift_": model.shift_, "factor": 3.0}


@pytest.mark.parametrize("attribute", ["transform", "fit", "get_params", "_get_param_names", "__class__", "_repr_html_"])
def test_an_attribute_may_not_hide_a_method_or_what_scikit_learn_defines(attribute):
    model = Shift().fit(ROWS)
    vars(model)[attribute] = 1
    assert "Shift" in refused(model)


def test_a_class_gets_its_state_from_its_own_setstate():
    loaded = decode(dumped(Shift(Remembering(4))), OWN)
    assert loaded.parts.squares == {0: 0, 1: 1, 2: 4, 3: 9}


def test_a_setstate_that_raises_is_a_refusal():
    forged = pickled(build(new(f"{MODULE}.Remembering"), "many"))
    with pytest.raises(Refused, match=r"the __setstate__ of its Remembering raised an error \(TypeError: "):
        decode(forged, OWN)


def test_a_class_that_extends_one_with_checks_is_refused():
    assert "its Forest extends RandomForestClassifier of scikit-learn" in refused(Forest(2).fit(ROWS, LABELS))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("catboost", "CatBoostClassifier"),
        ("lightgbm", "LGBMClassifier"),
        ("xgboost", "XGBClassifier"),
        ("scipy.sparse", "csr_matrix"),
        ("pandas", "DataFrame"),
    ],
)
def test_a_class_that_extends_one_of_another_library_is_refused(module, name):
    base = getattr(importlib.import_module(module), name)
    mine = type("Mine", (base,), {"__module__": MODULE})
    with pytest.raises(Refused, match=rf"its Mine extends \w+ of {module.partition('.')[0]}, whose content is checked in that very class"):
        decode(pickled(build(new(f"{MODULE}.Mine"), {"a": 1})), {(MODULE, "Mine"): mine})


def test_what_is_more_than_its_attributes_is_refused():
    slotted = Slotted()
    slotted.x = 1
    assert "Slotted" in refused(Shift(slotted))
    with pytest.raises(Refused):
        decode(pickle.dumps(Shift(Table(a=1))), OWN)


def test_a_compiled_part_outside_its_estimator_is_refused():
    model, tree = Shift().fit(ROWS), DecisionTreeClassifier().fit(ROWS, LABELS)
    for attribute, part in (("tree_", tree.tree_), ("label_binarizer_", LabelBinarizer().fit([1, 2, 3]))):
        broken = copy.copy(model)
        setattr(broken, attribute, part)
        assert "outside the estimator that it belongs to" in refused(broken)
    model.tree = tree
    assert decode(dumped(model), OWN).tree.predict(ROWS).tolist() == tree.predict(ROWS).tolist()


HOSTILE = {
    "a function that is called": call(f"{MODULE}.scaled", 1),
    "a class with arguments": call(f"{MODULE}.Shift", 1),
    "a class as an argument": call("builtins.frozenset", name(f"{MODULE}.Shift")),
    "a chain of attributes": Code(push(MODULE) + push("np.load") + b"\x93"),
    "an alias": name(f"{MODULE}.ALIAS"),
    "an imported name": name(f"{MODULE}.np"),
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_a_name_is_only_ever_a_reference_or_a_plain_instance(code):
    with pytest.raises(Refused):
        decode(pickled(code), OWN)


def test_a_function_or_class_is_a_reference():
    assert decode(dumped([scaled, Shift]), OWN) == [scaled, Shift]


def test_estimators_inside_ones_own_are_prepared_too():
    inner = GradientBoostingClassifier(n_estimators=2, init=RandomForestClassifier(2, n_jobs=2)).fit(ROWS, LABELS)
    holder = Remembering(0)
    holder.kept = inner
    model = make_pipeline(Shift(holder), LogisticRegression()).fit(ROWS, LABELS)
    assert inner in estimators_in(model)
    check_estimator(model, "the model")
    assert inner.init_.n_jobs == 1
    inner.init_ = LogisticRegression().fit(ROWS, LABELS % 2)
    with pytest.raises(ValueError, match="of the shape"):
        inner.predict(ROWS)


def test_a_decoded_estimator_is_checked_wherever_its_holder_keeps_it():
    boosting = GradientBoostingClassifier(n_estimators=2, init=DecisionTreeClassifier()).fit(ROWS, LABELS)
    loaded = decode(dumped(Shift([boosting])), OWN).parts[0]
    loaded.init_ = LogisticRegression().fit(ROWS, LABELS % 2)
    with pytest.raises(ValueError, match="of the shape"):
        loaded.predict(ROWS)


def test_names_of_columns_stay_with_ones_own():
    model = make_pipeline(Shift(), LogisticRegression()).fit(ROWS, LABELS)
    for step in (model[0], model[1]):
        step.feature_names_in_ = np.array(["a", "b", "c"], object)
    forget_names(model)
    assert hasattr(model[0], "feature_names_in_")
    assert not hasattr(model[1], "feature_names_in_")


def test_whether_an_estimator_holds_ones_own_is_found_in_any_place():
    assert holds_own(make_pipeline(Shift(), LogisticRegression()))
    assert holds_own(LogisticRegression(class_weight=[{"x": (scaled,)}]))
    assert not holds_own(make_pipeline(LogisticRegression()))
