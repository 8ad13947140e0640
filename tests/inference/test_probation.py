"""A bundle's trial: what crashes, hangs or lies does it in the child, and the parent tells so in one sentence."""

import copy
import dataclasses
import faulthandler
import os
import threading
import time

import numpy as np
import psutil
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.probation import check_golden, try_in_child
from iris_api.inference.scorers import EstimatorScorer
from tests.inference.bundles import dumped, edit, manifest_of, plant, write


def with_left_child(tree, node: int):
    """A copy of the tree whose root goes on to ``node``, which scikit-learn follows without a look."""
    spoilt = copy.deepcopy(tree)
    state = spoilt.tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes["left_child"][0] = nodes["right_child"][0] = node
    spoilt.tree_.__setstate__(state | {"nodes": nodes})
    return spoilt


def refused(folder, seconds: float = 60) -> str:
    with pytest.raises(ArtifactError) as refusal:
        try_in_child(read_bundle(folder, 10**8), seconds)
    assert type(refusal.value) is ArtifactError
    assert str(refusal.value).startswith(f"{folder}/model.joblib ")
    return str(refusal.value)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture(autouse=True)
def _no_child_is_left():
    before = children()
    yield
    assert children() <= before


@pytest.fixture
def _quiet_crash():
    """Keeps pytest's own report of a crash, which the child inherits, out of the output."""
    faulthandler.disable()
    yield
    faulthandler.enable(2)


def test_a_good_bundle_passes_and_its_quicker_scorer_agrees(folder):
    verdict = try_in_child(read_bundle(folder, 10**8), 60)
    assert verdict.agrees is True
    assert 0 < verdict.row_seconds < 10


@pytest.mark.usefixtures("_quiet_crash")
def test_a_crash_in_native_code_stays_in_the_child(folder, tree):
    plant(folder, dumped(with_left_child(tree, 2**40)))
    assert "crashed the process that tried it" in refused(folder)


def test_a_prediction_without_an_end_is_ended_at_the_deadline(folder, tree):
    plant(folder, dumped(with_left_child(tree, 0)))
    started = time.monotonic()
    assert "was not checked within 0.5 s; raise IRIS_PROBATION_SECONDS" in refused(folder, 0.5)
    assert time.monotonic() - started < 5


def test_a_deadline_too_short_for_any_model_is_told(folder):
    assert "was not checked within 1e-06 s" in refused(folder, 1e-6)


def test_trials_leave_no_descriptor_open(folder):
    bundle = read_bundle(folder, 10**8)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        try_in_child(bundle, 60)
    assert len(os.listdir("/proc/self/fd")) == before


def test_trials_may_run_side_by_side(folder):
    bundle = read_bundle(folder, 10**8)
    verdicts = []
    threads = [threading.Thread(target=lambda: verdicts.append(try_in_child(bundle, 60).agrees)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [True] * 4


def test_a_hostile_pickle_is_refused_with_the_childs_sentence(folder):
    plant(folder, b"cos\nsystem\n(S'true'\ntR.")
    assert "it mentions os.system" in refused(folder)


def test_a_hostile_name_of_any_length_is_one_short_sentence(folder):
    plant(folder, b"c" + b"\\" * 200_000 + b"\nx\n.")
    assert len(refused(folder)) < 1000


def test_an_error_of_any_length_is_one_bounded_sentence(folder, tree):
    spoilt = copy.deepcopy(tree)
    spoilt.n_features_in_ = 2
    spoilt.tree_ = "no tree"
    plant(folder, dumped(spoilt))
    assert "cannot predict its golden rows (AttributeError:" in refused(folder)
    long = LogisticRegression(class_weight=None)
    long.classes_, long.n_features_in_ = tree.classes_, 2
    long.coef_, long.intercept_ = np.zeros((1, 2)), "\U0001f600" * 100_000
    plant(folder, dumped(long))
    assert len(refused(folder)) < 5000


def nudge(content, row: int, by: float) -> None:
    probabilities = content["golden"]["probabilities"][row]
    probabilities[0] += by


def test_other_golden_labels_are_refused_by_row(folder):
    edit(folder, lambda content: content["golden"]["labels"].__setitem__(4, "neither"))
    assert "answers golden row 4 otherwise than its manifest says" in refused(folder)


def test_other_golden_rows_are_refused(folder):
    edit(folder, lambda content: content["golden"]["rows"].reverse())
    assert "otherwise than its manifest says" in refused(folder)


def test_a_tree_must_answer_to_the_last_bit(folder):
    edit(folder, lambda content: nudge(content, 2, 2.0**-52))
    assert "answers golden row 2 otherwise" in refused(folder)


@pytest.fixture
def line_folder(rows, labels, tmp_path):
    return write(tmp_path / "lines", LogisticRegression().fit(rows, labels), rows[:6])


@pytest.mark.parametrize("by", [0.9e-9, -0.9e-9])
def test_what_multiplies_may_differ_by_less_than_1e_9(line_folder, by):
    edit(line_folder, lambda content: nudge(content, 1, by))
    assert try_in_child(read_bundle(line_folder, 10**8), 60).agrees is True


@pytest.mark.parametrize("by", [1.1e-9, -1.1e-9, 0.5])
def test_what_multiplies_may_not_differ_by_more(line_folder, by):
    edit(line_folder, lambda content: nudge(content, 1, by))
    assert "answers golden row 1 otherwise" in refused(line_folder)


def test_probabilities_on_one_side_only_are_refused(folder, rows, labels, tmp_path):
    edit(folder, lambda content: content["golden"].update(probabilities=None))
    assert "gives probabilities where its manifest has none, or the reverse" in refused(folder)
    silent = write(tmp_path / "silent", LinearSVC().fit(rows, labels), rows[:2])
    assert try_in_child(read_bundle(silent, 10**8), 60).agrees is True
    edit(silent, lambda content: content["golden"].update(probabilities=[[0.5, 0.5]] * 2))
    assert "or the reverse" in refused(silent)


class Answers:
    """A scorer that always gives the same answer."""

    name = "answers"

    def __init__(self, exact, labels, probabilities) -> None:
        self.exact, self._scores = exact, (labels, probabilities)

    def score_rows(self, _rows):
        return self._scores


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0])
def test_no_tolerance_lets_nonsense_pass(exact, wrong, tree, rows):
    golden = manifest_of(tree, rows[:2]).golden
    probabilities = copy.deepcopy(golden.probabilities)
    probabilities[1][0] = wrong
    with pytest.raises(ArtifactError, match="golden row 1"):
        check_golden(Answers(exact, golden.labels, probabilities), golden, "model")


def test_trees_are_exact_and_lines_are_not(tree, rows, labels):
    assert EstimatorScorer(tree).exact
    assert not EstimatorScorer(LogisticRegression()).exact
    assert EstimatorScorer(DecisionTreeClassifier()).name == "estimator"


@pytest.mark.usefixtures("_quiet_crash")
def test_the_parent_never_unpickles_in_a_trial(folder, tree):
    bundle = dataclasses.replace(read_bundle(folder, 10**8), pickled=dumped(with_left_child(tree, 2**40)))
    for _ in range(2):
        with pytest.raises(ArtifactError, match="crashed the process that tried it"):
            try_in_child(bundle, 60)
