"""The commands ``promote``, ``rollback`` and ``versions``: they change and show which version of a model serves."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iris_api.errors import ConfigurationError
from iris_api.settings import load_settings

if TYPE_CHECKING:
    from iris_api.inference.registry import Registry

Check = Callable[[Path], object]


def promote(registry: "Registry", version: int, check: Check) -> int:
    """Put ``version`` in service after ``check`` of its folder; returns exit code 0.

    Raises
    ------
    ServiceError
        If it is no version, not fit to serve, or ``SERVING`` cannot be written; then nothing changes.
    """
    if version < 1:
        raise ConfigurationError(f"{version} is no version; versions are positive whole numbers")
    check(registry.path(version))
    registry.promote(version)
    return _say_in_service(registry, version)


def roll_back(registry: "Registry", check: Check) -> int:
    """Put the version before back in service after ``check`` of its folder; returns exit code 0, and raises as `promote` does."""
    target, skipped = registry.before()[0], registry.skipped()
    check(registry.path(target))
    registry.rollback(target)
    for version in skipped:
        print(f"note: {registry.name} version {version} served before, but was deleted since; it is skipped")
    return _say_in_service(registry, target)


def list_versions(registry: "Registry") -> int:
    """Print the versions of a model as a table; returns exit code 0, also where some are damaged.

    Raises
    ------
    ServiceError
        If there is no version, or, after the table, if ``SERVING`` cannot be read.
    """
    from iris_api.inference.seals import Trust
    from iris_api.inference.version_table import states, version_table

    settings, known = load_settings(), states(registry)
    print(version_table(registry, known, Trust.of(settings)), flush=True)
    if known.trouble is not None:
        raise known.trouble
    return 0


def _say_in_service(registry: "Registry", version: int) -> int:
    print(f"{registry.name} version {version} is in service from the next start or reload on (kill -HUP the Gunicorn master)")
    if registry.pin is not None:
        print(f"note: IRIS_MODEL_VERSION pins version {registry.pin} and goes before it")
    return 0
