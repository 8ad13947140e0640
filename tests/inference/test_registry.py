"""Which version is in service, and how that is changed."""

import os
import resource
from pathlib import Path

import pytest

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.registry import MAX_HISTORY, Registry


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
    for ask in (registry.serving, registry.before, lambda: registry.promote(2)):
        with pytest.raises(ArtifactError, match=r"SERVING does not name a version; promote one .* or remove it"):
            ask()


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
