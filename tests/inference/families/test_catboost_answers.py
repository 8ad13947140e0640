"""CatBoost's estimators in service: one thread, a label a row, and the pickle of the plain class."""

import os
import pickle

import catboost
from sklearn.base import clone

from iris_api.inference.families.catboost_answers import prepare_catboost, warm_up_catboost
from tests.inference.families.models import case, plain_case


def prepared(kind):
    given = plain_case("catboost", kind)
    made = pickle.loads(pickle.dumps(given.model))
    prepare_catboost(made)
    return made, given


def test_classes_are_a_row_of_labels():
    made, given = prepared("multiclass")
    assert given.model.predict(given.data).shape == (240, 1)
    assert made.predict(given.data).tolist() == given.model.predict(given.data).ravel().tolist()
    assert made.predict(given.data[:1]).shape == (1,)


def test_probabilities_and_numbers_stay_as_they_are():
    made, given = prepared("binary")
    assert (made.predict_proba(given.data) == given.model.predict_proba(given.data)).all()
    made, given = prepared("regression")
    assert (made.predict(given.data) == given.model.predict(given.data)).all()
    assert not hasattr(made, "predict_proba")


def test_its_pickle_is_of_the_plain_class():
    made, given = prepared("binary")
    assert type(pickle.loads(pickle.dumps(made))) is catboost.CatBoostClassifier
    assert made.classes_.tolist() == given.model.classes_.tolist()


def test_an_unfitted_copy_answers_alike_once_it_is_fitted():
    given = case("catboost", "multiclass")
    prepare_catboost(made := pickle.loads(pickle.dumps(given.model)))
    copied = clone(made).fit(given.data, given.target)
    assert copied.get_params()["cat_features"] == ["city", "grade"]
    assert copied.predict(given.data).tolist() == given.model.predict(given.data).ravel().tolist()


def test_nothing_is_mapped_for_the_first_model_once_it_is_warm():
    warm_up_catboost()
    before = _mapped()
    pickle.loads(pickle.dumps(plain_case("catboost", "binary").model))
    assert _mapped() - before < 256 * 1024 * 1024


def _mapped():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
