"""Requests straight into the WSGI callable, so that a test decides every byte, every header and how the body arrives."""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.datastructures import Headers

from iris_api.web.problems import MEDIA_TYPE, Problem, ProblemFault

JSON = "application/json"
LIBRARIES = ("pydantic", "jiter", "werkzeug", "flask", "sklearn", "scikit", "numpy", "gunicorn", "joblib", "traceback")
PREDICTING = ("/v1/predict", "/predict", "/v1/predict/batch")


@dataclass(frozen=True)
class Reply:
    """What the application answered."""

    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Pieces(io.RawIOBase):
    """A body that arrives in the given pieces, one a read; an exception among them is raised."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self._pieces = [piece for piece in pieces if piece != b""]

    def read(self, size: int = -1) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if isinstance(piece, Exception):
            raise piece
        taken = len(piece) if size < 0 else size
        if piece[taken:]:
            self._pieces.insert(0, piece[taken:])
        return piece[:taken]


def call(
    app: WSGIApplication,
    method: str,
    path: str,
    body: bytes | io.RawIOBase = b"",
    headers: dict[str, str | None] | None = None,
    **environ: Any,
) -> Reply:
    """Send one request; a header that is None is left out, and ``environ`` goes before everything else."""
    sent: dict[str, str | None] = {"Host": "iris.test", **(headers or {})}
    if isinstance(body, bytes):
        sent.setdefault("Content-Length", str(len(body)) if body else None)
    variables: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "iris.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{_variable(name): value for name, value in sent.items() if value is not None},
        **environ,
    }
    started: list[Any] = []
    answer = app(variables, lambda status, fields, _error=None: started.append((status, fields)))  # type: ignore[arg-type, return-value]
    try:
        content = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    [(status, fields)] = started
    return Reply(int(status.split()[0]), Headers(fields), content)


def post(app: WSGIApplication, path: str, content: Any, **headers: str | None) -> Reply:
    """Post ``content`` as JSON, or as it is if it is bytes; headers are named as Python names."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return call(app, "POST", path, body, {"Content-Type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()})


def well_formed(app: WSGIApplication, row: dict[str, float], path: str) -> Any:
    """What ``path`` takes, made of ``row``."""
    return {"instances": [row]} if path.endswith("batch") else row


def assert_problem(reply: Reply, status: int, *, slug: str | None = None) -> dict[str, Any]:
    """Hold an error to RFC 9457 and to what this service promises of every error; its body."""
    assert reply.status == status, reply
    assert reply.headers.get_all("Content-Type") == [MEDIA_TYPE]
    assert_headers(reply)
    content: dict[str, Any] = reply.json()
    # a pointer repeats the name of a member that was sent, and that may be a library's
    ours = json.dumps({**content, "errors": [fault["detail"] for fault in content.get("errors", [])]}).lower()
    assert not [name for name in LIBRARIES if name in ours], reply.body
    Problem.model_validate(content, strict=True, extra="forbid")
    for fault in content.get("errors", []):
        ProblemFault.model_validate(fault, strict=True, extra="forbid")
    assert content["status"] == status
    assert content["request_id"] == reply.headers["X-Request-ID"]
    assert content["instance"].endswith(content["request_id"])
    if slug is not None:
        assert content["type"] == ("about:blank" if not slug else f"urn:iris-api:problem:{slug}")
    return content


def assert_headers(reply: Reply) -> None:
    """Every answer says that it is what it is, is not to be stored, and carries one request id; none names its server."""
    assert reply.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert reply.headers.get_all("Cache-Control") == ["no-store"]
    assert len(reply.headers.get_all("X-Request-ID")) == 1
    assert reply.headers["X-Request-ID"]
    assert "Server" not in reply.headers


def pointers(content: dict[str, Any]) -> list[str]:
    """The pointers of a problem's faults, in their order."""
    return [fault["pointer"] for fault in content["errors"]]


def _variable(name: str) -> str:
    bare = name.upper().replace("-", "_")
    return bare if bare in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{bare}"
