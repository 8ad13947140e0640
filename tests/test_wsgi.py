"""The entry point, imported as a WSGI server imports it."""

import subprocess
import sys

from tests.servers import PROJECT, clean_environment


def test_the_garbage_collector_works_again_once_the_application_stands(artifacts):
    program = "import gc, wsgi; print(gc.isenabled(), gc.get_freeze_count() > 0)"
    environment = clean_environment(IRIS_ARTIFACTS=str(artifacts))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["True", "True"], done.stderr
