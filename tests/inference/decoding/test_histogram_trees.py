"""Histogram gradient boosting: genuine ones pass; nodes, features and bitsets that do not fit are refused."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.histogram_trees import CHECKS
from tests.inference.decoding.trials import DONE, forked

random = np.random.default_rng(13)
ROWS = random.normal(size=(200, 3)).round(1)
LABELS = random.integers(3, size=200)
GAPS = np.where(random.random(ROWS.shape) < 0.2, np.nan, ROWS)
MODEL = HistGradientBoostingClassifier(max_iter=2).fit(ROWS, LABELS)
GENUINE = {
    "three classes": MODEL,
    "two classes": HistGradientBoostingClassifier(max_iter=3).fit(ROWS, LABELS > 0),
    "missing values": HistGradientBoostingClassifier(max_iter=3).fit(GAPS, LABELS),
    "one leaf": HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=150).fit(ROWS, LABELS),
    "not fitted": HistGradientBoostingClassifier(),
    "of numbers": HistGradientBoostingRegressor(max_iter=2).fit(GAPS, LABELS),
    "of counts": HistGradientBoostingRegressor(max_iter=2, loss="poisson").fit(ROWS, LABELS),
    "of numbers and categories": HistGradientBoostingRegressor(max_iter=2, categorical_features=[0]).fit(abs(ROWS).round(), LABELS),
    "of numbers, not fitted": HistGradientBoostingRegressor(),
}


def check(instance):
    CHECKS[type(instance).__module__, type(instance).__name__](instance)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_one_passes(model):
    for stage in getattr(model, "_predictors", []):
        for predictor in stage:
            check(predictor)
    check(model)


def changed(instance, **attributes):
    made = copy.copy(instance)
    vars(made).update(attributes)
    return made


PREDICTOR = MODEL._predictors[0][0]
COUNT = len(PREDICTOR.nodes)
SPLIT, LEAF = int(np.flatnonzero(PREDICTOR.nodes["is_leaf"] == 0)[1]), int(np.flatnonzero(PREDICTOR.nodes["is_leaf"])[1])


def with_node(node, **values):
    nodes = PREDICTOR.nodes.copy()
    for field, value in values.items():
        nodes[field][node] = value
    return changed(PREDICTOR, nodes=nodes)


NODES = {
    "a child outside": with_node(SPLIT, left=COUNT),
    "a child far outside": with_node(SPLIT, right=2**32 - 1),
    "a loop": with_node(SPLIT, left=SPLIT),
    "a loop to the root": with_node(SPLIT, right=0),
    "a child shared": with_node(SPLIT, left=int(PREDICTOR.nodes["right"][SPLIT])),
    "a leaf that is none": with_node(LEAF, is_leaf=0),
    "an odd leaf": with_node(LEAF, is_leaf=2),
    "an odd category": with_node(SPLIT, is_categorical=2),
    "an odd direction": with_node(SPLIT, missing_go_to_left=2),
    "categories without a bitset": with_node(SPLIT, is_categorical=1, bitset_idx=0),
    "a value that is no number": with_node(LEAF, value=np.nan),
    "a threshold that is no number": with_node(SPLIT, num_threshold=np.nan),
    "no nodes": changed(PREDICTOR, nodes=PREDICTOR.nodes[:0].copy()),
    "plain nodes": changed(PREDICTOR, nodes=np.zeros((3, 13))),
    "bitsets of another width": changed(PREDICTOR, raw_left_cat_bitsets=np.zeros((1, 7), np.uint32)),
    "bitsets of another type": changed(PREDICTOR, raw_left_cat_bitsets=np.zeros((1, 8), np.int64)),
}


@pytest.mark.parametrize("predictor", NODES.values(), ids=NODES)
def test_nodes_that_do_not_fit_are_refused(predictor):
    with pytest.raises(Refused, match="histogram tree"):
        check(predictor)


def stage_of(predictor):
    return [[predictor, *MODEL._predictors[0][1:]]]


MODELS = {
    "a feature outside": changed(MODEL, _predictors=stage_of(with_node(SPLIT, feature_idx=3))),
    "a feature below zero": changed(MODEL, _predictors=stage_of(with_node(SPLIT, feature_idx=-1))),
    "categories of a number": changed(MODEL, _predictors=stage_of(with_node(SPLIT, is_categorical=1))),
    "more features": changed(MODEL, n_features_in_=4),
    "no number of features": changed(MODEL, n_features_in_=None),
    "no flags of categories": changed(MODEL, _bin_mapper=changed(MODEL._bin_mapper, is_categorical_=None)),
    "no bins": changed(MODEL, _bin_mapper=None),
    "an odd preprocessor": changed(MODEL, _preprocessor=MODEL),
    "no preprocessor": changed(MODEL, _preprocessor="none"),
    "no list": changed(MODEL, _predictors=5),
    "no iterations": changed(MODEL, _predictors=[]),
    "no baseline": changed(MODEL, _baseline_prediction=None),
    "a baseline of another width": changed(MODEL, _baseline_prediction=np.zeros((1, 2))),
    "a baseline of text": changed(MODEL, _baseline_prediction=np.zeros((1, 3), "U9")),
    "a fit that goes on": changed(MODEL, _in_fit=True),
    "a stage that is no list": changed(MODEL, _predictors=[tuple(MODEL._predictors[0])]),
    "a short stage": changed(MODEL, _predictors=[MODEL._predictors[0][:2]]),
    "another number of columns": changed(MODEL, n_trees_per_iteration_=2),
    "a huge number of columns": changed(MODEL, n_trees_per_iteration_=2**40),
    "something else": changed(MODEL, _predictors=[[MODEL] * 3]),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_trees_that_do_not_fit_their_model_are_refused(model):
    with pytest.raises(Refused):
        check(model)


CHANGES = st.tuples(st.sampled_from(PREDICTOR_RECORD_DTYPE.names), st.integers(0, COUNT - 1), st.integers(-4, COUNT + 3))


@settings(max_examples=20, deadline=None)
@given(st.lists(CHANGES, min_size=30, max_size=30))
def test_one_changed_number_is_refused_or_answered(changes):
    outcome = forked(lambda: [refuse_or_answer(*change) for change in changes])
    assert (outcome.said, outcome.exit_code) == (DONE, 0)


def refuse_or_answer(field, node, value):
    unsigned = PREDICTOR_RECORD_DTYPE[field].kind == "u"
    predictor = with_node(node, **{field: value % 2 ** (8 * PREDICTOR_RECORD_DTYPE[field].itemsize) if unsigned else value})
    model = changed(MODEL, _predictors=stage_of(predictor))
    try:
        check(predictor)
        check(model)
    except Refused:
        return
    assert model.predict_proba(GAPS * 100).shape == (200, 3)
