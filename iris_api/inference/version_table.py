"""The versions of a model as a plain table for people: which one serves, which one a rollback goes back to, and what is wrong with one."""

from collections.abc import Sequence
from dataclasses import dataclass

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing, one_line
from iris_api.inference.bundle import read_manifest
from iris_api.inference.registry import Registry
from iris_api.inference.seals import ANY_BUNDLE, Trust

MAX_ROWS = 100
MAX_CELL = 60
MAX_BUNDLE_CELL = 300
HEADER = ("version", "state", "created", "estimator", "bundle")


@dataclass(frozen=True, slots=True)
class States:
    """What is known of all versions together; a version that a member names may have been deleted since.

    ``serving`` is what ``SERVING`` names (or the highest, without one), ``previous`` where a rollback goes, ``pin`` what goes before
    both. ``trouble`` says why ``SERVING`` cannot be read.
    """

    serving: int | None
    previous: int | None
    pin: int | None
    trouble: ArtifactError | None = None

    def of(self, version: int) -> str:
        """The state of one version, ``-`` for none."""
        found = []
        if version == self.pin:
            found.append("serving (pinned by IRIS_MODEL_VERSION)")
        if version == self.serving:
            found.append("serving" if self.pin is None else "promoted")
        if version == self.previous:
            found.append("previous")
        return ", ".join(found) or "-"

    def named(self) -> set[int]:
        """The versions that have a state."""
        return {version for version in (self.serving, self.previous, self.pin) if version is not None}


def states(registry: Registry) -> States:
    """Which versions of a model serve, or served before."""
    unpinned = Registry(registry.root, registry.name)
    try:
        serving = unpinned.serving()
    except ArtifactError as error:
        return States(None, None, registry.pin, error)
    try:
        previous = unpinned.before()[0]
    except ArtifactMissing:
        previous = None
    return States(serving, previous, registry.pin)


def version_table(registry: Registry, known: States, trust: Trust = ANY_BUNDLE) -> str:
    """The versions, the highest first, one a line below a header: at most `MAX_ROWS`, and in any case those that have a state.

    Raises
    ------
    ArtifactMissing
        If there is no version at all.
    ConfigurationError
        If the trusted keys cannot be read.
    """
    there = registry.versions()[::-1]
    if not there:
        raise registry.nothing()
    shown = sorted({*there[:MAX_ROWS], *known.named()}, reverse=True)
    rows = [(str(version), known.of(version), *_described(registry, version, trust)) for version in shown]
    hidden = len(set(there) - set(shown))
    return _aligned([HEADER, *rows]) + (f"\nand {hidden} older ones" if hidden else "")


def _described(registry: Registry, version: int, trust: Trust) -> tuple[str, str, str]:
    """When a version was created, its estimator, and whether its bundle is fit to serve as far as its manifest shows."""
    try:
        manifest, doubt = read_manifest(registry.path(version), trust)
    except ArtifactMissing:
        return "-", "-", "deleted"
    except ArtifactForbidden as error:
        return "-", "-", f"unreadable: {error}"
    except ArtifactError as error:
        return "-", "-", f"damaged: {error}"
    if (manifest.name, manifest.version) != (registry.name, version):
        bundle = f"misplaced: it holds {manifest.name} version {manifest.version}"
    else:
        bundle = "readable" if doubt is None else f"unfit: {doubt}"
    return _cell(manifest.created), _cell(manifest.estimator), bundle


def _cell(text: str, most: int = MAX_CELL) -> str:
    text = one_line(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    cut = [[*row[:-1], _cell(row[-1], MAX_BUNDLE_CELL)] for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(len(HEADER))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cut)
