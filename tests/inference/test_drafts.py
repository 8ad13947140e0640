"""The folder in which a bundle is written: it becomes a version, or nothing is left."""

import os

import pytest

from iris_api.inference.drafts import draft_in


def test_a_draft_that_becomes_a_version_stays_with_its_folders(tmp_path):
    with draft_in(tmp_path / "models" / "iris") as draft:
        (draft / "file").write_text("x")
        draft.rename(draft.parent / "1")
    assert (tmp_path / "models" / "iris" / "1" / "file").read_text() == "x"


def fail_in_a_draft(folder, failure, name="file"):
    with draft_in(folder) as draft:
        (draft / "file").write_text("x")
        (draft.parent / name).mkdir(exist_ok=True)
        raise failure


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing(tmp_path, failure):
    with pytest.raises(failure):
        fail_in_a_draft(tmp_path / "models" / "iris", failure, ".")
    assert os.listdir(tmp_path) == []


def test_folders_that_were_there_stay_even_if_they_are_empty(tmp_path):
    (tmp_path / "models").mkdir()
    with pytest.raises(RuntimeError):
        fail_in_a_draft(tmp_path / "models" / "iris", RuntimeError, ".")
    assert os.listdir(tmp_path) == ["models"]
    assert os.listdir(tmp_path / "models") == []


def test_what_others_wrote_meanwhile_stays(tmp_path):
    with pytest.raises(RuntimeError):
        fail_in_a_draft(tmp_path / "models" / "iris", RuntimeError, "1")
    assert os.listdir(tmp_path / "models" / "iris") == ["1"]


def test_a_folder_that_cannot_be_made_raises_and_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"), draft_in(tmp_path / "file" / "iris"):
        pass
    with pytest.raises(OSError, match="File name too long"), draft_in(tmp_path / "models" / ("x" * 300)):
        pass
    assert os.listdir(tmp_path) == ["file"]
