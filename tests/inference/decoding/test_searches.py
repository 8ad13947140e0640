"""Pickles as people have them: a search gives its best estimator, a container says what is in it, and nothing else is built."""

import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import scipy.stats
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - the import is what enables it
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iris_api.inference.decoding.decode_errors import Damaged, ForeignName, NotServed, Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.searches import Container, decode_model
from tests.inference.bundles import dumped

rng = np.random.default_rng(5)
ROWS = rng.normal(size=(60, 3))
LABELS = (ROWS.sum(axis=1) > 0).astype(int)
GRID = {"C": [0.1, 1.0]}
SEARCHES = {
    "grid": lambda: GridSearchCV(LogisticRegression(), GRID, cv=2),
    "several scores": lambda: GridSearchCV(LogisticRegression(), GRID, cv=2, scoring=["accuracy", "f1"], refit="f1"),
    "a scorer": lambda: GridSearchCV(LogisticRegression(), GRID, cv=RepeatedStratifiedKFold(n_splits=2), scoring=make_scorer(f1_score)),
    "distributions": lambda: RandomizedSearchCV(LogisticRegression(), {"C": scipy.stats.loguniform(0.1, 2)}, n_iter=2, cv=2),
    "halving": lambda: HalvingGridSearchCV(LogisticRegression(), GRID, cv=2),
    "random halving": lambda: HalvingRandomSearchCV(LogisticRegression(), {"C": scipy.stats.uniform(0.1, 2)}, cv=2),
    "a pipeline": lambda: GridSearchCV(make_pipeline(StandardScaler(), KNeighborsClassifier()), {"kneighborsclassifier__p": [1, 2]}, cv=2),
}


class Calls:
    """Pickled, it is a call of ``function`` that happens on unpickling."""

    def __init__(self, function, *arguments) -> None:
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_gives_its_best_estimator(search):
    fitted = SEARCHES[search]().fit(ROWS, LABELS)
    with pytest.raises(NotServed):
        decode(dumped(fitted))
    built, taken = decode_model(dumped(fitted))
    assert taken == (type(fitted).__name__,)
    assert type(built) is type(fitted.best_estimator_)
    assert built.predict_proba(ROWS).tolist() == fitted.predict_proba(ROWS).tolist()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read(protocol):
    fitted = SEARCHES["grid"]().fit(ROWS, LABELS)
    built, _ = decode_model(pickle.dumps(fitted, protocol))
    assert built.predict_proba(ROWS).tolist() == fitted.predict_proba(ROWS).tolist()


def test_a_search_inside_a_pipeline_gives_its_best_estimator_there():
    fitted = make_pipeline(StandardScaler(), SEARCHES["grid"]()).fit(ROWS, LABELS)
    built, taken = decode_model(dumped(fitted))
    assert taken == ("GridSearchCV",)
    assert type(built[-1]) is LogisticRegression
    assert built.predict_proba(ROWS).tolist() == fitted.predict_proba(ROWS).tolist()


def test_a_model_without_a_search_is_as_it_is():
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
    built, taken = decode_model(dumped(fitted))
    assert taken == ()
    assert built.predict_proba(ROWS).tolist() == fitted.predict_proba(ROWS).tolist()


def test_a_search_without_a_best_estimator_says_what_to_do():
    fitted = GridSearchCV(LogisticRegression(), GRID, cv=2, refit=False).fit(ROWS, LABELS)
    with pytest.raises(Refused, match=r"its GridSearchCV has no best_estimator_; fit it with refit=True"):
        decode_model(dumped(fitted))


@pytest.mark.parametrize("attribute", ["best_estimator_", "scorer_", "cv_results_"])
def test_nothing_hostile_in_a_search_is_called(tmp_path, attribute):
    canary = tmp_path / "sung"
    fitted = SEARCHES["grid"]().fit(ROWS, LABELS)
    setattr(fitted, attribute, Calls(os.mkdir, str(canary)))
    if attribute == "best_estimator_":
        with pytest.raises(ForeignName, match=r"posix\.mkdir"):
            decode_model(dumped(fitted))
    else:
        assert decode_model(dumped(fitted))[1] == ("GridSearchCV",)
    assert not canary.exists()


@pytest.mark.parametrize("place", ["value", "argument", "key", "function"])
def test_a_foreign_name_is_refused_wherever_it_would_be_built(place):
    model = LogisticRegression().fit(ROWS, LABELS)
    model.extra_ = {
        "value": os.getcwd,
        "argument": Calls(frozenset, [os.getcwd]),
        "key": {Calls(os.getpid): 1},
        "function": Calls(os.getpid),
    }[place]
    with pytest.raises(Refused):
        decode_model(dumped(model))


def test_bytes_behind_the_end_are_refused():
    with pytest.raises(Damaged):
        decode_model(dumped(LogisticRegression().fit(ROWS, LABELS)) + b".")


MODEL = LogisticRegression().fit(ROWS, LABELS)


@pytest.mark.parametrize(
    ("held", "content", "model"),
    [
        (
            {"columns": ["a"], "model": MODEL, "made": 1.5},
            "a dictionary ('columns': list, 'model': LogisticRegression, 'made': float)",
            "content['model']",
        ),
        (OrderedDict(scaler=Calls(os.getpid)), "a dictionary ('scaler': getpid)", None),
        ((MODEL, ROWS), "a tuple (LogisticRegression, ndarray)", "content[0]"),
        ([3, SEARCHES["grid"]().fit(ROWS, LABELS)], "a list (int, GridSearchCV)", "content[1]"),
        ({}, "a dictionary (empty)", None),
        (list(range(12)), "a list (" + ", ".join(["int"] * 10) + " and 2 more)", None),
    ],
)
def test_a_container_says_what_is_in_it(held, content, model):
    with pytest.raises(Container) as caught:
        decode_model(dumped(held))
    assert (caught.value.content, caught.value.model) == (content, model)
