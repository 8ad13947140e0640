"""The folder in which a bundle is written before it is a version; nothing of it is left behind, whatever happens."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ATTEMPTS = 10


@contextmanager
def draft_in(folder: Path) -> Iterator[Path]:
    """A new folder in ``folder``, which is made if it does not exist.

    At the end the draft is removed if it still has its name, and so are the folders that were made for it and are empty.

    Raises
    ------
    OSError
        If a folder cannot be made.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        draft = _new_draft(folder)
        try:
            draft.chmod(0o755)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def _new_draft(folder: Path) -> Path:
    for _ in range(_ATTEMPTS):
        # another command that fails removes the folder if it is empty at that moment
        with suppress(FileNotFoundError):
            return _make(folder)
    return _make(folder)


def _make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
