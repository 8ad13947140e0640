"""The entry point, imported as a WSGI server imports it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.servers import PROJECT, clean_environment


def printed(artifacts: Path, program: str) -> list[str]:
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


def test_the_garbage_collector_works_again_once_the_application_stands(artifacts):
    assert printed(artifacts, "import gc, wsgi; print(gc.isenabled(), gc.get_freeze_count() > 0)")[-1] == "True True"


def test_the_log_says_what_serves(artifacts):
    [line] = printed(artifacts, "import wsgi")
    assert json.loads(line)["message"] == "iris version 1 serves"
