"""Who is measured: each contender is a command, an environment and the path of its prediction."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
APPS = Path(__file__).resolve().parent / "contenders"
SERVE_PYTHON = str(PROJECT / ".venv/bin/python")
WORKERS = "2"


@dataclass(frozen=True, slots=True)
class Contender:
    """One server. ``{port}`` in its command and environment is replaced by the port it is to listen on.

    It is ready when ``ready_path`` answers 200: to a GET, or to a POST of ``ready_body`` if there is one. ``floor`` is
    the key of the contender that its CPU is compared with.
    """

    key: str
    title: str
    command: tuple[str, ...]
    path: str
    ready_path: str
    ready_body: bytes | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = PROJECT
    floor: str = "b"


def service(artifacts: Path, app: str = "wsgi:app") -> Contender:
    """The service with its default settings, in the environment that ``make serve`` runs it in."""
    return Contender(
        key="c",
        title="this service",
        command=(SERVE_PYTHON, "-m", "gunicorn", app),
        path="/v1/predict",
        ready_path="/health/ready",
        environment={"IRIS_ARTIFACTS": str(artifacts), "IRIS_BIND": "127.0.0.1:{port}", "WEB_CONCURRENCY": WORKERS},
    )


def under(contender: Contender, worker_class: str) -> Contender:
    """The same contender under another worker class."""
    return replace(
        contender,
        key=f"{contender.key}-{worker_class}",
        title=f"{contender.title}, worker class {worker_class}",
        environment={**contender.environment, "IRIS_WORKER_CLASS": worker_class},
        floor=f"{contender.floor}-{worker_class}",
    )


def lineup(artifacts: Path, model: Path, answer_bytes: int, body: bytes, worker_classes: tuple[str, ...] = ()) -> list[Contender]:
    """All contenders, each with two workers.

    Parameters
    ----------
    artifacts, model
        The bundle's artifacts folder, and the pickle in it.
    answer_bytes
        Size of the constant answers: that of a real one.
    body
        A request that every contender answers with 200.
    worker_classes
        Further worker classes to run the service and the floor under.
    """
    ours = service(artifacts)
    constant = {**ours.environment, "BENCH_ANSWER_BYTES": str(answer_bytes)}
    bare = replace(
        ours,
        key="a",
        title="bare WSGI callable",
        command=(SERVE_PYTHON, "-m", "gunicorn", "benchmarks.contenders.bare_wsgi:app"),
        ready_path=ours.path,
        ready_body=body,
        environment={**constant, "IRIS_ACCESS_LOG": "false"},
    )
    floor = replace(
        bare,
        key="b",
        title="floor: empty Flask view",
        command=(SERVE_PYTHON, "-m", "gunicorn", "benchmarks.contenders.floor_wsgi:app"),
        environment=constant,
    )
    address = ("127.0.0.1", "{port}")
    tutorial = Contender(
        key="d",
        title="tutorial: Flask, Gunicorn sync",
        command=(sys.executable, "-m", "gunicorn", "-w", WORKERS, "-b", ":".join(address), "--no-control-socket", "tutorial_flask:app"),
        path="/predict",
        ready_path="/predict",
        ready_body=body,
        environment={"MODEL_PATH": str(model)},
        directory=APPS,
    )
    fastapi = replace(
        tutorial,
        key="e",
        title="tutorial: FastAPI, uvicorn",
        command=(sys.executable, "-m", "uvicorn", "--workers", WORKERS, "--host", address[0], "--port", address[1], "tutorial_fastapi:app"),
    )
    constant_fastapi = replace(
        fastapi, key="f", title="constant: FastAPI, uvicorn", command=(*fastapi.command[:-1], "constant_fastapi:app")
    )
    others = [under(contender, name) for name in worker_classes for contender in (floor, ours)]
    return [bare, floor, ours, *others, tutorial, fastapi, constant_fastapi]
