"""What ``iris-api check`` prints of a bundle that is fit to serve."""

from collections.abc import Iterator

from iris_api.inference.bundle import Bundle
from iris_api.inference.manifest import Code
from iris_api.training.signature_table import signature_table


def bundle_report(bundle: Bundle) -> str:
    """Warnings, the seal, the signature as a table, code of the user's own, and last one line that says what is fit to serve."""
    manifest = bundle.manifest
    lines = [f"warning: {warning}" for warning in bundle.warnings]
    if bundle.sealed_by is not None:
        lines.append(f"sealed by the key {bundle.sealed_by}")
    lines += signature_table(manifest.signature).splitlines()
    if manifest.code is not None:
        lines += _lines_of(manifest.code)
    verdict = f"ok: {bundle.folder} is {manifest.name} version {manifest.version} ({manifest.estimator}), fit to serve"
    return "\n".join([*lines, verdict])


def _lines_of(code: Code) -> Iterator[str]:
    if code.file is not None:
        yield f"contains code: {code.file.file} ({code.file.size_bytes} bytes, sha256 {code.file.sha256})"
    for name in code.allowed_globals:
        in_bundle = code.file is not None and name.partition(":")[0] == code.file.module
        yield f"runs code: {name}, from {'this file' if in_bundle else 'an installed package'}"
    yield f"serves only where this is set: {code.setting}"
