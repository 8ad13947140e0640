"""Estimators that call what they hold: NumPy's elementwise functions and known scalers alone."""

import copy
import os
from functools import partial

import numpy as np
import pytest
from sklearn.cluster import FeatureAgglomeration
from sklearn.compose import TransformedTargetRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PowerTransformer, StandardScaler
from sklearn.utils.validation import check_array

from iris_api.inference.decoding.decode_errors import ForeignName, Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.function_calls import CHECKS, CONSTRUCTORS, FUNCTIONS
from iris_api.inference.decoding.values import ABSENT
from tests.inference.bundles import dumped
from tests.inference.decoding.comparisons import WRITERS
from tests.inference.decoding.zoo import NUMBERS
from tests.inference.own_steps import Shift, scaled

OWN = {(kind.__module__, kind.__name__): kind for kind in (Shift, scaled)}

TARGET = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler()).fit(NUMBERS, NUMBERS[:, 0])
POOLED = FeatureAgglomeration(2).fit(NUMBERS)


def check(estimator):
    CHECKS[type(estimator).__module__, type(estimator).__name__](estimator)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_function_on_the_list_is_decoded(function):
    model = FunctionTransformer(function, kw_args={}).fit(NUMBERS)
    assert decode(dumped(model)).transform(NUMBERS).tobytes() == function(NUMBERS).tobytes()


def test_genuine_ones_pass():
    for model in (TARGET, POOLED, FunctionTransformer(), TransformedTargetRegressor(), FeatureAgglomeration(pooling_func=np.median)):
        check(model)
    check(TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp).fit(NUMBERS, NUMBERS[:, 0]))
    check(TransformedTargetRegressor(transformer=make_pipeline(StandardScaler(), PowerTransformer())).fit(NUMBERS, NUMBERS[:, 0]))


FORGED = {
    "a class": FunctionTransformer(np.float64),
    "a function of two arrays": FunctionTransformer(np.add),
    "a function of Python": FunctionTransformer(os.system),
    "an object that can be called": FunctionTransformer(RBF()),
    "an inverse": FunctionTransformer(np.log, RBF()),
    "arguments": FunctionTransformer(np.log, kw_args={"out": NUMBERS}),
    "arguments of the inverse": FunctionTransformer(inv_kw_args={"where": False}),
    "odd arguments": FunctionTransformer(np.log, kw_args=[("where", False)]),
    "names by a function": FunctionTransformer(np.log, feature_names_out=np.log),
    "a target's function": TransformedTargetRegressor(func=RBF()),
    "a target's inverse": TransformedTargetRegressor(inverse_func=np.add),
    "pooling by another": FeatureAgglomeration(pooling_func=np.log),
}


@pytest.mark.parametrize("model", FORGED.values(), ids=FORGED)
def test_another_function_is_refused(model):
    with pytest.raises(Refused, match=type(model).__name__):
        check(model)


@pytest.mark.parametrize("function", [os.system, np.load, np.add, np.vectorize, np.fromfile], ids=lambda function: function.__name__)
def test_another_function_is_not_even_mentioned(function):
    with pytest.raises(Refused, match=function.__name__):
        decode(dumped(FunctionTransformer(function)))


def test_a_function_of_ones_own_is_refused_by_name():
    with pytest.raises(ForeignName, match="dumped"):
        decode(dumped(FunctionTransformer(dumped)))


@pytest.mark.parametrize("transformer", [OneHotEncoder(), make_pipeline(OneHotEncoder()), make_pipeline(make_pipeline()), None, "text"])
def test_a_target_is_inverted_by_known_transformers_alone(transformer):
    model = copy.copy(TARGET)
    model.transformer_ = transformer
    with pytest.raises(Refused, match="a TransformedTargetRegressor"):
        check(model)


@pytest.mark.parametrize("labels", [np.array([0, 1, 2, 4]), np.array([0, -1, 2, 3]), np.zeros(3, int), np.zeros(4), None], ids=repr)
def test_labels_of_features_are_within_their_number(labels):
    model = copy.copy(POOLED)
    model.labels_ = labels
    with pytest.raises(Refused, match="a FeatureAgglomeration"):
        check(model)


OPTIONS = {"dtype": [np.float64], "ensure_all_finite": False}


def test_the_partial_call_of_a_boosting_is_made():
    genuine = partial(check_array, **OPTIONS)
    for writer in WRITERS.values():
        made = decode(writer(FunctionTransformer(genuine))).func
        assert (made.func, made.args, made.keywords) == (check_array, (), OPTIONS)


FORGED_PARTIALS = {
    "another function": partial(np.sqrt),
    "a function of Python": partial(os.system),
    "arguments": partial(check_array, 1, **OPTIONS),
    "no options": partial(check_array),
    "other options": partial(check_array, **OPTIONS, copy=True),
    "another dtype": partial(check_array, dtype=[np.float32], ensure_all_finite=False),
    "another finiteness": partial(check_array, dtype=[np.float64], ensure_all_finite=0),
}


@pytest.mark.parametrize("function", FORGED_PARTIALS.values(), ids=FORGED_PARTIALS)
def test_no_other_partial_call_is_made(function):
    with pytest.raises(Refused):
        decode(dumped(FunctionTransformer(function)))


@pytest.mark.parametrize(
    "state", [ABSENT, None, (), (check_array, (), OPTIONS, {"a": 1}), (np.sqrt, (), OPTIONS, None), (check_array, (), [], None)]
)
def test_a_partial_call_has_its_state(state):
    with pytest.raises(Refused, match="a partial call"):
        CONSTRUCTORS["functools", "partial"]((check_array,), state)


def test_a_function_of_ones_own_is_called_where_it_is_allowed():
    model = FunctionTransformer(scaled, scaled, kw_args={"by": 3}, feature_names_out=scaled, check_inverse=False).fit(NUMBERS)
    assert decode(dumped(model), OWN).transform(NUMBERS).tolist() == (NUMBERS * 3).tolist()
    with pytest.raises(ForeignName, match="scaled"):
        decode(dumped(model))


def test_a_function_of_numpy_gets_no_arguments_beside_one_of_ones_own():
    with pytest.raises(Refused, match="arguments of its own"):
        check(FunctionTransformer(np.log, scaled, kw_args={"out": NUMBERS}))
    with pytest.raises(Refused, match="arguments of its own"):
        check(FunctionTransformer(scaled, kw_args=[("by", 2)]))


def test_a_target_is_inverted_by_ones_own():
    for model in (
        TransformedTargetRegressor(LinearRegression(), func=scaled, inverse_func=scaled, check_inverse=False),
        TransformedTargetRegressor(LinearRegression(), transformer=Shift(), check_inverse=False),
    ):
        model.fit(NUMBERS, NUMBERS[:, 0])
        assert decode(dumped(model), OWN).predict(NUMBERS).tobytes() == model.predict(NUMBERS).tobytes()
