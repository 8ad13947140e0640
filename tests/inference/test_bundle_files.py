"""What is no bundle at all is told from a bundle that lacks a file; the other refusals are in the tests of the bundle."""

import os

import pytest

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.inference.bundle_files import open_file, open_version, read_file


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "file").write_bytes(b"12345")
    descriptor = open_version(tmp_path / "1")
    yield descriptor
    os.close(descriptor)


def test_a_file_is_read_up_to_its_bound(directory, tmp_path):
    path = tmp_path / "1" / "file"
    assert read_file(directory, path, 5, "") == b"12345"
    with pytest.raises(ArtifactError, match=r"file has more than 4 bytes; make it shorter"):
        read_file(directory, path, 4, "make it shorter")


def test_a_file_is_measured_without_being_read(directory, tmp_path):
    descriptor, size = open_file(directory, tmp_path / "1" / "file")
    os.close(descriptor)
    assert size == 5


def test_no_such_version_is_66_and_no_such_file_in_one_is_65(directory, tmp_path):
    with pytest.raises(ArtifactMissing) as missing:
        open_version(tmp_path / "2")
    with pytest.raises(ArtifactError) as damaged:
        open_file(directory, tmp_path / "1" / "other")
    assert (missing.value.exit_code, damaged.value.exit_code) == (66, 65)
    assert str(damaged.value) == f"{tmp_path}/1/other does not exist; copy or build the bundle again"
