"""Estimators whose parts are each sound, but lead compiled code outside an array, or call what no bundle may call."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn._loss.link import LogitLink
from sklearn.decomposition import NMF, MiniBatchNMF
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.tree._tree import Tree

rng = np.random.default_rng(13)
ROWS = rng.uniform(0, 3, (60, 2)).round()
TWO, THREE = (ROWS.sum(axis=1) > 3).astype(int), np.digitize(ROWS.sum(axis=1), [2.5, 3.5])
FAR = 2**31 - 1
NARROW = ROWS[:3, :1], TWO[:3]


def voting(member: Any) -> VotingClassifier:
    """A vote of one member, which is asked for what it was not fitted for."""
    model = VotingClassifier([("line", LogisticRegression())], voting="soft").fit(ROWS, TWO)
    model.estimators_ = [member]
    return model


def boosting_from(kind: Any) -> GradientBoostingClassifier:
    """Its start says three classes, but its tree has one column, of which three are then written."""
    model = GradientBoostingClassifier(n_estimators=3, init=kind(max_depth=1)).fit(ROWS, THREE)
    model.init_ = kind(max_depth=1).fit(ROWS, np.zeros(len(ROWS)))
    model.init_.n_classes_ = 3
    return model


def boosting_from_no_outputs() -> GradientBoostingClassifier:
    """Its start gives an empty list, which the link of a loss for two classes makes an array of no rows."""
    model = GradientBoostingClassifier(n_estimators=3).fit(ROWS, THREE)
    model._loss.link, model.init_.n_outputs_ = LogitLink(), 0
    return model


def bin_mapper(**attributes: Any) -> Any:
    """A bin mapper as a step of a pipeline, where its arrays and its number of threads are taken as they are."""
    mapper = HistGradientBoostingClassifier(max_iter=1).fit(ROWS, TWO)._bin_mapper
    vars(mapper).update(attributes)
    return make_pipeline(mapper, LogisticRegression().fit(ROWS, TWO))


def many(model: Any, **attributes: Any) -> VotingClassifier:
    """A member that takes memory for as many classes, outputs or trees as it says."""
    vars(model.fit(ROWS, TWO)).update(attributes)
    return voting(model)


def one_hot(**attributes: Any) -> Any:
    """A one-hot encoder with these attributes, before a line."""
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), LogisticRegression()).fit(ROWS, TWO)
    vars(model[0]).update(attributes)
    return model


def binned() -> Any:
    """It takes its rows for binned ones, of which it checks neither the features nor the bitsets."""
    model = make_pipeline(OrdinalEncoder(), HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=5)).fit(ROWS, TWO)
    model[0].dtype, model[1]._in_fit, model[1].n_features_in_ = np.dtype("u1"), True, 10**6
    model[1]._bin_mapper.is_categorical_ = np.zeros(10**6, np.uint8)
    for predictor in (predictor for stage in model[1]._predictors for predictor in stage):
        predictor.nodes["feature_idx"][predictor.nodes["is_leaf"] == 0] = 10**6 - 1
    return model


def distances() -> Any:
    """It takes wider rows for distances, which it does not compare with its own, and then calculates distances of them."""
    model = KNeighborsClassifier(1, algorithm="brute").fit(*NARROW)
    model.metric, model.weights = "precomputed", "distance"
    return voting(model)


def lists_of_classes() -> Any:
    """Its classes are a list, as with several outputs, but it is said to have one output, whose labels are votes in an array."""
    model = KNeighborsClassifier(algorithm="brute", metric="manhattan").fit(ROWS, TWO)
    model._y, model.classes_ = np.full(len(ROWS), 10**8, np.intp), [np.array([0, 1]), np.array([0, 1])]
    return voting(model)


def compiled_tree() -> Tree:
    """A compiled tree that splits on a feature which no row has; only the estimator around it would compare them."""
    state = DecisionTreeClassifier(max_depth=1).fit(ROWS, TWO).tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes["feature"][0] = FAR - 1
    tree = Tree(FAR, np.array([2]), 1)
    tree.__setstate__(state | {"nodes": nodes})
    return tree


def factorisation(kind: Any, **attributes: Any) -> Any:
    """It answers a row of zeros at once, and takes a thousand million rounds for others."""
    model = make_pipeline(kind(2, tol=0.1, random_state=0), LogisticRegression()).fit(ROWS, TWO)
    vars(model[0]).update(tol=0.0, **attributes)
    return model


def vote_of_keys(member: Any) -> VotingClassifier:
    """The members are the keys of a dictionary, which a vote goes through like a list."""
    model = voting(None)
    model.estimators_ = {member: None}
    return model


def vote_of_a_set(member: Any) -> VotingClassifier:
    """The members are a set, which a vote goes through like a list."""
    model = voting(None)
    model.estimators_ = {member}
    return model


def stacking(member: Any, method: str) -> StackingClassifier:
    """It calls a method that it names of a member, with the rows."""
    model = StackingClassifier([("line", LogisticRegression())]).fit(ROWS, TWO)
    model.estimators_, model.stack_method_ = [member], [method]
    return model


def threshold(method: str) -> FixedThresholdClassifier:
    """It calls a method that it names of its estimator, with the rows."""
    model = FixedThresholdClassifier(LogisticRegression(), pos_label=1).fit(ROWS, TWO)
    model.estimator_, model.response_method = SVC().fit(rng.uniform(size=(20, 200)), [0, 1] * 10), method
    return model


def parameters_of_probabilities() -> Any:
    """It says that it has parameters of probabilities, of which libsvm copies as many as there are pairs of classes."""
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC()).fit(ROWS, THREE)
    model[1]._effective_probability = True
    return model


def labels_outside_unicode() -> Any:
    """Its labels are text that is none: NumPy raises `SystemError` wherever it is read."""
    model = LogisticRegression().fit(ROWS, TWO)
    model.classes_ = np.array([2**31, 65], np.uint32).view("U1")
    return model


CODES = np.arange(4)
FORGED: dict[str, tuple[Callable[[], Any], str]] = {
    "boosting from a tree of fewer classes": (lambda: boosting_from(DecisionTreeClassifier), "another number of classes than labels"),
    "boosting from an extra tree of fewer classes": (lambda: boosting_from(ExtraTreeClassifier), "another number of classes than labels"),
    "boosting from a start of no outputs": (boosting_from_no_outputs, "number of outputs of a DummyClassifier"),
    "a bin mapper without thresholds": (lambda: bin_mapper(bin_thresholds_=[]), "_BinMapper outside"),
    "a bin mapper of many threads": (lambda: bin_mapper(n_threads=10**6), "_BinMapper outside"),
    "a forest of many classes": (lambda: many(RandomForestClassifier(2), n_classes_=10**6), "RandomForestClassifier"),
    "a bag of many classes": (lambda: many(BaggingClassifier(n_estimators=2), n_classes_=10**6), "BaggingClassifier"),
    "a dummy of many classes": (lambda: many(DummyClassifier(strategy="uniform"), n_classes_=10**6), "DummyClassifier"),
    "a tree of many outputs": (lambda: many(DecisionTreeClassifier(), n_outputs_=10**6), "DecisionTreeClassifier"),
    "histogram boosting of many trees, none of which is there": (
        lambda: many(HistGradientBoostingClassifier(max_iter=1), n_trees_per_iteration_=10**6, _predictors=[]),
        "HistGradientBoostingClassifier",
    ),
    "histogram boosting from many numbers": (
        lambda: many(HistGradientBoostingClassifier(max_iter=1), _baseline_prediction=np.zeros((1, 1), "U1000")),
        "baseline",
    ),
    "one-hot codes below zero": (
        lambda: one_hot(_default_to_infrequent_mappings=[CODES - 10**6] * 2, _infrequent_enabled=True, _infrequent_indices=[None] * 2),
        "OneHotEncoder",
    ),
    "one-hot codes by a mapping that is not used": (
        lambda: one_hot(_default_to_infrequent_mappings=[CODES * 0] * 2, _n_features_outs=[1, 1]),
        "OneHotEncoder",
    ),
    "one-hot code of unknown categories outside": (
        lambda: one_hot(
            handle_unknown="infrequent_if_exist",
            _infrequent_enabled=True,
            _infrequent_indices=[np.array([10**6]), None],
            _default_to_infrequent_mappings=[None, None],
        ),
        "OneHotEncoder",
    ),
    "one-hot codes after a category below zero": (
        lambda: one_hot(_drop_idx_after_grouping=np.array([-5, -5], dtype=object)),
        "OneHotEncoder",
    ),
    "one-hot columns that no category has": (lambda: one_hot(_n_features_outs=[10**6, 4]), "OneHotEncoder"),
    "rounds without end": (lambda: factorisation(NMF, max_iter=10**9), "NMF"),
    "rounds of small batches without end": (lambda: factorisation(MiniBatchNMF, _transform_max_iter=10**9), "MiniBatchNMF"),
    "histogram boosting of binned rows": (binned, "HistGradientBoostingClassifier"),
    "neighbours that call wider rows distances": (distances, "KNeighborsClassifier"),
    "neighbours with labels of no class": (lists_of_classes, "KNeighborsClassifier"),
    "support vectors without parameters of probabilities": (parameters_of_probabilities, "SVC"),
    "labels that are no text": (labels_outside_unicode, "text"),
    "a vote of a compiled tree": (lambda: voting(compiled_tree()), "Tree"),
    "a vote of a compiled tree that is a key": (lambda: vote_of_keys(compiled_tree()), "key"),
    "a vote of an estimator that is a key": (lambda: vote_of_keys(LogisticRegression().fit(ROWS, TWO)), "key"),
    "a vote of a set of estimators": (lambda: vote_of_a_set(LogisticRegression().fit(ROWS, TWO)), "key"),
    "a stack of a compiled tree": (lambda: stacking(compiled_tree(), "predict"), "Tree"),
    "a stack that appends rows to a list": (lambda: stacking([], "append"), "StackingClassifier"),
    "a stack that fits again": (lambda: stacking(OrdinalEncoder().fit(ROWS), "fit_transform"), "StackingClassifier"),
    "a threshold of a private method": (lambda: threshold("_dense_decision_function"), "FixedThresholdClassifier"),
}
