"""Where the files are that workers touch as a sign of life: in memory if possible, as touching a file on a slow disk can take seconds."""

import tempfile
from collections.abc import Sequence

from iris_api.errors import ConfigurationError

IN_MEMORY = "/dev/shm"  # noqa: S108 - Gunicorn makes its files there with mkstemp


def heartbeat_folder(candidates: Sequence[str] | None = None) -> str:
    """The first of ``candidates`` in which a file can be made; by default shared memory, then the folders of temporary files.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    for folder in candidates or (IN_MEMORY, *_temporary_folders()):
        try:
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    raise ConfigurationError("no folder for temporary files can be written; mount one at /dev/shm or /tmp, or set TMPDIR")


def _temporary_folders() -> list[str]:
    try:
        return [tempfile.gettempdir()]
    except FileNotFoundError:
        return []
