"""Who may call a group of routes. Each group names its guard where it is registered; open is a guard like any other."""

from typing import Protocol

from flask import Blueprint, Flask

EXTENSION = "iris_api.guards"


class Guard(Protocol):
    """Decides, before a view runs, whether the caller may go on; raises a `RequestError` if not."""

    def __call__(self) -> None:
        """Raise to refuse the request that is being answered."""
        ...


class Open:
    """Lets everybody in."""

    def __call__(self) -> None:
        """Refuse nobody."""


def register(app: Flask, blueprint: Blueprint, guard: Guard) -> None:
    """Add ``blueprint`` to ``app`` behind ``guard``; the only way a route gets into the application."""
    app.extensions.setdefault(EXTENSION, {})[blueprint.name] = guard
    if not isinstance(guard, Open):
        app.before_request_funcs.setdefault(blueprint.name, []).append(guard)
    app.register_blueprint(blueprint)
