"""A Flask application that is an API: fixed paths on whatever host it is called by, and no sessions."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter


class _NoSessions(SessionInterface):
    """Gives every request the same session, which refuses to hold anything."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> NullSession:
        """The session that holds nothing."""
        return self._none


class Api(Flask):
    """Leaves out what Flask does at every request for sites: sessions, subdomains, redirects to tidier paths, asynchronous views.

    Hosts are `hosts`'s concern, not routing's: Flask's ``TRUSTED_HOSTS`` and ``SERVER_NAME`` change nothing here.
    """

    session_interface = _NoSessions()

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name, static_folder=None)
        # it answers // inside a path with a redirect made of whatever Host was sent
        self.url_map.merge_slashes = False

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Route by path and method alone."""
        if request is None:
            return super().create_url_adapter(None)
        return MapAdapter(self.url_map, "localhost", "/", "", "http", request.path, request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: every view is a plain function."""
        return func
