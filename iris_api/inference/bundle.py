"""A bundle on disk: read once and verified before anything is decoded, or written whole or not at all."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from iris_api.errors import ArtifactError, ArtifactForbidden
from iris_api.inference.bundle_files import REBUILD, open_file, open_version, read_file
from iris_api.inference.drafts import draft_in
from iris_api.inference.libraries import compare_libraries
from iris_api.inference.manifest import MAX_CODE_BYTES, Artifact, Code, CodeFile, Manifest
from iris_api.inference.own_code import ModuleFile, OwnCode
from iris_api.inference.registry import MANIFEST, Registry
from iris_api.inference.seals import ANY_BUNDLE, MAX_SEAL_BYTES, SEAL, Trust

PICKLE = "model.joblib"
CARD = "card.md"
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
PROBE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bundle:
    """A manifest, as it is and as ``manifest_bytes``, and the pickle's bytes, which agree with it; nothing has been decoded.

    ``code`` is what the model needs of the user's own code, or None; nothing of it has been imported. ``warnings`` says what differs
    from where the model was trained and may matter; ``sealed_by`` is the id of the trusted key that sealed it, or None where no seal
    was asked for.
    """

    folder: Path
    manifest: Manifest
    pickled: bytes
    warnings: tuple[str, ...]
    manifest_bytes: bytes
    sealed_by: str | None
    code: OwnCode | None = None

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
    ArtifactMissing
        If there is no such folder.
    ArtifactForbidden, ArtifactError
        Naming the file and the remedy.
    """
    directory = open_version(folder)
    try:
        content = read_file(directory, folder / MANIFEST, MAX_MANIFEST_BYTES, REBUILD)
        sealed_by = trust.check_seal(folder / MANIFEST, content, lambda: _read_seal(directory, folder))
        manifest = _parse_manifest(folder / MANIFEST, content)
        trust.check_version(folder / MANIFEST, manifest.version)
        large = "raise IRIS_MAX_ARTIFACT_BYTES if it should be that large"
        pickled = _verified(read_file(directory, folder / PICKLE, max_bytes, large), folder / PICKLE, manifest.artifact)
        code = None if manifest.code is None else _read_code(directory, folder, manifest.code, trust)
    finally:
        os.close(directory)
    return Bundle(folder, manifest, pickled, compare_libraries(str(folder / MANIFEST), manifest), content, sealed_by, code)


def _read_code(directory: int, folder: Path, code: Code, trust: Trust) -> OwnCode:
    if code.file is None:
        return OwnCode(tuple(code.allowed_globals), None, trust.allowed_globals)
    path = folder / code.file.file
    content = _verified(read_file(directory, path, MAX_CODE_BYTES, REBUILD), path, code.file)
    return OwnCode(tuple(code.allowed_globals), ModuleFile(code.file.file, content), trust.allowed_globals)


def _verified(content: bytes, source: Path, described: Artifact | CodeFile) -> bytes:
    """``content`` of the file ``source``, which is as the manifest describes it."""
    _check_size(source, len(content), described)
    if hashlib.sha256(content).hexdigest() != described.sha256:
        raise ArtifactError(f"{source} is damaged: its SHA-256 is not the one in its manifest; copy or build the bundle again")
    return content


def read_manifest(folder: Path, trust: Trust = ANY_BUNDLE) -> tuple[Manifest, ArtifactError | None]:
    """The manifest of the bundle in ``folder``, and what speaks against serving it, as far as that shows without reading its pickle.

    Raises
    ------
    ConfigurationError
        If the trusted keys cannot be read.
    ArtifactError
        If there is no manifest, or none that can be read.
    """
    directory, path = open_version(folder), folder / MANIFEST
    try:
        content = read_file(directory, path, MAX_MANIFEST_BYTES, REBUILD)
        manifest = _parse_manifest(path, content)
        try:
            trust.check_seal(path, content, lambda: _read_seal(directory, folder))
            trust.check_version(path, manifest.version)
            descriptor, size = open_file(directory, folder / PICKLE)
            os.close(descriptor)
            _check_size(folder / PICKLE, size, manifest.artifact)
            if manifest.code is not None:
                _read_code(directory, folder, manifest.code, trust).check_permitted(str(folder / PICKLE))
            compare_libraries(str(path), manifest)
        except ArtifactError as error:
            return manifest, error
    finally:
        os.close(directory)
    return manifest, None


def check_writable(registry: Registry) -> None:
    """Raise at once what `write_bundle` would raise later because of the model's folder; nothing is left behind.

    Raises
    ------
    ArtifactForbidden
        If it cannot be written, or not even a small file has room.
    ArtifactError
        If no version can follow the highest one, or ``SERVING`` cannot be read.
    """
    try:
        with draft_in(registry.folder) as draft:
            registry.next_version()
            _write(draft / PICKLE, bytes(PROBE_BYTES))
    except OSError as error:
        raise _unwritable(registry, error) from None


def _untried(_draft: Path) -> None:
    """No trial, for whoever writes what they know to be good."""


def write_bundle(
    registry: Registry,
    manifest: Manifest,
    files: Mapping[str, bytes],
    card: Callable[[Manifest], str],
    trial: Callable[[Path], object] = _untried,
) -> Manifest:
    """Write the next free version of a model, whole or not at all, and return its manifest; `Registry.admit` says whether it serves.

    Parameters
    ----------
    registry
        Where the model's versions are.
    manifest
        Everything but the version and the pickle's size and hash, which are filled in here.
    files
        What is written beside the manifest and the card, by name: `PICKLE`, the estimator as an uncompressed joblib dump, and the file
        of ``manifest.code``, if it has one.
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
        return _write_whole(registry, manifest, files, card, trial)
    except OSError as error:
        raise _unwritable(registry, error) from None


def _unwritable(registry: Registry, error: OSError) -> ArtifactForbidden:
    return ArtifactForbidden(f"{registry.folder} cannot be written ({error.strerror}); make room or choose another folder")


def _write_whole(
    registry: Registry, manifest: Manifest, files: Mapping[str, bytes], card: Callable[[Manifest], str], trial: Callable[[Path], object]
) -> Manifest:
    artifact = Artifact(sha256=hashlib.sha256(files[PICKLE]).hexdigest(), size_bytes=len(files[PICKLE]))
    with draft_in(registry.folder) as draft:
        for name, content in files.items():
            _write(draft / name, content)
        while True:
            version = registry.next_version()
            final = Manifest.model_validate(manifest.model_dump() | {"version": version, "artifact": artifact.model_dump()})
            _write(draft / MANIFEST, final.model_dump_json(indent=1).encode() + b"\n")
            _write(draft / CARD, card(final).encode())
            _sync(draft)
            # the first version serves from the next start on, so what is unfit must never become one
            trial(draft)
            if registry.admit(draft, version):
                _sync(registry.folder)
                return final


def _check_size(source: Path, size: int, described: Artifact | CodeFile) -> None:
    if size != described.size_bytes:
        raise ArtifactError(f"{source} has {size} bytes, its manifest says {described.size_bytes}; copy or build the bundle again")


def _read_seal(directory: int, folder: Path) -> bytes:
    try:
        os.stat(SEAL, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        raise ArtifactError(f"{folder} is not sealed; seal it (iris-api seal), or unset IRIS_TRUSTED_KEYS") from None
    return read_file(directory, folder / SEAL, MAX_SEAL_BYTES, REBUILD)


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
