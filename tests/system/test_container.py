"""The container image as it ships: built, run with everything taken from it that it does not need, asked, and stopped.

Uses ``$ENGINE``, else podman or docker where one really runs the base image, else the script that sets up a container
engine beside the project. Without any of them the tests are skipped, under CI they fail.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.servers import CHOSEN_CLASS

ROOT = Path(__file__).parents[2]
SETUP = ROOT.parent / "shared" / "tools" / "container-engine"
BASE = re.findall(r"^FROM (\S+:\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
PORT = 8123  # not the image's default, so that all of it must follow $PORT
SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
LOCKED_DOWN = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")

BUILD_SECONDS = 900
READY_SECONDS = 60
STOP_SECONDS = 40

pytestmark = [pytest.mark.system, pytest.mark.container, pytest.mark.timeout(BUILD_SECONDS + 300)]


@dataclass(frozen=True)
class Engine:
    """A container engine's command, and the environment it needs."""

    command: str
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def is_podman(self) -> bool:
        return Path(self.command).name == "podman"

    def run(self, *arguments: str, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command of the engine; a failure shows what it said."""
        done = subprocess.run(
            [self.command, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert not check or done.returncode == 0, f"{self.command} {shlex.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done

    def refusal(self) -> str | None:
        """Why it does not run the base image, or None if it does; ``info`` succeeds where nothing can be run, too."""
        try:
            done = self.run("run", "--rm", BASE, "true", timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{self.command}: {error}"
        return None if done.returncode == 0 else f"{self.command}: {shortened(done.stderr)}"


def shortened(text: str) -> str:
    return " ".join(text.split())[-300:]


def find_engine() -> tuple[Engine | None, str]:
    """An engine that works, or None and the reasons."""
    named = os.environ.get("ENGINE")
    refusals = []
    for name in [named] if named else ["podman", "docker"]:
        refusal = Engine(name).refusal()
        if refusal is None:
            return Engine(name), ""
        refusals.append(refusal)
    if not named and SETUP.is_file():
        done = subprocess.run([SETUP], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode == 0:
            exported = dict(word.split("=", 1) for word in shlex.split(done.stdout) if "=" in word)
            return Engine(exported.pop("ENGINE"), dict(os.environ) | exported), ""
        refusals.append(f"{SETUP.name}: {shortened(done.stderr)}")
    return None, "; ".join(refusals)


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine, refusals = find_engine()
    if engine is None:
        give_up = pytest.fail if os.environ.get("CI") or os.environ.get("ENGINE") else pytest.skip
        give_up(f"no container engine runs {BASE} here ({refusals}); install podman or docker, or name one in ENGINE")
    return engine


@pytest.fixture(scope="module")
def image(engine: Engine) -> Iterator[str]:
    tag = f"iris-api-test:{uuid.uuid4().hex[:12]}"
    # podman's own format has no health check
    options = ("--network=host", "--format=docker", "--pull=never") if engine.is_podman else ()
    try:
        engine.run("build", *options, "--tag", tag, ".", timeout=BUILD_SECONDS)
        yield tag
    finally:
        engine.run("rmi", "--force", tag, check=False)


@dataclass(frozen=True)
class Service:
    """A running container, and where it is reached."""

    engine: Engine
    name: str
    url: str

    def logs(self) -> str:
        done = self.engine.run("logs", self.name, check=False)
        return done.stdout[-3000:] + done.stderr[-3000:]

    def execute(self, *command: str) -> str:
        return self.engine.run("exec", self.name, *command).stdout.strip()


@contextmanager
def running(engine: Engine, image: str) -> Iterator[Service]:
    name = f"iris-api-test-{uuid.uuid4().hex[:12]}"
    try:
        variables = (f"--env=PORT={PORT}", f"--env=IRIS_WORKER_CLASS={CHOSEN_CLASS}")
        engine.run("run", "--detach", "--name", name, *LOCKED_DOWN, *variables, f"--publish=127.0.0.1::{PORT}", image)
        address = engine.run("port", name, f"{PORT}/tcp").stdout.split()[0]
        service = Service(engine, name, f"http://{address}")
        wait_until_ready(service)
        yield service
    finally:
        engine.run("rm", "--force", name, check=False)


def health_check(service: Service) -> list[str]:
    described = json.loads(service.engine.run("inspect", "--type=container", service.name).stdout)
    kind, *command = described[0]["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    return [str(word) for word in command]


def wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(trust_env=False, timeout=5) as client:
        while True:
            try:
                if client.get(f"{service.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"not ready within {READY_SECONDS} s: {service.logs()}"
            threading.Event().wait(0.1)


@pytest.fixture(scope="module")
def service(engine: Engine, image: str) -> Iterator[Service]:
    with running(engine, image) as service:
        yield service


def test_runs_as_an_ordinary_user_with_nothing_to_write_but_tmp(service: Service) -> None:
    assert service.execute("id", "-u") == "10001"
    probe = "import os; print([path for path in ('/', '/app', '/app/artifacts', '/opt/venv', '/tmp') if os.access(path, os.W_OK)])"
    assert service.execute("python", "-c", probe) == "['/tmp']"


def test_image_carries_no_sources_tests_or_build_tools(service: Service) -> None:
    probe = "import importlib.util as u, os; print(sorted(os.listdir('/app')), u.find_spec('pip'), u.find_spec('flit_core'))"
    assert service.execute("python", "-c", probe) == "['__pycache__', 'artifacts', 'gunicorn.conf.py', 'wsgi.py'] None None"


def test_health_check_follows_the_port(service: Service) -> None:
    service.execute(*health_check(service))
    if service.engine.is_podman:
        service.engine.run("healthcheck", "run", service.name)


def test_health_check_fails_where_nothing_answers(engine: Engine, service: Service) -> None:
    assert engine.run("exec", "--env=PORT=1", service.name, *health_check(service), check=False).returncode == 1


def test_predicts(service: Service) -> None:
    with httpx.Client(trust_env=False, timeout=10) as client:
        answer = client.post(f"{service.url}/v1/predict", json=SETOSA)
    assert (answer.status_code, answer.json()["prediction"]) == (200, "setosa")


def test_passes_the_smoke_test_of_the_command_line(service: Service) -> None:
    command = [sys.executable, "-m", "iris_api.cli", "smoke", service.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ends_with_exit_code_0_when_told_to(engine: Engine, image: str) -> None:
    with running(engine, image) as service:
        engine.run("kill", "--signal=TERM", service.name)
        code = engine.run("wait", service.name, timeout=STOP_SECONDS).stdout.strip()
        assert code == "0", service.logs()
