"""A small WSGI application for the worker, checked on both sides by wsgiref's validator."""

import hashlib
import threading
from types import SimpleNamespace
from wsgiref.validate import validator

from iris_api.lifecycle import Lane, Lifecycle

TEXT = [("Content-Type", "text/plain")]
RELEASED = threading.Event()


def route(environ, start_response):
    path = environ["PATH_INFO"].removeprefix("/inline")
    if path == "/raise":
        raise LookupError("on purpose")
    start_response("200 OK", list(TEXT))
    source = environ["wsgi.input"]
    if path == "/read":
        digest = hashlib.sha256()
        while part := source.read(70_000):
            digest.update(part)
        return [digest.hexdigest().encode()]
    if path == "/lines":
        return [b"%d" % sum(len(line) for line in source)]
    if path == "/big":
        return (b"x" * 65536 for _ in range(1024))
    if path == "/scheme":
        return [environ["wsgi.url_scheme"].encode()]
    if path == "/wait":
        RELEASED.wait(3)
    return [b"ok"]


class App:
    """Has what the worker looks for beside being callable."""

    def __init__(self) -> None:
        lifecycle = Lifecycle({}, lanes=lambda: {f"{m} /inline/{p}": Lane(True, 65536) for m in ("GET", "POST") for p in INLINE})
        self.extensions = {"iris_api": SimpleNamespace(lifecycle=lifecycle)}
        self._checked = validator(route)

    def __call__(self, environ, start_response):
        return self._checked(environ, start_response)


INLINE = ("raise", "read", "lines", "ok", "scheme")
app = App()
