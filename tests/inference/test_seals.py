"""Seals: where keys are trusted, nothing that they did not seal is decoded."""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import ArtifactError, ConfigurationError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import ModelLoader, as_it_is, check
from iris_api.inference.registry import Registry
from iris_api.inference.seals import ANY_BUNDLE, MAX_KEYS, SEAL, Trust, key_id, make_key, write_seal
from tests.inference.bundles import edit, plant, write
from tests.servers import PROJECT, clean_environment

MAX = 10**8
HOSTILE = b"cos\nsystem\n(S'true'\ntR."


@pytest.fixture
def keys(tmp_path) -> Path:
    """A folder of one trusted key, whose private key is ``key`` beside it."""
    folder = tmp_path / "keys"
    folder.mkdir()
    make_key(tmp_path / "key")
    shutil.move(tmp_path / "key.pub", folder / "release.pub")
    return folder


@pytest.fixture
def sealed(tmp_path, tree, rows, keys) -> Path:
    """A bundle that the trusted key sealed."""
    folder = write(tmp_path / "models", tree, rows[:4])
    seal(folder, tmp_path / "key")
    return folder


def seal(folder, key):
    return write_seal(folder, (folder / "manifest.json").read_bytes(), key)


def refused(folder, trust, kind=ArtifactError):
    with pytest.raises(kind) as refusal:
        check(folder, BundleLimits(MAX, 60), trust)
    assert "\n" not in str(refusal.value)
    assert "os.system" not in str(refusal.value)
    return str(refusal.value)


def test_a_sealed_bundle_is_taken_and_says_whose_it_is(sealed, keys):
    public = serialization.load_pem_public_key((keys / "release.pub").read_bytes())
    assert check(sealed, BundleLimits(MAX, 60), Trust(keys)).sealed_by == key_id(public)
    assert read_bundle(sealed, MAX).sealed_by is None


def test_one_of_several_keys_is_enough(sealed, keys, tmp_path):
    make_key(tmp_path / "other")
    shutil.move(tmp_path / "other.pub", keys / "another.pub")
    (keys / "README").write_text("not a key")
    assert check(sealed, BundleLimits(MAX, 60), Trust(keys)).sealed_by


def test_a_bundle_without_a_seal_is_refused(sealed, keys):
    (sealed / SEAL).unlink()
    plant(sealed, HOSTILE)
    assert "is not sealed; seal it (iris-api seal)" in refused(sealed, Trust(keys))


def test_the_seal_of_another_key_is_refused(sealed, keys, tmp_path):
    make_key(tmp_path / "other")
    plant(sealed, HOSTILE)
    seal(sealed, tmp_path / "other")
    assert f"which is not in {keys}" in refused(sealed, Trust(keys))


def test_a_seal_that_names_the_trusted_key_and_is_of_another_is_refused(sealed, keys, tmp_path):
    trusted = json.loads((sealed / SEAL).read_text())["key_id"]
    make_key(tmp_path / "other")
    seal(sealed, tmp_path / "other")
    forged = json.loads((sealed / SEAL).read_text()) | {"key_id": trusted}
    (sealed / SEAL).write_text(json.dumps(forged))
    assert "is not what was sealed" in refused(sealed, Trust(keys))


def test_a_changed_manifest_is_refused(sealed, keys):
    edit(sealed, lambda content: content.update(created="2030-01-01T00:00:00Z"))
    assert "manifest.json is not what was sealed" in refused(sealed, Trust(keys))


def test_a_manifest_that_is_none_is_refused_by_its_seal_first(sealed, keys):
    (sealed / "manifest.json").write_bytes(b"[" * 1000)
    assert "manifest.json is not what was sealed" in refused(sealed, Trust(keys))


def test_a_changed_pickle_is_refused(sealed, keys):
    pickled = (sealed / "model.joblib").read_bytes()
    (sealed / "model.joblib").write_bytes(HOSTILE.ljust(len(pickled), b"."))
    assert "its SHA-256 is not the one in its manifest" in refused(sealed, Trust(keys))


