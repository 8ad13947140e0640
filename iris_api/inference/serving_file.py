"""The file ``SERVING`` of a model: its first line names the version in service, each line below it the one that served before.

It is plain text. Each change locks the model's folder and replaces the file atomically.
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from iris_api.errors import ArtifactBusy, ArtifactError, ArtifactForbidden, ArtifactMissing

SERVING = "SERVING"
VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
MAX_HISTORY = 20
MAX_SERVING_BYTES = 4096
LOCK_SECONDS = 30.0
_PAUSE_SECONDS = 0.01


@contextmanager
def locked(folder: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of a model's ``folder``: one command at a time changes which version serves.

    The lock is on the folder itself: it leaves no file behind and ends with the process. On a file system without locks nothing is
    held, and of two commands at once the later one decides.

    Raises
    ------
    ArtifactBusy
        If another command holds it for longer than ``seconds``.
    ArtifactMissing, ArtifactForbidden
        If there is no such folder, or it may not be opened.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ArtifactMissing(f"{folder} does not exist; make a bundle first (iris-api train or iris-api bundle)") from None
    except OSError as error:
        raise ArtifactForbidden(f"{folder} cannot be opened ({error.strerror}); change its permissions") from None
    try:
        _lock(descriptor, folder, time.monotonic() + seconds)
        yield
    finally:
        # a child that another thread forked meanwhile shares the lock, and closing alone would leave it held
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def read_history(folder: Path) -> list[int]:
    """The versions that ``SERVING`` in ``folder`` names, the one in service first; empty if there is no such file.

    Raises
    ------
    ArtifactError
        If it holds anything else.
    ArtifactForbidden
        If it may not be read.
    """
    file = folder / SERVING
    try:
        # a FIFO would keep the start waiting without O_NONBLOCK
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            lines = (opened.read(MAX_SERVING_BYTES) or b"").decode("ascii", "replace").split()
    except FileNotFoundError:
        return []
    except PermissionError:
        raise ArtifactForbidden(f"{file} may not be read by this user; change its permissions") from None
    except OSError as error:
        raise ArtifactError(f"{file} cannot be read ({error.strerror}); remove it or promote a version") from None
    if not lines or not all(VERSION.fullmatch(line) for line in lines):
        raise ArtifactError(f"{file} does not name a version; promote one (iris-api promote VERSION) or remove it")
    return [int(line) for line in lines]


def write_history(folder: Path, history: Sequence[int]) -> None:
    """Replace ``SERVING`` in ``folder`` by the first `MAX_HISTORY` versions of ``history``, whole or not at all.

    Raises
    ------
    ArtifactForbidden
        If it cannot be written; then it is as before.
    """
    file, fresh = folder / SERVING, None
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".serving-", delete=False) as opened:
            fresh = opened.name
            opened.writelines(f"{version}\n" for version in history[:MAX_HISTORY])
            opened.flush()
            os.fsync(opened.fileno())
            os.fchmod(opened.fileno(), 0o644)
        os.replace(fresh, file)
    except OSError as error:
        if fresh:
            Path(fresh).unlink(missing_ok=True)
        raise ArtifactForbidden(f"{file} cannot be written ({error.strerror}); change the folder's permissions or make room") from None


def _lock(descriptor: int, folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ArtifactBusy(f"{folder} is being changed by another command; try again when that has ended") from None
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return
        else:
            return
