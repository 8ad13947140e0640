"""A bundle's trial: what crashes, hangs or lies does it in the child, and the parent tells so in one sentence."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from threadpoolctl import threadpool_limits

from iris_api.errors import ArtifactError
from iris_api.inference import sandbox
from iris_api.inference.bundle import read_bundle
from iris_api.inference.probation import MEMORY_FACTOR, read_report, try_in_child
from iris_api.inference.scorers import EstimatorScorer
from tests.inference.bundles import classifier_signature, dumped, edit, plant, write
from tests.inference.forks import become_nobody, in_fork
from tests.servers import PROJECT, clean_environment, until


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


def neighbours(root, metric: str, trained: int, asked: int, **options):
    """A bundle of a classifier whose predictions take time or memory in proportion to ``trained`` times ``asked`` rows."""
    random = np.random.default_rng(3)
    values = random.uniform(1, 2, (trained, 2))
    model = KNeighborsClassifier(3, algorithm="brute", metric=metric, **options).fit(values, np.arange(trained) % 2)
    folder = write(root, model, values[:1])

    def repeat(content) -> None:
        golden = content["golden"]
        golden.update({member: golden[member] * asked for member in golden})

    edit(folder, repeat)
    return folder


@pytest.fixture(scope="module")
def slow_folder(tmp_path_factory):
    """A good bundle that takes minutes to answer its golden rows, and little memory."""
    return neighbours(tmp_path_factory.mktemp("slow"), "minkowski", 200_000, 20_000, p=3)


def test_a_good_bundle_passes_and_its_quicker_scorer_agrees(folder):
    verdict = try_in_child(read_bundle(folder, 10**8), 60)
    assert verdict.agrees is True
    assert 0 < verdict.row_seconds < 10


@contextmanager
def tried_in_a_thread(folder):
    """The child that tries the bundle, and a list that will hold the error it ends with."""
    bundle, before, errors = read_bundle(folder, 10**8), children(), []

    def attempt() -> None:
        try:
            try_in_child(bundle, 60)
        except ArtifactError as error:
            errors.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    (child,) = until(lambda: children() - before, "a child is started")
    # before that, the child has its parent's handlers of signals and its standard error
    until(lambda: psutil.Process(child).rlimit(resource.RLIMIT_NOFILE)[0] == sandbox.MAX_OPEN_FILES, "the child is confined")
    yield child, errors
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGKILL], ids=lambda number: number.name)
def test_a_crash_stays_in_the_child_and_its_signal_is_told(slow_folder, number):
    with tried_in_a_thread(slow_folder) as (child, errors):
        os.kill(child, number)
    assert len(errors) == 1
    assert errors[0].startswith(f"{slow_folder}/model.joblib crashed the process that tried it ({number.name}")
    assert ("out of memory" in errors[0]) == (number == signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGXCPU, signal.SIGALRM], ids=lambda number: number.name)
def test_a_child_that_used_up_its_time_is_told_as_such(slow_folder, number):
    with tried_in_a_thread(slow_folder) as (child, errors):
        os.kill(child, number)
    assert errors == [f"{slow_folder}/model.joblib was not checked within 60 s; raise IRIS_PROBATION_SECONDS or serve a smaller model"]


def test_a_prediction_that_takes_too_long_is_ended_at_the_deadline(slow_folder):
    started = time.monotonic()
    assert "was not checked within 0.5 s; raise IRIS_PROBATION_SECONDS" in refused(slow_folder, 0.5)
    assert time.monotonic() - started < 5


def test_a_prediction_that_needs_too_much_memory_is_refused_with_limit_and_setting(tmp_path):
    folder = neighbours(tmp_path, "cosine", 20_000, 1_000)
    bundle = read_bundle(folder, 10**8)
    allowed = MEMORY_FACTOR * len(bundle.pickled) + 1024
    with pytest.raises(ArtifactError) as refusal:
        try_in_child(bundle, 60, max_table_bytes=24, memory_bytes=1000)
    remedy = "raise IRIS_PROBATION_MEMORY_BYTES (1000) or serve a smaller model"
    assert str(refusal.value) == f"{bundle.source} needed more than {allowed} bytes of memory while it was tried; {remedy}"
    assert try_in_child(bundle, 60, max_table_bytes=24, memory_bytes=400 * 1024**2).agrees


def wide_forest() -> RandomForestClassifier:
    random = np.random.default_rng(5)
    values = random.normal(size=(600, 2000))
    return RandomForestClassifier(100, random_state=5).fit(values, (values[:, :9].sum(axis=1) > 0).astype(int))


@pytest.mark.parametrize("max_table_bytes", [64 * 1024**2, 0])
def test_a_forest_of_2000_features_is_tried_within_128_mib(tmp_path, max_table_bytes):
    bundle = read_bundle(write(tmp_path, wide_forest(), np.zeros((5, 2000))), 10**8)
    memory_bytes = 128 * 1024**2 - max_table_bytes - MEMORY_FACTOR * len(bundle.pickled)
    assert try_in_child(bundle, 110, max_table_bytes, memory_bytes).agrees


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        KNeighborsClassifier(algorithm="brute"),
        SVC(),
        MLPClassifier((50,), max_iter=5),
        GaussianProcessClassifier(optimizer=None),
        HistGradientBoostingClassifier(max_iter=5),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_models_of_every_kind_predict_without_another_thread_or_process(tmp_path, model):
    random = np.random.default_rng(5)
    values = random.normal(size=(500, 20))
    # OpenMP's threads would hang in a child forked later
    with threadpool_limits(limits=1):
        bundle = read_bundle(write(tmp_path, model.fit(values, np.arange(500) % 3), values[:200]), 10**8)

    def unprivileged(sender: int):
        become_nobody()
        return sender, try_in_child(bundle, 60).agrees

    assert in_fork(unprivileged) is True


USES_OPENMP_AND_TRIES = """
import sys
from pathlib import Path
from iris_api.inference.bundle import read_bundle
from iris_api.inference.probation import try_in_child
from iris_api.inference.unpickling import load_estimator
from threadpoolctl import threadpool_limits
bundle = read_bundle(Path(sys.argv[1]), 10**8)
with threadpool_limits(limits=2, user_api="openmp"):
    load_estimator(bundle.pickled, bundle.manifest, bundle.source).predict(bundle.manifest.golden.rows)
    print(try_in_child(bundle, 30).agrees)
