"""Rows and answers of another size reach no compiled code that trusts their size."""

import pickle

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import RadiusNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.decoding.row_checks import add_row_check
from tests.inference.own_steps import Trailing

ROWS = np.random.default_rng(18).normal(size=(40, 3))
LABELS = np.arange(40) % 3


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_the_answers_stay_as_they_are(algorithm, weights):
    model = RadiusNeighborsClassifier(3.0, algorithm=algorithm, weights=weights).fit(ROWS, LABELS)
    before = model.predict_proba(ROWS), model.predict(ROWS)
    add_row_check(model)
    assert isinstance(model, RadiusNeighborsClassifier)
    assert model.predict_proba(ROWS).tobytes() == before[0].tobytes()
    assert model.predict(ROWS).tolist() == before[1].tolist()


@pytest.mark.parametrize("width", [1, 2, 4, 50])
def test_rows_of_another_width_are_refused(width):
    model = RadiusNeighborsClassifier(3.0, algorithm="brute").fit(ROWS, LABELS)
    add_row_check(model)
    for ask in (model.predict_proba, model.predict):
        with pytest.raises(ValueError, match=f"X has {width} features, but RadiusNeighborsClassifier is expecting 3"):
            ask(np.zeros((5, width)))


STARTS = [None, "zero", GaussianNB(), LogisticRegression()]


@pytest.mark.parametrize("start", STARTS, ids=["prior", "zero", "bayes", "lines"])
@pytest.mark.parametrize("classes", [2, 3])
def test_boosting_from_a_start_of_its_shape_answers_as_before(start, classes):
    model = GradientBoostingClassifier(n_estimators=3, init=start).fit(ROWS, LABELS % classes)
    before = model.predict_proba(ROWS), model.predict(ROWS)
    add_row_check(model)
    assert isinstance(model, GradientBoostingClassifier)
    assert model.predict_proba(ROWS).tobytes() == before[0].tobytes()
    assert model.predict(ROWS).tolist() == before[1].tolist()


@pytest.mark.parametrize("start", [None, "zero", LinearRegression()], ids=["mean", "zero", "line"])
def test_boosting_of_numbers_from_a_start_of_its_shape_answers_as_before(start):
    model = GradientBoostingRegressor(n_estimators=3, init=start).fit(ROWS, LABELS)
    before = model.predict(ROWS)
    add_row_check(model)
    assert model.predict(ROWS).tobytes() == before.tobytes()


@pytest.mark.parametrize(("outputs", "shape"), [(0, r"\(40, 0\)"), (2, r"\(40, 2\)")])
def test_a_start_of_other_outputs_is_never_written_to(outputs, shape):
    model = GradientBoostingRegressor(n_estimators=3, init=LinearRegression()).fit(ROWS, LABELS)
    model.init_.fit(ROWS, np.zeros((40, outputs + 1)))
    model.init_.coef_, model.init_.intercept_ = model.init_.coef_[:outputs], model.init_.intercept_[:outputs]
    add_row_check(model)
    with pytest.raises(ValueError, match=rf"of the shape {shape} where \(40, 1\) is needed"):
        model.predict(ROWS)


def vote_of_two_outputs():
    """It gives the mean of the probabilities of its members, an array of (outputs, rows, classes)."""
    vote = VotingClassifier([("line", LogisticRegression())], voting="soft").fit(ROWS, LABELS)
    vote.estimators_ = [DecisionTreeClassifier().fit(ROWS, np.c_[LABELS > 0, LABELS > 1])]
    return vote


def test_a_start_of_fewer_rows_is_never_written_to():
    model = GradientBoostingClassifier(n_estimators=3).fit(ROWS, LABELS > 0)
    model.init_ = vote_of_two_outputs()
    add_row_check(model)
    with pytest.raises(ValueError, match=r"of the shape \(2, 2\) where \(40, 1\) is needed"):
        model.predict_proba(ROWS)


def test_a_start_of_fewer_columns_is_never_written_to():
    model = GradientBoostingClassifier(n_estimators=3).fit(ROWS, LABELS)
    model.init_ = GaussianNB().fit(ROWS, LABELS > 0)
    add_row_check(model)
    with pytest.raises(ValueError, match=r"of the shape \(40, 2\) where \(40, 3\) is needed"):
        model.predict(ROWS)


@pytest.mark.parametrize(
    "model", [GradientBoostingClassifier(n_estimators=2), GradientBoostingRegressor(n_estimators=2), RadiusNeighborsClassifier(3.0)]
)
def test_a_pickle_has_no_trace_of_the_check(model):
    model.fit(ROWS, LABELS)
    before = pickle.dumps(model)
    add_row_check(model)
    again = pickle.loads(pickle.dumps(model))
    assert pickle.dumps(model) == before
    assert type(again).__module__.startswith("sklearn.")


def categorical():
    model = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5, categorical_features=[0])
    return model.fit(np.c_[LABELS, ROWS], LABELS)


def test_boosting_of_categories_answers_as_before():
    model = categorical()
    rows = np.c_[LABELS, ROWS]
    before = model.predict_proba(rows)
    add_row_check(model)
    assert model.predict_proba(rows).tobytes() == before.tobytes()


def test_a_preprocessor_that_gives_fewer_columns_is_not_followed():
    model = categorical()
    model._preprocessor.transformers_ = model._preprocessor.transformers_[:1]
    add_row_check(model)
    with pytest.raises(ValueError, match=r"gives an array of the shape \(40, 1\) where 4 columns are needed"):
        model.predict(np.c_[LABELS, ROWS])


def test_boosting_that_validates_its_rows_itself_stays_as_it_is():
    model = HistGradientBoostingClassifier(max_iter=2).fit(ROWS, LABELS)
    add_row_check(model)
    assert type(model) is HistGradientBoostingClassifier


def test_others_stay_as_they_are():
    model = LogisticRegression()
    add_row_check(model)
    assert type(model) is LogisticRegression


@pytest.mark.parametrize("member", [LogisticRegression(), GaussianNB(), Ridge(), DecisionTreeClassifier(random_state=0)], ids=str)
@pytest.mark.parametrize(
    "target", [LABELS, LABELS > 0, np.c_[LABELS > 0, LABELS > 1, LABELS < 1].astype(int)], ids=["three", "two", "many"]
)
def test_one_against_the_rest_answers_as_before(member, target):
    model = OneVsRestClassifier(member).fit(ROWS, target)
    before = model.predict(ROWS)
    add_row_check(model)
    after = model.predict(ROWS)
    assert (after.dtype, after.tolist()) == (before.dtype, before.tolist())
    assert type(pickle.loads(pickle.dumps(model))) is OneVsRestClassifier


def test_members_with_more_answers_than_rows_number_no_row_outside():
    model = OneVsRestClassifier(LogisticRegression()).fit(ROWS, np.c_[LABELS > 0, LABELS > 1].astype(int))
    add_row_check(model)
    for member in (LogisticRegression().fit(ROWS, LABELS), Trailing().fit(ROWS, LABELS > 0)):
        model.estimators_[0] = member
        with pytest.raises(ValueError, match="gives another number of answers than one for each of the 40 rows"):
            model.predict(ROWS)
