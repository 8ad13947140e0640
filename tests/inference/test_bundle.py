"""A bundle on disk: nothing is unpickled before it is verified, and nothing is written by halves."""

import hashlib
import os
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.bundle import MAX_MANIFEST_BYTES, PICKLE, check_writable, read_bundle, write_bundle
from iris_api.inference.libraries import installed_libraries
from iris_api.inference.registry import Registry
from tests.inference.bundles import dumped, edit, manifest_of, obey_permissions, truncated, write
from tests.servers import PROJECT, clean_environment

MAX = 10**8
FILES = ["model.joblib", "manifest.json"]


def refused(folder: Path, kind: type[ArtifactError] = ArtifactError, max_bytes: int = MAX) -> str:
    with pytest.raises(ArtifactError) as refusal:
        read_bundle(folder, max_bytes)
    assert type(refusal.value) is kind
    assert ";" in str(refusal.value), "the remedy is missing"
    return str(refusal.value)


def test_a_good_bundle_is_read_whole(folder, tree):
    bundle = read_bundle(folder, MAX)
    assert bundle.pickled == dumped(tree) == (folder / "model.joblib").read_bytes()
    assert bundle.manifest.artifact.sha256 == hashlib.sha256(bundle.pickled).hexdigest()
    assert (bundle.manifest.name, bundle.manifest.version, bundle.warnings) == ("small", 1, ())
    assert bundle.source == f"{folder}/model.joblib"


@pytest.mark.parametrize("cut", range(4))
def test_a_truncated_pickle_is_refused(folder, cut):
    file = folder / "model.joblib"
    file.write_bytes(truncated(file.read_bytes())[cut])
    assert f"{file} has {file.stat().st_size} bytes, its manifest says" in refused(folder)


@pytest.mark.parametrize("cut", range(4))
def test_a_truncated_pickle_of_the_right_size_in_the_manifest_is_refused(folder, cut):
    file = folder / "model.joblib"
    shorter = truncated(file.read_bytes())[cut] or b"\0"
    file.write_bytes(shorter)
    edit(folder, lambda content: content["artifact"].update(size_bytes=len(shorter)))
    assert f"{file} is damaged: its SHA-256" in refused(folder)


def test_any_flipped_bit_is_refused(folder):
    file = folder / "model.joblib"
    good = file.read_bytes()
    for place in range(0, len(good), 97):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1 << place % 8]) + good[place + 1 :])
        assert f"{file} is damaged: its SHA-256" in refused(folder)


