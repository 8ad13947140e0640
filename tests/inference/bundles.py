"""Small bundles of any classifier, and the ways to spoil one; shared by the tests of loading."""

import copy
import ctypes
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from iris_api.inference.bundle import PICKLE, write_bundle
from iris_api.inference.columns import Number
from iris_api.inference.layouts import Matrix
from iris_api.inference.libraries import installed_libraries
from iris_api.inference.manifest import Artifact, Golden, Manifest, Reference, TrainingData
from iris_api.inference.registry import Registry
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
LIBRARIES_OF_FORMAT_1 = ("python", "numpy", "scipy", "scikit_learn", "joblib")
_libc = ctypes.CDLL(None, use_errno=True)


def dumped(model: Any) -> bytes:
    """The model as an uncompressed joblib dump."""
    stream = io.BytesIO()
    joblib.dump(model, stream)
    return stream.getvalue()


def feature(name: str = "width", minimum: float | None = None, maximum: float | None = None) -> Number:
    """A feature with or without bounds."""
    return Number(name=name, description=name, minimum=minimum, maximum=maximum, seen_minimum=0, seen_maximum=1, example=0.5)


def signature_of(*inputs: Any, task: Any = None, layout: Any = None) -> Signature:
    """A signature of ``inputs``, for a classifier of two classes unless ``task`` says otherwise."""
    return Signature(inputs=inputs, layout=layout or Matrix(), task=task or Classification(classes=["no", "yes"]))


def classifier_signature(model: Any) -> Signature:
    """That of a fitted classifier of plain numbers."""
    features = [feature(f"x{index}") for index in range(model.n_features_in_)]
    return signature_of(*features, task=Classification(classes=np.asarray(model.classes_).tolist()))


def manifest_of(model: Any, rows: Any, name: str = "small", version: int = 1) -> Manifest:
    """What a fitted classifier says of itself, with ``rows`` as its golden rows."""
    rows = np.asarray(rows, dtype=np.float64)
    has_probabilities = hasattr(model, "predict_proba")
    return Manifest(
        name=name,
        version=version,
        estimator=type(model).__name__,
        created="2026-11-22T00:00:00Z",
        signature=signature_of(
            *(feature(f"x{index}") for index in range(rows.shape[1])), task=Classification(classes=np.asarray(model.classes_).tolist())
        ),
        artifact=Artifact(sha256="0" * 64, size_bytes=1),
        libraries=installed_libraries(),
        training_data=TrainingData(name="made up", rows=len(rows), sha256="0" * 64),
        metrics=None,
        reference=Reference(features={}, classes={}),
        golden=Golden(
            rows=rows.tolist(),
            values=model.predict(rows).tolist(),
            details=model.predict_proba(rows).tolist() if has_probabilities else None,
        ),
    )


def write(root: Path, model: Any, rows: Any, name: str = "small") -> Path:
    """Write ``model`` as the next version below ``root`` and return its folder."""
    registry = Registry(root, name)
    manifest = write_bundle(registry, manifest_of(model, rows, name), {PICKLE: dumped(model)}, lambda final: f"# {final.name}\n")
    return registry.path(manifest.version)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Let ``change`` alter the manifest, whatever it should say."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def plant(folder: Path, pickled: bytes) -> None:
    """Put ``pickled`` in the bundle, with the size and the hash that belong to it."""
    (folder / "model.joblib").write_bytes(pickled)
    artifact = {"file": "model.joblib", "sha256": hashlib.sha256(pickled).hexdigest(), "size_bytes": len(pickled)}
    edit(folder, lambda content: content.update(artifact=artifact))


def truncated(content: bytes) -> Sequence[bytes]:
    """Four truncations: to nothing, to the first bytes, to half, and by one byte."""
    return [b"", content[:16], content[: len(content) // 2], content[:-1]]


def obey_permissions() -> None:
    """In a child between fork and exec: even root may then only open what the file's mode allows."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def of_format_1(content: dict[str, Any]) -> dict[str, Any]:
    """The same manifest as the versions before wrote it."""
    old = copy.deepcopy(content)
    signature, golden = old.pop("signature"), old["golden"]
    features = [{name: value for name, value in column.items() if name not in ("kind", "nullable")} for column in signature["inputs"]]
    old |= {"format": 1, "task": "classification", "features": features, "classes": signature["task"]["classes"]}
    old["golden"] = {"rows": golden["rows"], "labels": golden["values"], "probabilities": golden["details"]}
    old["libraries"] = {name: version for name, version in old["libraries"].items() if name in LIBRARIES_OF_FORMAT_1}
    return old