def test_a_changed_pickle_with_its_manifest_is_refused(sealed, keys):
    plant(sealed, HOSTILE)
    assert "manifest.json is not what was sealed" in refused(sealed, Trust(keys))


def test_a_lower_version_with_a_good_seal_is_refused(sealed, keys):
    assert "is of version 1, which is no longer taken" in refused(sealed, Trust(keys, lowest_version=2))
    assert check(sealed, BundleLimits(MAX, 60), Trust(keys, lowest_version=1))
    assert "IRIS_LOWEST_VERSION (2)" in refused(sealed, Trust(lowest_version=2))


def test_the_seal_of_another_bundle_is_refused(sealed, keys, tree, rows):
    later = write(sealed.parent.parent, tree, rows[:5])
    shutil.copy(sealed / SEAL, later / SEAL)
    assert "is not what was sealed" in refused(later, Trust(keys))


CHANGES = {
    "another algorithm": {"algorithm": "none"},
    "an algorithm in capitals": {"algorithm": "Ed25519"},
    "another format": {"format": 2},
    "a format of text": {"format": "1"},
    "one more member": {"more": 1},
    "a short signature": {"signature": "AAAA"},
    "a signature of a number": {"signature": 1},
    "an odd key": {"key_id": "../release"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_seal_of_another_form_is_refused(sealed, keys, change):
    (sealed / SEAL).write_text(json.dumps(json.loads((sealed / SEAL).read_text()) | change))
    assert "is not a seal that this version reads" in refused(sealed, Trust(keys))


@given(st.binary(max_size=300))
def test_any_bytes_for_a_seal_are_refused(content):
    with_keys = Trust(Path(__file__).parent)
    with pytest.raises(ConfigurationError, match="has 0 public keys"):
        with_keys.check_seal(Path("manifest.json"), b"{}", lambda: content)


@given(content=st.binary(max_size=300))
def test_any_bytes_beside_a_trusted_key_are_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "key")
    with pytest.raises(ArtifactError, match="is not a seal that this version reads"):
        Trust(folder).check_seal(Path("manifest.json"), b"{}", lambda: content)


def test_one_changed_bit_of_a_signature_is_refused(sealed, keys):
    whole = json.loads((sealed / SEAL).read_text())
    signature = base64.b64decode(whole["signature"])
    for at in range(0, 64, 7):
        changed = bytearray(signature)
        changed[at] ^= 1
        (sealed / SEAL).write_text(json.dumps(whole | {"signature": base64.b64encode(changed).decode()}))
        assert "is not what was sealed" in refused(sealed, Trust(keys))


def test_a_large_seal_and_a_linked_one_are_refused(sealed, keys, tmp_path):
    (sealed / SEAL).rename(tmp_path / "seal")
    (sealed / SEAL).symlink_to(tmp_path / "seal")
    assert "is a link" in refused(sealed, Trust(keys))
    (sealed / SEAL).unlink()
    (sealed / SEAL).write_bytes(b" " * 5000)
    assert "has more than 4096 bytes" in refused(sealed, Trust(keys))


def test_a_key_that_was_removed_is_no_longer_trusted(sealed, keys, tmp_path):
    loader = ModelLoader(Registry(sealed.parent.parent, "small"), BundleLimits(MAX, 60), Trust(keys), as_it_is)
    loader.refresh()
    make_key(tmp_path / "other")
    (keys / "release.pub").unlink()
    shutil.move(tmp_path / "other.pub", keys / "other.pub")
    with pytest.raises(ArtifactError, match="which is not in"):
        loader.refresh()
    assert loader.is_loaded


def test_a_folder_without_keys_is_a_wrong_setting(sealed, tmp_path, keys):
    (tmp_path / "empty").mkdir()
    assert "has 0 public keys" in refused(sealed, Trust(tmp_path / "empty"), ConfigurationError)
    assert "cannot be read" in refused(sealed, Trust(tmp_path / "none"), ConfigurationError)
    for number in range(MAX_KEYS):
        os.link(keys / "release.pub", keys / f"{number}.pub")
    assert f"has {MAX_KEYS + 1} public keys" in refused(sealed, Trust(keys), ConfigurationError)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


OTHERS = {
    "text": lambda: b"release",
    "nothing": lambda: b"",
    "a private key": lambda: Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ),
    "RSA": lambda: public_pem(rsa.generate_private_key(65537, 2048)),
    "ECDSA": lambda: public_pem(ec.generate_private_key(ec.SECP256R1())),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_a_file_that_is_no_ed25519_key_is_a_wrong_setting(sealed, keys, content):
    (keys / "other.pub").write_bytes(content())
    said = refused(sealed, Trust(keys), ConfigurationError)
    assert said.startswith(f"IRIS_TRUSTED_KEYS: {keys / 'other.pub'} is not a")


def test_a_key_is_made_once_and_kept_private(tmp_path):
    identity = make_key(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert key_id(serialization.load_pem_public_key((tmp_path / "key.pub").read_bytes())) == identity
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(ConfigurationError, match="File exists"):
        make_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before
    (tmp_path / "key").unlink()
    with pytest.raises(ConfigurationError, match=r"key\.pub cannot be written"):
        make_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("folder", [".", "/", ""])
def test_a_key_needs_a_file(folder):
    with pytest.raises(ConfigurationError, match="is a folder; name a new file in it"):
        make_key(Path(folder))


def test_a_seal_that_cannot_be_put_in_place_leaves_nothing(sealed, keys, tmp_path):
    (sealed / SEAL).unlink()
    (sealed / SEAL).mkdir()
    make_key(tmp_path / "other")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        seal(sealed, tmp_path / "other")
    assert sorted(os.listdir(sealed)) == ["card.md", "manifest.json", SEAL, "model.joblib"]


def test_a_pipe_among_the_keys_keeps_nobody_waiting(sealed, keys):
    os.mkfifo(keys / "pipe.pub")
    assert "pipe.pub is not a key" in refused(sealed, Trust(keys), ConfigurationError)


@pytest.mark.parametrize("content", [None, b"key", public_pem(Ed25519PrivateKey.generate())], ids=["none", "text", "a public key"])
def test_a_key_that_cannot_seal_leaves_the_seal_as_it_was(sealed, tmp_path, content):
    before = (sealed / SEAL).read_bytes()
    if content is not None:
        (tmp_path / "odd").write_bytes(content)
    with pytest.raises(ConfigurationError, match="iris-api keygen"):
        seal(sealed, tmp_path / "odd")
    assert (sealed / SEAL).read_bytes() == before
    assert sorted(os.listdir(sealed)) == ["card.md", "manifest.json", SEAL, "model.joblib"]


LOADED = """
import sys
from pathlib import Path
from iris_api.inference.bundle import read_bundle
read_bundle(Path(sys.argv[1]), 10**8)
print(*sys.modules)
"""
ABSENT = "import sys; sys.modules['cryptography'] = None\n"


def run(source, *arguments):
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return subprocess.run(command, check=False, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, timeout=60)


def test_the_library_is_loaded_only_where_keys_are_trusted(sealed):
    done = run(LOADED, sealed)
    assert done.returncode == 0
    assert "cryptography" not in done.stdout.split()


def test_without_the_library_the_command_that_installs_it_is_told(sealed, keys):
    source = LOADED.replace("10**8)", "10**8, Trust(Path(sys.argv[2])))")
    source = source.replace("from pathlib", "from iris_api.inference.seals import Trust\nfrom pathlib")
    done = run(ABSENT + source, sealed, keys)
    assert "pip install 'iris-api[seal]'" in done.stderr


def test_by_default_every_bundle_is_taken(sealed):
    (sealed / SEAL).unlink()
    assert ANY_BUNDLE.check_seal(Path("manifest.json"), b"", lambda: b"") is None
    assert check(sealed, BundleLimits(MAX, 60)).sealed_by is None
