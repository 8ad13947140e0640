"""A bundle on disk: read once and verified before anything is decoded, or written whole or not at all."""

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.libraries import compare_libraries
from iris_api.inference.manifest import Artifact, Manifest
from iris_api.inference.registry import Registry
from iris_api.inference.seals import ANY_BUNDLE, MAX_SEAL_BYTES, SEAL, Trust

MANIFEST = "manifest.json"
PICKLE = "model.joblib"
CARD = "card.md"
MAX_MANIFEST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bundle:
    """A manifest, as it is and as ``manifest_bytes``, and the pickle's bytes, which agree with it; nothing has been decoded.

    ``warnings`` says what differs from where the model was trained and may matter; ``sealed_by`` is the id of the trusted key
    that sealed it, or None where no seal was asked for.
    """

    folder: Path
    manifest: Manifest
    pickled: bytes
    warnings: tuple[str, ...]
    manifest_bytes: bytes
    sealed_by: str | None

    @property
    def source(self) -> str:
        """The pickle's path, for messages."""
        return str(self.folder / PICKLE)


def read_bundle(folder: Path, max_bytes: int, trust: Trust = ANY_BUNDLE) -> Bundle:
    """Read and verify the bundle in ``folder``: its seal where one is asked for, files, size, SHA-256 and library versions.

    Each file is opened without following links and read once, so what was verified is what is used.

    Parameters
    ----------
    folder
        ``<artifacts>/<model>/<version>``.
    max_bytes
        The largest pickle that is read at all.
    trust
        Which bundles are taken.

    Raises
    ------
    ConfigurationError
        If the trusted keys cannot be read.
    ArtifactMissing, ArtifactForbidden, ArtifactError
        Naming the file and the remedy.
    """
    directory = _open_version(folder)
    try:
        content = _read(directory, folder / MANIFEST, MAX_MANIFEST_BYTES)
        sealed_by = trust.check_seal(folder / MANIFEST, content, lambda: _read_seal(directory, folder))
        manifest = _parse_manifest(folder / MANIFEST, content)
        trust.check_version(folder / MANIFEST, manifest.version)
        pickled = _read(directory, folder / PICKLE, max_bytes)
    finally:
        os.close(directory)
    source, artifact = folder / PICKLE, manifest.artifact
    if len(pickled) != artifact.size_bytes:
        raise ArtifactError(f"{source} has {len(pickled)} bytes, its manifest says {artifact.size_bytes}; copy or build the bundle again")
    if hashlib.sha256(pickled).hexdigest() != artifact.sha256:
        raise ArtifactError(f"{source} is damaged: its SHA-256 is not the one in its manifest; copy or build the bundle again")
    return Bundle(folder, manifest, pickled, compare_libraries(str(folder / MANIFEST), manifest), content, sealed_by)


def _untried(_draft: Path) -> None:
    """No trial, for whoever writes what they know to be good."""


def write_bundle(
    registry: Registry, manifest: Manifest, pickled: bytes, card: Callable[[Manifest], str], trial: Callable[[Path], object] = _untried
) -> Manifest:
    """Write the next free version of a model, whole or not at all, and return its manifest.

    Parameters
    ----------
    registry
        Where the model's versions are.
    manifest
        Everything but the version and the pickle's size and hash, which are filled in here.
    pickled
        The estimator as an uncompressed joblib dump.
    card
        Makes the model card's Markdown from the final manifest.
    trial
        Is given the folder of the finished draft before that becomes a version; if it raises, there is no new version.

    Raises
    ------
    ArtifactForbidden
        If the folder cannot be written; nothing is left behind.
    ArtifactError
        If no version can follow the highest one.
    """
    try:
        return _write_whole(registry, manifest, pickled, card, trial)
    except OSError as error:
        raise ArtifactForbidden(f"{registry.folder} cannot be written ({error.strerror}); make room or choose another folder") from None


def _write_whole(
    registry: Registry, manifest: Manifest, pickled: bytes, card: Callable[[Manifest], str], trial: Callable[[Path], object]
) -> Manifest:
    artifact = Artifact(sha256=hashlib.sha256(pickled).hexdigest(), size_bytes=len(pickled))
    registry.folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=registry.folder))
    try:
        draft.chmod(0o755)
        _write(draft / PICKLE, pickled)
        while True:
            version = registry.next_version()
            final = Manifest.model_validate(manifest.model_dump() | {"version": version, "artifact": artifact.model_dump()})
            _write(draft / MANIFEST, final.model_dump_json(indent=1).encode() + b"\n")
            _write(draft / CARD, card(final).encode())
            _sync(draft)
            # without a SERVING file the highest version serves, so what is unfit must never become one
            trial(draft)
            try:
                os.rename(draft, registry.path(version))
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            else:
                _sync(registry.folder)
                return final
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _open_version(folder: Path) -> int:
    try:
        return _open(folder, os.O_DIRECTORY)
    except ArtifactMissing:
        home = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve would follow links
        there = Registry(home.parent.parent, home.parent.name).versions_listed()
        raise ArtifactMissing(f"{folder} does not exist; name a version there is ({there}) or train one (iris-api train)") from None


def _open(path: Path, flags: int, directory: int | None = None) -> int:
    try:
        return os.open(
            path if directory is None else path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | flags, dir_fd=directory
        )
    except FileNotFoundError:
        raise ArtifactMissing(f"{path} does not exist; copy or build the bundle again") from None
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; mend its permissions") from None
    except OSError as error:
        reason = "is a link or no folder" if flags else "is a link"
        raise ArtifactError(f"{path} {reason} ({error.strerror}); put the real one there") from None


def _read(directory: int, path: Path, max_bytes: int) -> bytes:
    descriptor = _open(path, 0, directory)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ArtifactError(f"{path} is no regular file; put the real one there")
    with open(descriptor, "rb") as file:
        content = file.read(max_bytes + 1) if status.st_size <= max_bytes else b""
    if status.st_size > max_bytes or len(content) > max_bytes:
        remedy = "raise IRIS_MAX_ARTIFACT_BYTES if it should be that large" if path.name == PICKLE else "copy or build the bundle again"
        raise ArtifactError(f"{path} has more than {max_bytes} bytes; {remedy}")
    return content


def _read_seal(directory: int, folder: Path) -> bytes:
    try:
        return _read(directory, folder / SEAL, MAX_SEAL_BYTES)
    except ArtifactMissing:
        raise ArtifactMissing(f"{folder} is not sealed; seal it (iris-api seal), or unset IRIS_TRUSTED_KEYS") from None


def _parse_manifest(path: Path, content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ArtifactError(f"{path} is no manifest this version reads: {where}: {first['msg']}; build the bundle again") from None


def _sync(folder: Path) -> None:
    """Have the disk keep the names in ``folder`` too, as it keeps what is in the files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)
