"""Which version is in service, and how that is changed."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iris_api.errors import ArtifactBusy, ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.registry import Registry
from iris_api.inference.serving_file import MAX_HISTORY
from tests.servers import PROJECT, clean_environment


@pytest.fixture
def registry(tmp_path) -> Registry:
    for version in (1, 2, 10):
        (tmp_path / "iris" / str(version)).mkdir(parents=True)
    return Registry(tmp_path, "iris")


def serving_file(registry: Registry) -> Path:
    return registry.folder / "SERVING"


def test_versions_are_positive_numbers_in_order(registry):
    for name in ("0", "-1", "03", "1.5", "four", ".draft-x", "²", "٣", "1234567890"):
        (registry.folder / name).mkdir()
    assert registry.versions() == [1, 2, 10]


def test_a_model_without_a_folder_has_no_versions(tmp_path):
    assert Registry(tmp_path, "iris").versions() == []


def test_without_a_word_the_highest_version_serves(registry):
    assert registry.serving() == 10


def test_no_version_at_all_is_missing_and_says_what_to_set(tmp_path):
    with pytest.raises(ArtifactMissing, match=r"make one of Iris \(iris-api train\) or .*--csv .*--name iris\), or set IRIS_ARTIFACTS"):
        Registry(tmp_path, "iris").serving()


def test_promote_and_rollback_walk_through_the_history(registry):
    registry.promote(2)
    assert registry.serving() == 2
    registry.promote(1)
    assert registry.serving() == 1
    assert registry.before() == [2, 10]
    assert registry.rollback() == 2
    assert registry.rollback() == 10
    assert registry.serving() == 10
    with pytest.raises(ArtifactMissing, match="remembers no version before"):
        registry.rollback()
    assert registry.serving() == 10


def test_rollback_goes_back_through_every_promotion_one_by_one(registry):
    for version in (1, 2, 1, 10):
        registry.promote(version)
    assert serving_file(registry).read_text() == "10\n1\n2\n1\n10\n"
    assert [registry.rollback() for _ in range(4)] == [1, 2, 1, 10]


def test_a_rollback_skips_versions_that_were_deleted(registry):
    for version in (10, 1, 2, 1):
        registry.promote(version)
    shutil.rmtree(registry.path(2))
    assert registry.skipped() == [2]
    assert registry.rollback() == 10, "the version before the deleted one is the one that serves"
    assert registry.serving() == 10


def test_where_all_versions_before_were_deleted_there_is_no_way_back_and_it_says_which(registry):
    for version in (2, 10, 1):
        registry.promote(version)
    shutil.rmtree(registry.path(2))
    shutil.rmtree(registry.path(10))
    with pytest.raises(ArtifactMissing, match=r"that is still there \(deleted: 10, 2\); promote one \(iris has: 1\)"):
        registry.rollback()
    assert registry.serving() == 1


def test_a_version_in_service_that_was_deleted_is_rolled_back_from(registry):
    registry.promote(1)
    registry.promote(2)
    shutil.rmtree(registry.path(2))
    assert registry.serving() == 2, "no other version serves without a word"
    assert registry.rollback() == 1


def test_a_rollback_to_another_version_than_the_checked_one_is_refused(registry):
    for version in (2, 1):
        registry.promote(version)
    with pytest.raises(ArtifactBusy, match=r"SERVING was changed by another command meanwhile; .*iris-api versions iris"):
        registry.rollback(10)
    assert registry.serving() == 1
    assert registry.rollback(2) == 2


def test_rollback_goes_back_to_what_served_before_anything_was_promoted(registry):
    registry.promote(1)
    assert registry.rollback() == 10


def test_the_first_promote_of_the_highest_version_remembers_the_highest_of_the_others(registry):
    registry.promote(10)
    assert registry.before() == [2]
    assert registry.rollback() == 2


def test_the_only_version_has_none_before_it(tmp_path):
    (tmp_path / "iris" / "1").mkdir(parents=True)
    registry = Registry(tmp_path, "iris")
    registry.promote(1)
    with pytest.raises(ArtifactMissing, match=r"SERVING remembers no version before this one; promote one \(iris has: 1\)"):
        registry.before()


def test_promoting_the_version_in_service_changes_nothing_one_could_go_back_to(registry):
    registry.promote(2)
    registry.promote(2)
    assert registry.before() == [10]


def test_a_way_back_where_nothing_was_promoted_blames_no_file_that_is_not_there(registry):
    with pytest.raises(ArtifactMissing, match=r"^nothing was promoted yet.*; promote a version \(iris has: 10, 2, 1\)$"):
        registry.rollback()
    assert not serving_file(registry).exists()


def test_the_next_version_is_refused_where_its_number_would_have_too_many_digits(registry):
    assert registry.next_version() == 11
    (registry.folder / "999999999").mkdir()
    with pytest.raises(ArtifactError, match=r"iris/999999999 has the highest number a version can have; remove it"):
        registry.next_version()


def test_versions_are_listed_the_highest_first_and_not_all_of_many(registry):
    assert registry.versions_listed() == "iris has: 10, 2, 1"
    for version in range(11, 25):
        (registry.folder / str(version)).mkdir()
    assert registry.versions_listed() == "iris has: 24, 23, 22, 21, 20, 19, 18, 17, 16, 15 and 7 more"
    assert Registry(registry.root, "none").versions_listed().startswith(f"there is none in {registry.root / 'none'}; ")


def test_the_history_is_bounded(registry):
    for version in range(1, 40):
        registry.path(version).mkdir(exist_ok=True)
        registry.promote(version)
    assert registry.before() == list(range(38, 39 - MAX_HISTORY, -1))
    assert len(serving_file(registry).read_text().split()) == MAX_HISTORY


def test_a_pin_goes_before_everything(registry):
    registry.promote(2)
    pinned = Registry(registry.root, "iris", 1)
    assert pinned.serving() == 1
    serving_file(registry).write_text("nonsense")
    assert pinned.serving() == 1


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two\n", b"0\n", b"-1\n", b"1.0\n", b"2\nlatest\n", b"\xff\xfe", b"../2\n", b"02\n", b"\xd9\xa3"]
)
def test_a_malformed_serving_file_is_refused_with_the_remedy(registry, content):
    serving_file(registry).write_bytes(content)
    for ask in (registry.serving, registry.before, registry.next_version):
        with pytest.raises(ArtifactError, match=r"SERVING does not name a version; promote one .* or remove it"):
            ask()
    registry.promote(2)
    assert serving_file(registry).read_text() == "2\n"


def test_a_serving_file_written_by_hand_is_taken(registry):
    serving_file(registry).write_text(" 2 \r\n")
    assert registry.serving() == 2


def test_a_fifo_in_place_of_serving_keeps_nobody_waiting(registry):
    os.mkfifo(serving_file(registry))
    with pytest.raises(ArtifactError, match="does not name a version"):
        registry.serving()


def test_a_folder_in_place_of_serving_is_refused(registry):
    serving_file(registry).mkdir()
    with pytest.raises(ArtifactError, match="cannot be read"):
        registry.serving()


def test_a_huge_serving_file_is_not_read_whole(registry):
    serving_file(registry).write_text("2\n")
    os.truncate(serving_file(registry), 2**40)
    with pytest.raises(ArtifactError, match="does not name a version"):
        registry.serving()


def test_a_file_in_place_of_the_artifacts_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="file/iris"):
        Registry(tmp_path / "file", "iris").serving()


def test_writing_leaves_one_readable_file(registry):
    registry.promote(1)
    registry.promote(2)
    assert sorted(os.listdir(registry.folder)) == ["1", "10", "2", "SERVING"]
    assert oct(serving_file(registry).stat().st_mode & 0o777) == "0o644"
    assert serving_file(registry).read_text() == "2\n1\n10\n"


def test_a_full_disk_is_one_sentence_and_changes_nothing(registry):
    registry.promote(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, hard))
    try:
        with pytest.raises(ArtifactForbidden, match=r"SERVING cannot be written \(File too large\)"):
            registry.promote(2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert registry.serving() == 1
    assert sorted(os.listdir(registry.folder)) == ["1", "10", "2", "SERVING"]


def test_a_folder_that_takes_no_file_is_one_sentence():
    with pytest.raises(ArtifactForbidden, match="cannot be written"):
        Registry(Path("/proc"), "self").promote(1)


def draft(registry: Registry) -> Path:
    folder = registry.folder / ".draft-x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return folder


def test_the_first_version_is_put_in_service_and_a_later_one_is_not(tmp_path):
    registry = Registry(tmp_path, "iris")
    assert registry.admit(draft(registry), 1)
    assert serving_file(registry).read_text() == "1\n"
    assert registry.admit(draft(registry), 2)
    assert serving_file(registry).read_text() == "1\n"
    assert (registry.versions(), registry.serving()) == ([1, 2], 1)


def test_a_later_version_keeps_the_one_in_service_that_an_older_release_served(registry):
    for version in (1, 2):
        (registry.path(version) / "manifest.json").write_text("{}")
    assert registry.admit(draft(registry), 11)
    assert registry.serving() == 2, "10 is no bundle"


def test_a_number_that_is_taken_leaves_the_draft(registry):
    (registry.path(10) / "manifest.json").write_text("{}")
    folder = draft(registry)
    assert not registry.admit(folder, 10)
    assert folder.is_dir()
    assert registry.serving() == 10


def test_where_all_versions_were_deleted_the_next_one_serves_under_a_number_of_its_own(registry):
    registry.promote(2)
    registry.promote(10)
    for version in registry.versions():
        shutil.rmtree(registry.path(version))
    assert registry.next_version() == 11
    assert registry.admit(draft(registry), 11)
    assert serving_file(registry).read_text() == "11\n"


def test_a_number_in_the_history_is_not_given_again(registry):
    registry.path(12).mkdir()
    for version in (12, 10):
        registry.promote(version)
    shutil.rmtree(registry.path(12))
    assert registry.next_version() == 13


def test_a_first_version_that_cannot_be_put_in_service_is_none(tmp_path):
    registry = Registry(tmp_path, "iris")
    folder = draft(registry)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(ArtifactForbidden, match="SERVING cannot be written"):
            registry.admit(folder, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(registry.folder) == [".draft-x"]


PROMOTE = """
import sys
from pathlib import Path
from iris_api.inference.registry import Registry
registry = Registry(Path(sys.argv[1]), "iris")
print("ready", flush=True)
sys.stdin.readline()
for version in sys.argv[2:]:
    registry.promote(int(version))
"""


def test_of_processes_that_promote_at_once_none_is_forgotten(registry):
    groups = [list(range(first, first + MAX_HISTORY // 4)) for first in range(100, 500, 100)]
    for version in (version for group in groups for version in group):
        registry.path(version).mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTE, str(registry.root), *map(str, group)],
            cwd=PROJECT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for group in groups
    ]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    history = [int(line) for line in serving_file(registry).read_text().split()]
    assert sorted(history) == sorted(version for group in groups for version in group)
    for group in groups:
        assert [version for version in history if version in group] == group[::-1]
    assert not [name for name in os.listdir(registry.folder) if name.startswith(".")]
