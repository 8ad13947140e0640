"""What a pickle may ask for: everything that scikit-learn's classifiers need, and nothing else."""

import copyreg
import gc
import io
import lzma
import os
import pickle
import pickletools
import subprocess
import types
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.cluster import DBSCAN
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.image import PatchExtractor
from sklearn.feature_selection import chi2
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.manifold import TSNE
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from iris_api.errors import ArtifactError
from iris_api.inference.unpickling import check_estimator, estimators_in, load_estimator, unpickle
from tests.inference.bundles import dumped, manifest_of

rng = np.random.default_rng(7)
ROWS = rng.uniform(0.1, 3, (60, 3))
LABELS = np.array(["low", "mid", "high"])[np.digitize(ROWS.sum(axis=1), [4, 5.3])]
tree = DecisionTreeClassifier(random_state=0).fit(ROWS, LABELS)


class Calls:
    """Pickled, it is a call of ``function`` that happens on unpickling."""

    def __init__(self, function, *arguments) -> None:
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def named(module: str, name: str) -> bytes:
    """Opcodes of protocol 4 that push a global."""
    return b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)) + b"\x93"


def within_object_array(inner: bytes) -> bytes:
    """A dump of an array of objects whose nested pickle is ``inner``."""
    whole = dumped(np.array([None], dtype=object))
    return whole[: whole.index(b"\x80\x05")] + inner + b"."


def refused(pickled: bytes) -> str:
    with pytest.raises(ArtifactError) as refusal:
        unpickle(pickled, "a/model.joblib")
    assert type(refusal.value) is ArtifactError
    assert str(refusal.value).startswith("a/model.joblib ")
    return str(refusal.value)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def callers(canary: Path):
    """Objects that leave a canary when they are unpickled without a guard."""
    write = f"open({str(canary)!r}, 'w').close()"
    return {
        "os.system": Calls(os.system, f"touch {canary}"),
        "subprocess": Calls(subprocess.check_call, ["touch", str(canary)]),
        "exec": Calls(exec, write),
        "eval": Calls(eval, write),
        "pathlib": Calls(Path.touch, canary),
        "joblib.dump": Calls(joblib.dump, 1, str(canary)),
        "numpy.save": Calls(np.save, str(canary), [1]),
        "a string of Python": Calls(pickle.loads, pickle.dumps(Calls(os.system, f"touch {canary}"))),
    }


WRAPPINGS = {
    "bare": dumped,
    "in a classifier": lambda caller: dumped(LogisticRegression(C=caller)),
    "in an object array": lambda caller: dumped(np.array([caller, None], dtype=object)),
    "in an object array in another": lambda caller: dumped([np.array([[np.array([caller], dtype=object)], [None]], dtype=object)]),
    "in a label": lambda caller: dumped({"classes_": np.array(["a", caller], dtype=object)}),
    "protocol 0": lambda caller: pickle.dumps(caller, 0),
    "protocol 2": lambda caller: pickle.dumps(caller, 2),
    "protocol 5": lambda caller: pickle.dumps(caller, 5),
}


@pytest.mark.parametrize("kind", callers(Path("x")))
@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_no_call_is_ever_made(wrap, kind, canary):
    pickled = wrap(callers(canary)[kind])
    assert "which is no part of a scikit-learn classifier" in refused(pickled)
    assert not canary.exists()


def test_the_canary_does_run_without_the_guard(canary):
    pickle.loads(pickle.dumps(Calls(os.system, f"touch {canary}")))
    assert canary.exists()


HOSTILE_NAMES = [
    ("os", "system"),
    ("sklearn.tree._classes", "DecisionTreeClassifier.fit"),
    ("sklearn.tree._classes", "np.load"),
    ("sklearn.pipeline", "joblib.load"),
    ("sklearn.utils._bunch", "Bunch.__init__"),
    ("numpy", "load"),
    ("numpy", "memmap"),
    ("numpy", "ndarray.tofile"),
    ("sklearn.metrics._scorer", "_Scorer"),
    ("joblib.numpy_pickle_compat", "NDArrayWrapper"),
    ("joblib.numpy_pickle", "load"),
    ("functools", "reduce"),
    ("builtins", "getattr"),
    ("operator", "attrgetter"),
    ("copyreg", "__newobj__"),
    ("sklearn.datasets._openml", "fetch_openml"),
    ("SKLEARN.TREE._CLASSES", "DecisionTreeClassifier"),
    ("sklearn.tree._classes ", "DecisionTreeClassifier"),
    ("", ""),
]