"""


@pytest.mark.system
def test_a_parent_that_has_used_openmp_can_try_a_model_that_uses_it(tmp_path):
    values = np.random.default_rng(5).normal(size=(2000, 20))
    with threadpool_limits(limits=1):
        folder = write(tmp_path, HistGradientBoostingClassifier(max_iter=5).fit(values, np.arange(2000) % 3), values[:200])
    command = [sys.executable, "-c", USES_OPENMP_AND_TRIES, str(folder)]
    done = subprocess.run(command, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=False, timeout=100)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_where_no_process_can_be_started_the_bundle_is_not_tried(folder):
    bundle = read_bundle(folder, 10**8)
    try_in_child(bundle, 60)

    def without_processes(sender: int):
        become_nobody()
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        before = len(os.listdir("/proc/self/fd"))
        try:
            try_in_child(bundle, 60)
        except ArtifactError as error:
            return sender, [str(error), len(os.listdir("/proc/self/fd")) - before]
        return sender, None

    said, left_open = in_fork(without_processes)
    assert said.startswith(f"{bundle.source} was not tried, since no process can be started (Resource temporarily unavailable);")
    assert left_open == 0


HOSTILE = [
    b"\0",
    b"null",
    b"[]",
    b"[" * 60_000,
    b'{"agrees": true, "row_seconds": 0.1',
    b'{"agrees": 1, "row_seconds": 0.1}',
    b'{"agrees": true}',
    b'{"agrees": true, "row_seconds": NaN}',
    b'{"agrees": true, "row_seconds": Infinity}',
    b'{"agrees": true, "row_seconds": -1.0}',
    b'{"agrees": true, "row_seconds": "0.1"}',
    b'{"error": 7}',
    b'{"error": ["x"]}',
    b'{"agrees": true, "row_seconds": 1' + b"0" * 5000 + b"}",
    b"\xff\xfe",
]


@pytest.mark.parametrize("report", HOSTILE, ids=lambda report: ascii(report[:40]))
def test_a_report_of_any_kind_is_a_refusal(report):
    with pytest.raises(ArtifactError, match=r"^model made the process that tried it write a report that cannot be read"):
        read_report(report, "model")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_refusal(report):
    with pytest.raises(ArtifactError):
        read_report(report, "model")


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


def test_an_error_of_any_length_is_one_bounded_sentence(folder, tree, rows, labels):
    spoilt = GaussianNB().fit(rows, labels)
    del spoilt.theta_
    plant(folder, dumped(spoilt))
    assert "cannot predict its golden rows (AttributeError:" in refused(folder)
    long = LogisticRegression(class_weight=None)
    long.classes_, long.n_features_in_ = tree.classes_, 2
    long.coef_, long.intercept_ = np.zeros((1, 2)), "\U0001f600" * 100_000
    plant(folder, dumped(long))
    assert len(refused(folder)) < 5000


def nudge(content, row: int, by: float) -> None:
    probabilities = content["golden"]["details"][row]
    probabilities[0] += by


def test_other_golden_labels_are_refused_by_row(folder):
    edit(folder, lambda content: content["golden"]["values"].__setitem__(4, "neither"))
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
    edit(folder, lambda content: content["golden"].update(details=None))
    assert "gives probabilities where its manifest has none, or the reverse" in refused(folder)
    silent = write(tmp_path / "silent", LinearSVC().fit(rows, labels), rows[:2])
    assert try_in_child(read_bundle(silent, 10**8), 60).agrees is True
    edit(silent, lambda content: content["golden"].update(details=[[0.5, 0.5]] * 2))
    assert "or the reverse" in refused(silent)


def test_trees_are_exact_and_lines_are_not(tree, rows, labels):
    assert EstimatorScorer(tree, classifier_signature(tree)).exact
    line = LogisticRegression().fit(rows, labels)
    assert not EstimatorScorer(line, classifier_signature(line)).exact
    assert EstimatorScorer(tree, classifier_signature(tree)).name == "estimator"


def test_the_parent_never_unpickles_in_a_trial(tmp_path):
    bundle = read_bundle(neighbours(tmp_path, "minkowski", 1_000_000, 1), 10**8)
    before, after = in_fork(lambda sender: (sender, [peak_bytes(), try_in_child(bundle, 60).agrees and peak_bytes()]))
    assert len(bundle.pickled) > 20_000_000
    assert after - before < len(bundle.pickled) / 2


def peak_bytes() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
