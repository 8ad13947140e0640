"""Clusterers: genuine ones pass; centres, norms and trees that do not fit the rows are refused before compiled code compares them."""

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import AffinityPropagation, Birch, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans

from iris_api.inference.decoding.clusters import CHECKS, CONSTRUCTORS
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from tests.inference.bundles import dumped
from tests.inference.decoding.trials import DONE, forked

random = np.random.default_rng(53)
ROWS = random.normal(size=(60, 3)).round(1)
MEANS, BIRCH = KMeans(4, n_init=1, random_state=0).fit(ROWS), Birch(n_clusters=3).fit(ROWS)
BISECTING, SHIFT = BisectingKMeans(5, random_state=0).fit(ROWS), MeanShift().fit(ROWS)
CENTERS, NORMS = MEANS.cluster_centers_, BIRCH._subcluster_norms
SPARSE = AffinityPropagation(random_state=0).fit(csr_matrix(ROWS))
GENUINE = {
    "propagation of sparse rows": SPARSE,
    "propagation of whole numbers": AffinityPropagation(random_state=0).fit(ROWS.round().astype(int)),
    "shift of whole numbers": MeanShift().fit(ROWS.round().astype(int)),
    "means": MEANS,
    "means of small batches": MiniBatchKMeans(3, n_init=1).fit(ROWS),
    "means of 32 bits": KMeans(3, n_init=1).fit(ROWS.astype(np.float32)),
    "bisecting": BISECTING,
    "bisecting into one": BisectingKMeans(1).fit(ROWS),
    "bisecting of 32 bits": BisectingKMeans(3).fit(ROWS.astype(np.float32)),
    "birch": BIRCH,
    "birch of 32 bits": Birch(n_clusters=None).fit(ROWS.astype(np.float32)),
    "shift": SHIFT,
    "propagation": AffinityPropagation(random_state=0).fit(ROWS),
    "propagation of a kernel": AffinityPropagation(affinity="precomputed", random_state=0).fit(ROWS @ ROWS.T),
    "not fitted": KMeans(),
    "birch not fitted": Birch(),
    "bisecting not fitted": BisectingKMeans(),
}


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", GENUINE.values(), ids=GENUINE)
def test_a_genuine_clusterer_passes(model):
    check(model)


FORGED = {
    "narrower centres": (MEANS, {"cluster_centers_": CENTERS[:, :2].copy()}),
    "wider centres": (MEANS, {"cluster_centers_": np.zeros((4, 9))}),
    "no centres": (MEANS, {"cluster_centers_": CENTERS[:0]}),
    "a row of centres": (MEANS, {"cluster_centers_": CENTERS[0]}),
    "whole centres": (MEANS, {"cluster_centers_": CENTERS.astype(int)}),
    "centres of 16 bits": (MEANS, {"cluster_centers_": CENTERS.astype(np.float16)}),
    "a row of centres of a shift": (SHIFT, {"cluster_centers_": SHIFT.cluster_centers_[0]}),
    "a list of centres of a shift": (SHIFT, {"cluster_centers_": SHIFT.cluster_centers_.tolist()}),
    "narrower sparse centres": (SPARSE, {"cluster_centers_": csr_matrix(np.eye(2))}),
    "centres of objects": (SHIFT, {"cluster_centers_": SHIFT.cluster_centers_.astype(object)}),
    "centres that are not finite": (MEANS, {"cluster_centers_": np.full((4, 3), np.nan)}),
    "a list of centres": (MEANS, {"cluster_centers_": CENTERS.tolist()}),
    "more features": (MEANS, {"n_features_in_": 4}),
    "no number of features": (SHIFT, {"n_features_in_": None}),
    "fewer norms": (BIRCH, {"_subcluster_norms": NORMS[:-1].copy()}),
    "norms of 32 bits": (BIRCH, {"_subcluster_norms": NORMS.astype(np.float32)}),
    "no norms": (BIRCH, {"_subcluster_norms": None}),
    "a table of norms": (BIRCH, {"_subcluster_norms": NORMS[:, None]}),
    "fewer labels": (BIRCH, {"subcluster_labels_": BIRCH.subcluster_labels_[:-1]}),
    "labels of text": (BIRCH, {"subcluster_labels_": BIRCH.subcluster_labels_.astype(str)}),
    "narrower subclusters": (BIRCH, {"subcluster_centers_": BIRCH.subcluster_centers_[:, :2].copy()}),
    "a tree that is none": (BISECTING, {"_bisecting_tree": BISECTING}),
    "a wider mean": (BISECTING, {"_X_mean": np.zeros(4)}),
    "a mean of text": (BISECTING, {"_X_mean": "0"}),
    "a tree of fewer labels": (BISECTING, {"_bisecting_tree": BISECTING._bisecting_tree.left}),
}


@pytest.mark.parametrize(("model", "change"), FORGED.values(), ids=FORGED)
def test_what_does_not_fit_the_rows_is_refused(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=type(model).__name__):
        check(forged)


def shared(root):
    root.left = root.right


def half(root):
    root.left = None


def looping(root):
    root.left.left = root


def narrow(root):
    root.right.center = root.right.center[:2].copy()


def of_whole_numbers(root):
    root.right.center = root.right.center.astype(int)


def without_center(root):
    del root.left.center


def without_children(root):
    del root.left


def with_a_label_twice(root):
    leaves = list(root.iter_leaves())
    leaves[0].label = leaves[1].label


def with_a_label_outside(root):
    next(root.iter_leaves()).label = 10**6


CHANGES = [
    shared, half, looping, narrow, of_whole_numbers, without_center, without_children, with_a_label_twice, with_a_label_outside,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_tree_of_clusters_that_does_not_fit_is_refused(change):
    forged = copy.deepcopy(BISECTING)
    change(forged._bisecting_tree)
    with pytest.raises(Refused, match="BisectingKMeans"):
        check(forged)


@pytest.mark.parametrize("model", [MEANS, BISECTING, GENUINE["means of small batches"]], ids=lambda model: type(model).__name__)
def test_a_number_of_threads_is_never_taken_from_the_file(model):
    greedy = copy.copy(model)
    greedy._n_threads = 10**9
    decoded = decode(dumped(greedy))
    assert decoded._n_threads == 1
    many = np.tile(ROWS, (20, 1))
    assert forked(lambda: decoded.predict(many)).said == DONE
    assert decoded.predict(many).tolist() == model.predict(many).tolist()


def test_one_that_was_not_fitted_has_no_number_of_threads():
    assert vars(decode(dumped(KMeans(7)))) == vars(KMeans(7))


@pytest.mark.parametrize("name", sorted(CONSTRUCTORS))
def test_a_clusterer_is_made_of_attributes_alone(name):
    with pytest.raises(Refused):
        CONSTRUCTORS[name]((1,), {})
    with pytest.raises(Refused):
        CONSTRUCTORS[name]((), [1])
