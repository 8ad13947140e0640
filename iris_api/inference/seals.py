"""Seals: a detached Ed25519 signature (RFC 8032) over a bundle's manifest, which binds the pickle by its SHA-256.

A seal is a file beside the manifest, since inside it could not cover it. ``docs/bundle.md`` describes the format.
"""

import base64
import hashlib
import importlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEAL = "manifest.seal"
MAX_SEAL_BYTES = 4096
MAX_KEY_BYTES = 4096
MAX_KEYS = 1000
PUBLIC_SUFFIX = ".pub"
# a signature made for another purpose with the same key is no seal
_CONTEXT = b"iris-api bundle manifest, seal format 1\n"


class _Seal(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1]
    algorithm: Literal["ed25519"]
    key_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[A-Za-z0-9+/]{86}==$")


@dataclass(frozen=True, slots=True)
class Trust:
    """Which bundles are used at all.

    Parameters
    ----------
    keys
        A folder of public keys; a bundle must be sealed by one of them. None takes bundles without a seal.
    lowest_version
        A bundle of a lower version is refused, so that an old one with a good seal cannot be put back.
    allowed_globals
        Classes and functions of the user's own, as ``module:name``, whose code a bundle may have run.
    """

    keys: Path | None = None
    lowest_version: int = 1
    allowed_globals: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the operator trusts."""
        return cls(settings.trusted_keys, settings.lowest_version, settings.allowed_globals or frozenset())

    def check_seal(self, manifest: Path, content: bytes, read_seal: Callable[[], bytes]) -> str | None:
        """Check the seal over ``content``, the bytes of ``manifest``, before anything else is made of them.

        Returns
        -------
        The id of the key that sealed it, or None where no seal is asked for.

        Raises
        ------
        ConfigurationError
            If the trusted keys cannot be read.
        ArtifactError
            If there is no seal, or none of a trusted key over these bytes.
        """
        if self.keys is None:
            return None
        trusted = _trusted_keys(self.keys)
        try:
            seal = _Seal.model_validate_json(read_seal())
        except ValidationError:
            raise ArtifactError(f"{manifest.with_name(SEAL)} is not a seal that this version reads; seal the bundle again") from None
        if seal.key_id not in trusted:
            raise ArtifactError(
                f"{manifest.with_name(SEAL)} was made with the key {seal.key_id[:16]}…, which is not in {self.keys};"
                " seal the bundle with a trusted key, or add that key"
            )
        if not _is_signature(trusted[seal.key_id], base64.b64decode(seal.signature), content):
            raise ArtifactError(f"{manifest} is not what was sealed; copy the bundle again, and seal it only if you made the change")
        return seal.key_id

    def check_version(self, manifest: Path, version: int) -> None:
        """Raise `ArtifactError` if ``version`` is below the lowest that is taken."""
        if version < self.lowest_version:
            remedy = f"serve a newer version, or lower IRIS_LOWEST_VERSION ({self.lowest_version})"
            raise ArtifactError(f"{manifest} is of version {version}, which is no longer taken; {remedy}")


ANY_BUNDLE = Trust()
"""Takes every bundle, sealed or not; none has code of its own run."""


def make_key(path: Path) -> str:
    """Write a new private key to ``path`` (mode 0600) and its public key beside it with the suffix ``.pub``; gives the key's id.

    Raises
    ------
    ConfigurationError
        If one of the files exists or cannot be written; then neither is left.
    """
    if not path.name:
        raise ConfigurationError(f"{path} is a folder; name a new file in it")
    ed25519, serialization = _ed25519(), _serialization()
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    written: list[Path] = []
    try:
        for file, content, mode in ((path, private, 0o600), (path.with_name(path.name + PUBLIC_SUFFIX), public, 0o644)):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            written.append(file)
            with open(descriptor, "wb") as opened:
                opened.write(content)
    except OSError as error:
        for made in written:
            made.unlink()
        raise ConfigurationError(f"{file} cannot be written ({error.strerror}); name a new file") from None
    return key_id(key.public_key())


def write_seal(folder: Path, manifest: bytes, key_file: Path) -> str:
    """Seal the bundle in ``folder``, whose manifest is ``manifest``, with the private key in ``key_file``; gives the key's id.

    Raises
    ------
    ConfigurationError
        If the key cannot be read, is none of Ed25519, or the seal cannot be written; an older seal then stays as it was.
    """
    key = _private_key(key_file)
    identity = key_id(key.public_key())
    signature = base64.b64encode(key.sign(_CONTEXT + manifest)).decode()
    seal = {"format": 1, "algorithm": "ed25519", "key_id": identity, "signature": signature}
    fresh = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".seal-", delete=False) as draft:
            fresh = Path(draft.name)
            draft.write(json.dumps(seal).encode() + b"\n")
        fresh.chmod(0o644)
        fresh.replace(folder / SEAL)
    except OSError as error:
        if fresh is not None:
            fresh.unlink(missing_ok=True)
        remedy = "make the folder writable, and remove what is in the seal's place if that is no file"
        raise ConfigurationError(f"{folder / SEAL} cannot be written ({error.strerror}); {remedy}") from None
    return identity


def key_id(key: "Ed25519PublicKey") -> str:
    """The id of a public key: the SHA-256 of its 32 bytes, in hexadecimal."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _trusted_keys(folder: Path) -> dict[str, Any]:
    try:
        files = sorted(file for file in folder.iterdir() if file.name.endswith(PUBLIC_SUFFIX))
    except OSError as error:
        raise ConfigurationError(f"IRIS_TRUSTED_KEYS: {folder} cannot be read ({error.strerror}); name a folder of public keys") from None
    if not 1 <= len(files) <= MAX_KEYS:
        raise ConfigurationError(f"IRIS_TRUSTED_KEYS: {folder} has {len(files)} public keys (*{PUBLIC_SUFFIX}); put 1 to {MAX_KEYS} there")
    keys = [_public_key(file) for file in files]
    return {key_id(key): key for key in keys}


def _public_key(file: Path) -> Any:
    return _loaded(file, _serialization().load_pem_public_key, _ed25519().Ed25519PublicKey, "IRIS_TRUSTED_KEYS: ")


def _private_key(file: Path) -> "Ed25519PrivateKey":
    load = _serialization().load_pem_private_key
    key: Ed25519PrivateKey = _loaded(file, lambda content: load(content, None), _ed25519().Ed25519PrivateKey, "")
    return key


def _loaded(file: Path, load: Callable[[bytes], Any], kind: type, setting: str) -> Any:
    """The key in ``file``; errors begin with ``setting``."""
    try:
        # a FIFO would keep whoever opens or reads it waiting
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            key = load(opened.read(MAX_KEY_BYTES) or b"")
    except OSError as error:
        raise ConfigurationError(f"{setting}{file} cannot be read ({error.strerror}); name a key made by iris-api keygen") from None
    except Exception:  # noqa: BLE001 - the library names several kinds of broken keys
        raise ConfigurationError(f"{setting}{file} is not a key; name one made by iris-api keygen") from None
    if not isinstance(key, kind):
        raise ConfigurationError(f"{setting}{file} is not an Ed25519 key of this kind; name one made by iris-api keygen")
    return key


def _is_signature(key: Any, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, _CONTEXT + content)
    except InvalidSignature:
        return False
    return True


def _ed25519() -> Any:
    return _library("cryptography.hazmat.primitives.asymmetric.ed25519")


def _serialization() -> Any:
    return _library("cryptography.hazmat.primitives.serialization")


def _library(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ConfigurationError("seals need the package cryptography; install it with: pip install 'iris-api[seal]'") from None