@pytest.mark.parametrize(("module", "name"), HOSTILE_NAMES)
def test_a_name_off_the_list_is_refused_before_it_is_imported(module, name):
    by_stack = b"\x80\x04" + named(module, name) + b"."
    by_line = f"c{module}\n{name}\n.".encode()
    for pickled in (by_stack, by_line, within_object_array(by_stack)):
        assert "it mentions" in refused(pickled)
    assert "the opcode INST" in refused(f"(i{module}\n{name}\n.".encode())


def test_a_long_name_is_cut_short_in_the_message():
    assert len(refused(b"c" + b"m" * 100_000 + b"\nx\n.")) < 300


@pytest.mark.parametrize("opcode", [b"\x82\xf1", b"\x83\xf1\x00", b"\x84\xf1\x00\x00\x00"])
def test_an_extension_code_is_no_way_around_the_list(opcode, canary):
    copyreg.add_extension("os", "system", 0xF1)
    try:
        command = f"touch {canary}".encode()
        assert "the opcode EXT" in refused(b"\x80\x02" + opcode + b"X" + len(command).to_bytes(4, "little") + command + b"\x85R.")
    finally:
        copyreg.remove_extension("os", "system", 0xF1)
    assert not canary.exists()


@pytest.mark.parametrize("pickled", [b"Pcanary\n.", b"\x80\x04\x8c\x01xQ.", b"\x80\x05\x97.", b"\x80\x05\x98."])
def test_persistent_ids_and_foreign_buffers_are_refused(pickled):
    assert "which no pickled estimator has" in refused(pickled)


CHANGES = {
    "a class": ("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer", AdamOptimizer),
    "a function": ("sklearn.feature_selection._univariate_selection", "chi2", chi2),
}
SET_ATTRIBUTE = b"N}\x8c\x05ownedK\x01s\x86b."


@pytest.mark.parametrize(("module", "name", "shared"), CHANGES.values(), ids=CHANGES)
def test_nothing_that_all_models_share_is_changed(module, name, shared):
    inner = b"\x80\x04" + named(module, name) + SET_ATTRIBUTE
    for pickled in (inner, within_object_array(inner)):
        assert "it changes a class or a function" in refused(pickled)
    assert not hasattr(shared, "owned")


OBJECTS = named("numpy", "dtype") + b"\x8c\x02O8\x89\x88\x87R"
FLAGS_OFF = b"(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
ADDRESS = b"C\x08AAAAAAAA"
ARGUMENTS = b"K\x01\x85" + OBJECTS + ADDRESS + b"\x87"
RAW_MEMORY = {
    "a call": (named("numpy", "ndarray") + ARGUMENTS + b"R", "it calls ndarray"),
    "a new object": (named("numpy", "ndarray") + ARGUMENTS + b"\x81", "it calls ndarray"),
    "a new object by names": (named("numpy", "ndarray") + ARGUMENTS + b"}\x92", "the opcode NEWOBJ_EX"),
    "an old object": (b"(" + named("numpy", "ndarray") + b"K\x01\x85" + OBJECTS + ADDRESS + b"o", "the opcode OBJ"),
    "an old instance": (b"(K\x01\x85" + OBJECTS + ADDRESS + b"inumpy\nndarray\n", "the opcode INST"),
    "a type that denies its objects": (OBJECTS + FLAGS_OFF, "it changes the dtype O8"),
    "a scalar": (named("numpy._core.multiarray", "scalar") + OBJECTS + ADDRESS + b"\x86R", "raw memory"),
}


@pytest.mark.parametrize(("opcodes", "reason"), RAW_MEMORY.values(), ids=RAW_MEMORY)
def test_raw_memory_never_becomes_an_object(opcodes, reason):
    for pickled in (b"\x80\x04" + opcodes + b".", within_object_array(b"\x80\x04" + opcodes + b".")):
        assert reason in refused(pickled)


def test_a_record_type_cannot_deny_its_objects_either():
    pickled = pickle.dumps(np.dtype([("address", "O"), ("number", "f8")]), 2)
    at = 1 + max(place for opcode, _, place in pickletools.genops(pickled) if opcode.name == "BININT1")
    forged = pickled[:at] + b"\x00" + pickled[at + 1 :]
    assert not pickle.loads(forged).hasobject
    assert "no class of scikit-learn declares" in refused(forged)


def test_a_second_pickle_after_the_first_is_refused(canary):
    second = pickle.dumps(Calls(os.system, f"touch {canary}"))
    for tail in (second, dumped(tree), b"\x00", b"."):
        assert "has bytes after its end" in refused(dumped(tree) + tail)
    assert not canary.exists()


COMPRESSED = {"zlib": 3, "gzip": ("gzip", 3), "bz2": ("bz2", 3), "xz": ("xz", 3), "lzma": ("lzma", 3)}


