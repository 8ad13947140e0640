"""Knows how a bundle comes about; only the command line and ``scripts/`` may import it, and it never imports Flask or Gunicorn."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iris_api.training.bring import bundle_model

__all__ = ["bundle_model"]


def __getattr__(name: str) -> Any:
    """Import what a notebook asks for when it asks: the command line reads this package for every command."""
    if name != "bundle_model":
        raise AttributeError(name)
    from iris_api.training.bring import bundle_model

    return bundle_model