def test_bytes_added_to_the_pickle_are_refused(folder):
    with (folder / "model.joblib").open("ab") as file:
        file.write(b"\0")
    assert "bytes, its manifest says" in refused(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert refused(folder) == f"{folder / name} does not exist; copy or build the bundle again"


def test_a_missing_folder_is_named_with_the_versions_there_are(folder, monkeypatch):
    remedy = "name a version there is (small has: 1) or train one (iris-api train)"
    assert refused(folder.parent / "7", ArtifactMissing) == f"{folder.parent / '7'} does not exist; {remedy}"
    monkeypatch.chdir(folder)
    assert refused(Path("../7"), ArtifactMissing) == f"../7 does not exist; {remedy}"
    nowhere = folder.parent.parent / "none"
    assert f"(there is none in {nowhere}; IRIS_MODEL_NAME and " in refused(nowhere / "1", ArtifactMissing)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("target", ["the real one", "nothing", "itself"])
def test_a_link_is_not_followed(folder, tmp_path, name, target):
    real = tmp_path / "elsewhere"
    (folder / name).rename(real)
    (folder / name).symlink_to({"the real one": real, "nothing": tmp_path / "nothing", "itself": folder / name}[target])
    assert refused(folder).startswith(f"{folder / name} is a link")


def test_a_link_in_place_of_the_version_is_not_followed(folder):
    (folder.parent / "2").symlink_to(folder)
    assert "is a link or no folder" in refused(folder.parent / "2")


@pytest.mark.parametrize("name", FILES)
def test_a_fifo_keeps_nobody_waiting(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert refused(folder).startswith(f"{folder / name} is no regular file")


@pytest.mark.parametrize("name", FILES)
def test_a_fifo_that_somebody_writes_to_is_refused_too(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    writer = os.open(folder / name, os.O_RDWR)
    try:
        os.write(writer, b"{}")
        assert "is no regular file" in refused(folder)
    finally:
        os.close(writer)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_place_of_a_file_is_refused(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    assert refused(folder).startswith(f"{folder / name} is no regular file")


@pytest.mark.parametrize("name", FILES)
def test_a_socket_in_place_of_a_file_is_refused(folder, name, monkeypatch):
    (folder / name).unlink()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        assert str(folder / name) in refused(folder)


def test_a_file_in_place_of_the_version_is_refused(folder):
    (folder.parent / "2").write_text("")
    assert "is a link or no folder" in refused(folder.parent / "2")


def test_refusals_leave_no_descriptor_open(folder):
    (folder / "model.joblib").unlink()
    os.mkfifo(folder / "model.joblib")
    before = os.listdir("/proc/self/fd")
    for _ in range(5):
        refused(folder)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_pickle_over_the_limit_is_refused_and_one_at_the_limit_is_read(folder):
    size = (folder / "model.joblib").stat().st_size
    assert len(read_bundle(folder, size).pickled) == size
    assert f"has more than {size - 1} bytes; raise IRIS_MAX_ARTIFACT_BYTES" in refused(folder, max_bytes=size - 1)


def test_a_huge_file_is_refused_without_being_read(folder):
    for name, limit in (("model.joblib", MAX), ("manifest.json", MAX_MANIFEST_BYTES)):
        os.truncate(folder / name, 2**40)
        assert f"{folder / name} has more than {limit} bytes" in refused(folder)


PERMISSIONS = ["model.joblib", "manifest.json", "."]


@pytest.mark.parametrize("name", PERMISSIONS)
def test_what_may_not_be_read_is_named(folder, name):
    (folder / name).chmod(0)
    code = f"""
from pathlib import Path
from iris_api.errors import exit_with_one_line
from iris_api.inference.bundle import read_bundle
with exit_with_one_line():
    read_bundle(Path({str(folder)!r}), {MAX})
"""
    command, environment = [sys.executable, "-c", code], clean_environment()
    done = subprocess.run(command, cwd=PROJECT, env=environment, preexec_fn=obey_permissions, capture_output=True, text=True, check=False)
    (folder / name).chmod(0o755)
    assert done.returncode == 77
    assert done.stderr.startswith("iris-api: ")
    assert "may not be read by this user; change its permissions" in done.stderr
    assert done.stderr.count("\n") == 1


def test_another_scikit_learn_is_refused_with_both_versions(folder):
    edit(folder, lambda content: content["libraries"].update(scikit_learn="1.5.0"))
    assert f"made with scikit-learn 1.5.0, this is {installed_libraries().scikit_learn}" in refused(folder)


@pytest.mark.parametrize("library", ["python", "numpy", "scipy", "joblib"])
def test_another_library_is_a_warning(folder, library):
    edit(folder, lambda content: content["libraries"].update({library: "0.1"}))
    here = getattr(installed_libraries(), library)
    assert read_bundle(folder, MAX).warnings == (f"the model was trained with {library} 0.1, this is {here}",)


BAD_MANIFESTS = {
    "nothing": (b"", "the file"),
    "no JSON": (b"{", "the file"),
    "a list": (b"[]", "the file"),
    "another encoding": ("{}".encode("utf-16"), "the file"),
    "an empty object": (b"{}", "name"),
    "deep nesting": (b"[" * 10**6, "the file"),
    "a pickle": (b"\x80\x04N.", "the file"),
}


@pytest.mark.parametrize(("content", "where"), BAD_MANIFESTS.values(), ids=BAD_MANIFESTS)
def test_what_is_no_manifest_is_refused_with_the_place(folder, content, where):
    (folder / "manifest.json").write_bytes(content)
    assert f"{folder / 'manifest.json'} is no manifest this version reads: {where}:" in refused(folder)


def test_a_fault_deep_in_the_manifest_is_named_by_its_path(folder):
    edit(folder, lambda content: content["signature"]["inputs"][1].update(seen_minimum="low"))
    assert "signature.inputs.1.number.seen_minimum" in refused(folder)


def test_versions_are_numbered_on(tree, rows, tmp_path):
    folders = [write(tmp_path / "models", tree, rows[:3]) for _ in range(3)]
    assert [folder.name for folder in folders] == ["1", "2", "3"]
    assert [read_bundle(folder, MAX).manifest.version for folder in folders] == [1, 2, 3]


def test_the_next_version_follows_the_highest_and_whatever_has_its_name(tree, rows, tmp_path):
    (tmp_path / "small" / "7").mkdir(parents=True)
    (tmp_path / "small" / "9").write_text("no bundle")
    (tmp_path / "small" / "011").mkdir()
    assert write(tmp_path, tree, rows[:3]).name == "10"


def test_a_bundle_may_be_read_by_everybody(folder):
    assert oct(folder.stat().st_mode & 0o777) == "0o755"
    assert {oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {"0o644"}
    assert sorted(file.name for file in folder.iterdir()) == ["card.md", "manifest.json", "model.joblib"]


def test_concurrent_writers_get_a_version_each(tree, rows, tmp_path):
    start = threading.Barrier(8)
    folders = []

    def work():
        start.wait()
        folders.extend(write(tmp_path, tree, rows[:3]) for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(folder.name) for folder in folders) == list(range(1, 25))
    assert {int(folder.name): read_bundle(folder, MAX).manifest.version for folder in folders} == {n: n for n in range(1, 25)}
    assert sorted(os.listdir(tmp_path / "small")) == sorted([*map(str, range(1, 25)), "SERVING"])
    assert (tmp_path / "small" / "SERVING").read_text() == "1\n"


def test_a_failure_on_the_way_leaves_nothing(tree, rows, tmp_path):
    def card(manifest):
        assert os.listdir(tmp_path / "small")  # there is a draft at this moment
        raise RuntimeError("no card today")

    with pytest.raises(RuntimeError, match="no card today"):
        write_bundle(Registry(tmp_path, "small"), manifest_of(tree, rows[:3]), {PICKLE: dumped(tree)}, card)
    assert os.listdir(tmp_path) == []


def test_a_bundle_is_tried_before_it_is_a_version(tree, rows, tmp_path):
    registry, tried = Registry(tmp_path, "small"), []

    def trial(draft):
        assert registry.versions() == []
        tried.append(read_bundle(draft, MAX))

    written = write_bundle(registry, manifest_of(tree, rows[:3]), {PICKLE: dumped(tree)}, lambda final: final.name, trial)
    assert [bundle.manifest for bundle in tried] == [written]
    assert sorted(os.listdir(tmp_path / "small")) == ["1", "SERVING"]


@pytest.mark.parametrize("failure", [ArtifactError("unfit"), KeyboardInterrupt()])
def test_a_bundle_that_fails_its_trial_never_becomes_a_version(tree, rows, tmp_path, failure):
    def trial(draft):
        raise failure

    with pytest.raises(type(failure)):
        write_bundle(Registry(tmp_path, "small"), manifest_of(tree, rows[:3]), {PICKLE: dumped(tree)}, lambda final: final.name, trial)
    assert os.listdir(tmp_path) == []


def test_a_later_version_that_fails_leaves_what_there_is(folder, tree, rows):
    def trial(draft):
        raise ArtifactError("unfit")

    registry = Registry(folder.parent.parent, "small")
    before = sorted(os.listdir(registry.folder))
    with pytest.raises(ArtifactError):
        write_bundle(registry, manifest_of(tree, rows[:3]), {PICKLE: dumped(tree)}, lambda final: final.name, trial)
    assert sorted(os.listdir(registry.folder)) == before == ["1", "SERVING"]


def test_the_first_version_serves_and_no_later_one_until_it_is_promoted(tree, rows, tmp_path):
    registry = Registry(tmp_path, "small")
    for _ in range(3):
        write(tmp_path, tree, rows[:3])
        assert registry.serving() == 1
    registry.promote(3)
    write(tmp_path, tree, rows[:3])
    assert registry.serving() == 3


def test_versions_of_an_older_release_go_on_serving_as_they_did(tree, rows, tmp_path):
    registry = Registry(tmp_path, "small")
    for _ in range(2):
        write(tmp_path, tree, rows[:3])
    (registry.folder / "SERVING").unlink()
    assert registry.serving() == 2
    write(tmp_path, tree, rows[:3])
    assert registry.serving() == 2
    assert (registry.folder / "SERVING").read_text() == "2\n"


WRITE = """
import sys
from pathlib import Path
import numpy as np
from sklearn.tree import DecisionTreeClassifier
from tests.inference.bundles import write
rows = np.arange(12.0).reshape(6, 2)
tree = DecisionTreeClassifier(random_state=0).fit(rows, ["no", "yes"] * 3)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    write(Path(sys.argv[1]), tree, rows[:3])
"""


@pytest.mark.parametrize("served", [None, 1])
def test_of_processes_that_write_at_once_each_gets_its_versions_and_one_serves(tmp_path, tree, rows, served):
    """With ``served`` there is a version that an older release wrote without ``SERVING``."""
    if served is not None:
        write(tmp_path, tree, rows[:3])
        (tmp_path / "small" / "SERVING").unlink()
    command, pipe = [sys.executable, "-c", WRITE, str(tmp_path)], subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=PROJECT, env=clean_environment(), stdin=pipe, stdout=pipe) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    count = 9 if served is None else 10
    assert Registry(tmp_path, "small").versions() == list(range(1, count + 1))
    assert (tmp_path / "small" / "SERVING").read_text() == "1\n"
    assert sorted(os.listdir(tmp_path / "small")) == sorted([*map(str, range(1, count + 1)), "SERVING"])


def test_a_bundle_is_on_the_disk_before_it_has_its_name_and_its_name_after(tree, rows, tmp_path, monkeypatch):
    kept, sync = [], os.fsync

    def record(descriptor):
        kept.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, (tmp_path / "small" / "1").exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    write(tmp_path, tree, rows[:3])
    (*files, (draft, early), serving, parent) = kept
    assert files == [("model.joblib", False), ("manifest.json", False), ("card.md", False)]
    assert draft.startswith(".draft-")
    assert not early
    assert serving[0].startswith(".serving-")
    assert parent == ("small", True)


def test_no_version_follows_the_highest_number_there_can_be(tree, rows, tmp_path):
    (tmp_path / "small" / "999999999").mkdir(parents=True)
    with pytest.raises(ArtifactError, match="highest number a version can have"):
        write(tmp_path, tree, rows[:3])
    assert os.listdir(tmp_path / "small") == ["999999999"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tree, rows, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    manifest, pickled = manifest_of(tree, rows[:3]), dumped(tree)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(ArtifactForbidden, match=r"small cannot be written \(File too large\); make room"):
            write_bundle(Registry(tmp_path, "small"), manifest, {PICKLE: pickled}, lambda final: final.name)
        with pytest.raises(ArtifactForbidden, match=r"small cannot be written \(File too large\); make room"):
            check_writable(Registry(tmp_path, "small"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_is_one_sentence(tree, rows, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactForbidden, match="file/small cannot be written"):
        write(tmp_path / "file", tree, rows[:3])
    with pytest.raises(ArtifactForbidden, match="file/small cannot be written"):
        check_writable(Registry(tmp_path / "file", "small"))


def test_a_look_at_whether_a_bundle_can_be_written_leaves_nothing(folder, tmp_path):
    check_writable(Registry(tmp_path / "new", "small"))
    assert not (tmp_path / "new").exists()
    registry = Registry(folder.parent.parent, "small")
    check_writable(registry)
    assert sorted(os.listdir(registry.folder)) == ["1", "SERVING"]