@pytest.mark.parametrize("coding", COMPRESSED)
def test_a_compressed_dump_is_refused_by_name_and_with_the_remedy(coding):
    stream = io.BytesIO()
    joblib.dump(tree, stream, compress=COMPRESSED[coding])
    assert "compress=0" in refused(stream.getvalue())
    assert f"is compressed ({coding})" in refused(stream.getvalue())


def test_a_compressed_hostile_pickle_is_not_opened(canary):
    for pack in (zlib.compress, lzma.compress):
        assert "is compressed" in refused(pack(pickle.dumps(Calls(os.system, f"touch {canary}"))))
    assert not canary.exists()


def test_every_truncation_is_refused():
    whole = dumped(tree)
    for length in range(0, len(whole), 7):
        assert "cannot be unpickled" in refused(whole[:length])


def test_a_huge_array_that_is_not_there_is_refused():
    whole = dumped(np.arange(300.0))
    assert whole.count(b"M,\x01\x85") == 1
    refused(whole.replace(b"M,\x01\x85", b"\x8a\x08" + (2**60).to_bytes(8, "little") + b"\x85"))


OLD = b"0" * len(sklearn.__version__)
MADE_WITH_ANOTHER = (
    f"a/model.joblib was made with scikit-learn {OLD.decode()}, this is {sklearn.__version__};"
    " fit it again with this one, or serve it where that one is installed"
)
# what an old pickle can meet before the estimator's own version is compared
OBSOLETE = {
    "nothing else": (b"", b""),
    "a state of another shape": (b"node_count", b"node_size_"),
    "a name that has moved": (b"sklearn.tree._tree", b"sklearn.tree._odd_"),
}


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize(("now", "then"), OBSOLETE.values(), ids=OBSOLETE)
def test_a_pickle_of_another_scikit_learn_is_refused_with_both_versions(protocol, now, then):
    whole = pickle.dumps(tree, protocol)
    assert whole.count(sklearn.__version__.encode()) == 1
    assert now in whole
    assert refused(whole.replace(sklearn.__version__.encode(), OLD).replace(now, then)) == MADE_WITH_ANOTHER


def test_a_damaged_or_hostile_pickle_blames_no_scikit_learn():
    whole = dumped(tree)
    assert "was refused: the Tree" in refused(whole.replace(b"node_count", b"node_size_"))
    hostile = dumped(LogisticRegression(C=Calls(os.system, "true"))).replace(sklearn.__version__.encode(), OLD)
    assert "Serve only models you trained yourself" in refused(hostile)


def test_the_remedy_of_damage_may_be_the_callers():
    for pickled in (dumped(tree)[:-1], dumped(tree) + b"."):
        with pytest.raises(ArtifactError, match=r"; write it again$"):
            unpickle(pickled, "a/model.joblib", "write it again")


@pytest.mark.parametrize("model", [PatchExtractor(), DBSCAN(), TSNE()], ids=lambda model: type(model).__name__)
def test_what_is_not_served_is_no_matter_of_trust(model):
    said = refused(dumped(model))
    assert f"{type(model).__module__}.{type(model).__name__}" in said
    assert "; scikit-learn's estimators that predict new rows are served, and its transformers before them" in said


@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("__builtin__", "eval"), ("xgboost.sklearn", "XGBClassifier")])
def test_a_foreign_name_is_a_matter_of_trust(module, name):
    assert refused(f"c{module}\n{name}\n.".encode()).endswith(". Serve only models you trained yourself")


NOT_SERVED = {
    "text": ("a classifier, honestly", "not a scikit-learn estimator"),
    "a dictionary": ({"classes_": [1, 2]}, "not a scikit-learn estimator"),
    "an array": (np.arange(3.0), "not a scikit-learn estimator"),
    "a transformer": (StandardScaler().fit(ROWS), "holds a StandardScaler, which does not predict new rows"),
    "a pipeline of transformers": (make_pipeline(StandardScaler()).fit(ROWS), "holds a Pipeline, which does not predict new rows"),
    "an unfitted tree": (DecisionTreeClassifier(), "is not fitted"),
    "an unfitted pipeline": (make_pipeline(StandardScaler(), DecisionTreeClassifier()), "is not fitted"),
    "an unfitted vote": (VotingClassifier([("a", LogisticRegression())]), "is not fitted"),
    "two outputs": (DecisionTreeClassifier().fit(ROWS, np.c_[LABELS, LABELS]), "is no classifier of one output"),
    "a forest of two outputs": (RandomForestClassifier(2).fit(ROWS, np.c_[LABELS, LABELS]), "is no classifier of one output"),
    "a regressor": (LinearRegression().fit(ROWS, ROWS[:, 0]), "is no classifier of one output"),
}


