"""The files of a bundle, opened without following links and read once, up to a bound."""

import os
import stat
from pathlib import Path

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.registry import Registry

REBUILD = "copy or build the bundle again"


def open_version(folder: Path) -> int:
    """A descriptor of ``folder``, a version of a model.

    Raises
    ------
    ArtifactMissing
        If it does not exist, with the versions there are.
    ArtifactError
        If it is a link or no folder, or may not be read.
    """
    try:
        return _open(folder, os.O_DIRECTORY)
    except FileNotFoundError:
        home = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve would follow links
        there = Registry(home.parent.parent, home.parent.name).versions_listed()
        raise ArtifactMissing(f"{folder} does not exist; name a version there is ({there}) or train one (iris-api train)") from None


def open_file(directory: int, path: Path) -> tuple[int, int]:
    """A descriptor of the regular file ``path`` in the open ``directory``, and its size in bytes.

    Raises
    ------
    ArtifactError
        If it does not exist, which damages the bundle, is no regular file or may not be read.
    """
    try:
        descriptor = _open(path, 0, directory)
    except FileNotFoundError:
        raise ArtifactError(f"{path} does not exist; {REBUILD}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ArtifactError(f"{path} is no regular file; put the real one there")
    return descriptor, status.st_size


def read_file(directory: int, path: Path, max_bytes: int, remedy: str) -> bytes:
    """The bytes of the regular file ``path`` in the open ``directory``.

    Raises
    ------
    ArtifactError
        As `open_file` does; and if there are more than ``max_bytes``, with the ``remedy``.
    """
    descriptor, size = open_file(directory, path)
    with open(descriptor, "rb") as file:
        content = file.read(max_bytes + 1) if size <= max_bytes else b""
    if size > max_bytes or len(content) > max_bytes:
        raise ArtifactError(f"{path} has more than {max_bytes} bytes; {remedy}")
    return content


def _open(path: Path, flags: int, directory: int | None = None) -> int:
    name = path if directory is None else path.name
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | flags, dir_fd=directory)
    except FileNotFoundError:
        raise
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; change its permissions") from None
    except OSError as error:
        reason = "is a link or no folder" if flags else "is a link"
        raise ArtifactError(f"{path} {reason} ({error.strerror}); put the real one there") from None
