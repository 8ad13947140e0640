"""Which versions of a model there are, and which one is in service: ``<artifacts>/<model>/<version>/`` and ``SERVING``."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing

SERVING = "SERVING"
MAX_HISTORY = 10
MAX_SERVING_BYTES = 4096
MAX_VERSION = 999_999_999
MAX_LISTED = 10
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Registry:
    """One model's folder of versions.

    Parameters
    ----------
    root
        The folder of all models.
    name
        The model's name, a folder below it.
    pin
        A version that is in service whatever ``SERVING`` says, or None.
    """

    root: Path
    name: str
    pin: int | None = None

    @property
    def folder(self) -> Path:
        """The model's own folder."""
        return self.root / self.name

    def path(self, version: int) -> Path:
        """The folder of one version, whether it exists or not."""
        return self.folder / str(version)

    def versions(self) -> list[int]:
        """All versions there are, lowest first; empty where the model has no folder."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except NotADirectoryError:
            raise ArtifactError(f"{self.folder} is no folder; remove it and train again") from None
        except PermissionError:
            raise ArtifactForbidden(f"{self.folder} may not be read by this user; mend its permissions") from None
        return sorted(int(name) for name in names if _VERSION.fullmatch(name))

    def next_version(self) -> int:
        """The version after the highest there is; raises `ArtifactError` where no higher one can be."""
        version = max(self.versions(), default=0) + 1
        if version > MAX_VERSION:
            raise ArtifactError(f"{self.path(MAX_VERSION)} has the highest number a version can have; remove it or move it elsewhere")
        return version

    def versions_listed(self) -> str:
        """The versions there are, the highest ones first, as a message may say it: ``iris has: 2, 1``; if none, where one may be."""
        versions = self.versions()[::-1]
        if not versions:
            return f"there is none in {self.folder}; IRIS_MODEL_NAME and IRIS_ARTIFACTS say which model is meant"
        more = f" and {len(versions) - MAX_LISTED} more" if len(versions) > MAX_LISTED else ""
        return f"{self.name} has: {', '.join(map(str, versions[:MAX_LISTED]))}{more}"

    def serving(self) -> int:
        """The version in service: the pin, else what ``SERVING`` names, else the highest there is.

        Raises
        ------
        ArtifactMissing
            If there is no version at all.
        ArtifactError
            If ``SERVING`` does not name one.
        """
        if self.pin is not None:
            return self.pin
        history = self._history()
        if history:
            return history[0]
        versions = self.versions()
        if not versions:
            own = f"of a table or classifier of your own (iris-api train --csv FILE, or iris-api bundle, with --name {self.name})"
            remedy = f"make one of Iris (iris-api train) or {own}, or set IRIS_ARTIFACTS and IRIS_MODEL_NAME"
            raise ArtifactMissing(f"{self.folder} holds no bundle; {remedy}")
        return versions[-1]

    def promote(self, version: int) -> None:
        """Put ``version`` in service from the next reload on, and remember the one before. The caller has checked it.

        The first time that is the highest of the others, which served until ``version`` was written, or serves still.
        """
        before = self._history() or [other for other in self.versions() if other != version][-1:]
        history = [version, *(other for other in before if other != version)]
        self._write(history[:MAX_HISTORY])

    def rollback(self) -> int:
        """Put the version before back in service and return it.

        Raises
        ------
        ArtifactMissing
            If nothing was promoted before.
        """
        history = self.before()
        self._write(history)
        return history[0]

    def before(self) -> list[int]:
        """The versions that a rollback can go back to, the next one first; raises `ArtifactMissing` if there is none."""
        history = self._history()
        if not history:
            raise ArtifactMissing(f"nothing was promoted yet, so there is no way back; promote a version ({self.versions_listed()})")
        if not history[1:]:
            raise ArtifactMissing(f"{self.folder / SERVING} remembers no version before this one; promote one ({self.versions_listed()})")
        return history[1:]

    def _history(self) -> list[int]:
        file = self.folder / SERVING
        try:
            # a FIFO would keep the start waiting without O_NONBLOCK
            with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
                lines = (opened.read(MAX_SERVING_BYTES) or b"").decode("ascii", "replace").split()
        except FileNotFoundError:
            return []
        except PermissionError:
            raise ArtifactForbidden(f"{file} may not be read by this user; mend its permissions") from None
        except OSError as error:
            raise ArtifactError(f"{file} cannot be read ({error.strerror}); remove it or promote a version") from None
        if not lines or not all(_VERSION.fullmatch(line) for line in lines):
            raise ArtifactError(f"{file} does not name a version; promote one (iris-api promote VERSION) or remove it")
        return [int(line) for line in lines]

    def _write(self, history: list[int]) -> None:
        file, fresh = self.folder / SERVING, None
        try:
            with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix=".serving-", delete=False) as opened:
                fresh = opened.name
                opened.writelines(f"{version}\n" for version in history)
                opened.flush()
                os.fsync(opened.fileno())
                os.fchmod(opened.fileno(), 0o644)
            os.replace(fresh, file)
        except OSError as error:
            if fresh:
                Path(fresh).unlink(missing_ok=True)
            raise ArtifactForbidden(f"{file} cannot be written ({error.strerror}); mend the folder's permissions or make room") from None