@pytest.mark.parametrize(("model", "reason"), NOT_SERVED.values(), ids=NOT_SERVED)
def test_what_does_not_fit_its_manifest_is_refused(model, reason):
    with pytest.raises(ArtifactError, match=r"^a/model\.joblib ") as refusal:
        load_estimator(dumped(model), manifest_of(tree, ROWS[:2]), "a/model.joblib")
    assert reason in str(refusal.value)


def test_a_manifest_of_another_shape_is_refused():
    with pytest.raises(ArtifactError, match="takes 3 features, its manifest names 2"):
        load_estimator(dumped(tree), manifest_of(DecisionTreeClassifier().fit(ROWS[:, :2], LABELS), ROWS[:2, :2]), "model")


@pytest.mark.parametrize("others", [["a", "b", "c"], [1, 2, 3], [True, False, True]])
def test_a_manifest_of_other_classes_is_refused(others):
    other = DecisionTreeClassifier().fit(ROWS, np.resize(np.array(others, dtype=object), 60).astype(type(others[0])))
    with pytest.raises(ArtifactError, match="has other classes than its manifest"):
        load_estimator(dumped(tree), manifest_of(other, ROWS[:2]), "model")


def test_classes_that_are_equal_but_of_another_kind_are_refused():
    ones = DecisionTreeClassifier().fit(ROWS, LABELS == "low")
    with pytest.raises(ArtifactError, match="has other classes"):
        load_estimator(dumped(ones), manifest_of(DecisionTreeClassifier().fit(ROWS, (LABELS == "low").astype(int)), ROWS[:2]), "model")


def everything_in(root):
    """Every object that ``root`` leads to, found by the garbage collector's means and not by the service's."""
    seen, waiting = {}, [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type | types.ModuleType | types.FunctionType | types.BuiltinFunctionType):
            continue
        seen[id(item)] = item
        waiting.extend(gc.get_referents(item))
        if isinstance(item, np.ndarray) and item.dtype == object:
            waiting.extend(item.ravel())
    return seen.values()


def thread_counts(model):
    return {vars(item)["n_jobs"] for item in everything_in(model) if hasattr(item, "__dict__") and "n_jobs" in vars(item)}


def test_one_thread_serves_however_deep_an_estimator_hides():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import BaggingClassifier, StackingClassifier
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_union

    def forest():
        return RandomForestClassifier(3, n_jobs=2, random_state=0)

    inner = StackingClassifier([("a", forest()), ("b", make_pipeline(make_union(StandardScaler(), n_jobs=2), forest()))], n_jobs=2)
    parts = [("c", CalibratedClassifierCV(forest(), n_jobs=2)), ("d", BaggingClassifier(forest(), 2, n_jobs=2)), ("s", inner)]
    model = VotingClassifier([*parts, ("o", OneVsRestClassifier(forest(), n_jobs=2))], n_jobs=2)
    with joblib.parallel_config("sequential"):
        model.fit(ROWS, LABELS)
    assert 2 in thread_counts(model)
    assert thread_counts(load_estimator(dumped(model), manifest_of(tree, ROWS[:2]), "model")) == {1, None}


def test_an_estimator_that_says_nothing_of_threads_is_left_so():
    model = LogisticRegression().fit(ROWS, LABELS)
    check_estimator(model, "model")
    assert model.n_jobs is None
    # a warning is an error here, and scikit-learn warns of an n_jobs that has no effect
    clone(model).fit(ROWS, LABELS)


def test_an_odd_attribute_is_one_line():
    model = LogisticRegression().fit(ROWS, LABELS)
    model.n_jobs = np.arange(3)
    with pytest.raises(ArtifactError, match="a LogisticRegression with attributes that do not fit"):
        check_estimator(model, "model")


@pytest.mark.parametrize("classes", [5, {1: 2}], ids=repr)
def test_odd_classes_are_one_line(classes):
    model = LogisticRegression().fit(ROWS, LABELS)
    manifest = manifest_of(model, ROWS[:2])
    model.classes_ = classes
    with pytest.raises(ArtifactError, match=r"^model has attributes that do not fit"):
        load_estimator(dumped(model), manifest, "model")


def test_no_estimator_hides_in_an_array_of_several_dimensions():
    held = [LogisticRegression(n_jobs=2) for _ in range(24)]
    arrays = [np.array(held[start : start + 4], dtype=object).reshape(2, 2) for start in range(0, 24, 4)]
    root = make_pipeline(StandardScaler())
    root.steps = arrays
    assert {id(found) for found in estimators_in(root)} == {id(root), *map(id, held)}
