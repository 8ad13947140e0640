"""Which versions of a model there are, and which one is in service: ``<artifacts>/<model>/<version>/`` and ``SERVING``."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from iris_api.errors import ArtifactBusy, ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.serving_file import SERVING, VERSION, locked, read_history, write_history

MANIFEST = "manifest.json"
MAX_VERSION = 999_999_999
MAX_LISTED = 10


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
            raise ArtifactForbidden(f"{self.folder} may not be read by this user; change its permissions") from None
        return sorted(int(name) for name in names if VERSION.fullmatch(name))

    def next_version(self) -> int:
        """The version after the highest that there is or that ``SERVING`` names; raises `ArtifactError` where no higher one can be.

        Numbers in ``SERVING`` are not reused, because a rollback to one would serve a bundle that was never promoted.
        """
        version = max([*self.versions(), *read_history(self.folder)], default=0) + 1
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
        history = read_history(self.folder)
        if history:
            return history[0]
        versions = self.versions()
        if not versions:
            raise self.nothing()
        return versions[-1]

    def nothing(self) -> ArtifactMissing:
        """The error for a model that has no version at all."""
        own = f"of a table or classifier of your own (iris-api train --csv FILE, or iris-api bundle, with --name {self.name})"
        remedy = f"make one of Iris (iris-api train) or {own}, or set IRIS_ARTIFACTS and IRIS_MODEL_NAME"
        return ArtifactMissing(f"{self.folder} holds no bundle; {remedy}")

    def admit(self, draft: Path, version: int) -> bool:
        """Rename the finished ``draft`` to ``version``. Where there is no other, it is put in service; a later one is not.

        Where there are versions and no ``SERVING`` (older releases wrote none, and the highest version served), the highest one that
        has a manifest is named there first, so that it goes on serving.

        Returns
        -------
        False if there is such a version already; then ``draft`` is as it was.

        Raises
        ------
        OSError
            If the folder cannot be renamed.
        ArtifactError
            If ``SERVING`` cannot be read or written; then there is no new version.
        """
        with locked(self.folder):
            history, there = read_history(self.folder), [other for other in self.versions() if (self.path(other) / MANIFEST).is_file()]
            if there and not history:
                write_history(self.folder, there[-1:])
            try:
                os.rename(draft, self.path(version))
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                return False
            if not there:
                self._serve_first(draft, version)
        return True

    def promote(self, version: int) -> None:
        """Put ``version`` in service from the next reload on, and remember those before. The caller has checked it.

        Where there is no ``SERVING``, the one before is the highest of the others, which served until ``version`` was written, or
        serves still. A ``SERVING`` that names no versions is replaced.

        Raises
        ------
        ArtifactError
            If the folder cannot be written, or another command is changing it.
        """
        with locked(self.folder):
            try:
                before = read_history(self.folder) or [other for other in self.versions() if other != version][-1:]
            except ArtifactForbidden:
                raise
            except ArtifactError:
                before = []
            write_history(self.folder, before if before[:1] == [version] else [version, *before])

    def rollback(self, expected: int | None = None) -> int:
        """Put the version before back in service and return it.

        Parameters
        ----------
        expected
            The version that the caller has checked, or None for whichever it is.

        Raises
        ------
        ArtifactMissing
            If there is no version to go back to.
        ArtifactBusy
            If it is not ``expected``, as another command has changed ``SERVING``; then nothing changes.
        """
        with locked(self.folder):
            steps = self.before()
            if expected not in (None, steps[0]):
                remedy = f"see what serves now (iris-api versions {self.name}) and decide again"
                raise ArtifactBusy(f"{self.folder / SERVING} was changed by another command meanwhile; {remedy}")
            write_history(self.folder, steps)
        return steps[0]

    def before(self) -> list[int]:
        """The versions that one rollback after another goes back to, the next one first; raises `ArtifactMissing` if there is none.

        Versions that were deleted since are left out.
        """
        steps, deleted = self._way_back()
        if steps:
            return steps
        gone = f" that is still there (deleted: {', '.join(map(str, deleted))})" if deleted else ""
        raise ArtifactMissing(f"{self.folder / SERVING} remembers no version before this one{gone}; promote one ({self.versions_listed()})")

    def skipped(self) -> list[int]:
        """The versions that the next rollback passes over, as they were deleted since they served."""
        return self._way_back()[1]

    def _way_back(self) -> tuple[list[int], list[int]]:
        history, there = read_history(self.folder), set(self.versions())
        if not history:
            raise ArtifactMissing(f"nothing was promoted yet, so there is no way back; promote a version ({self.versions_listed()})")
        path, deleted = history[:1], []
        for version in history[1:]:
            if version in there and version != path[-1]:
                path.append(version)
            elif version not in there and len(path) == 1 and version not in deleted:
                deleted.append(version)
        return path[1:], deleted

    def _serve_first(self, draft: Path, version: int) -> None:
        try:
            write_history(self.folder, [version])
        except ArtifactError:
            os.rename(self.path(version), draft)
            raise
