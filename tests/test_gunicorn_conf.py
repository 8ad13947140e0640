"""The configuration file, loaded by Gunicorn itself."""

import subprocess
import sys

import pytest

from tests.servers import PROJECT, clean_environment


def configured(name: str, **variables: str) -> str:
    """What Gunicorn's setting ``name`` is once it has read its defaults and this project's file."""
    return printed(f"cfg.{name}", **variables)


def printed(expression: str, **variables: str) -> str:
    """What ``expression`` gives where Gunicorn has read its defaults and this project's file."""
    program = f"import os; from gunicorn.app.wsgiapp import WSGIApplication; cfg = WSGIApplication().cfg; print({expression})"
    command = [sys.executable, "-c", program, "wsgi:app"]
    done = subprocess.run(command, cwd=PROJECT, env=clean_environment(**variables), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("variables", [{}, {"FORWARDED_ALLOW_IPS": "*"}, {"FORWARDED_ALLOW_IPS": ""}])
def test_only_this_machine_may_say_what_scheme_a_request_came_by(variables):
    assert configured("forwarded_allow_ips", **variables) == "['127.0.0.1', '::1']"


def test_kubernetes_addresses_do_not_stop_it():
    assert configured("threads", IRIS_PORT="tcp://10.0.0.1:8000", IRIS_API_SERVICE_HOST="10.0.0.1", IRIS_THREADS="3") == "3"


@pytest.mark.parametrize(("variables", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_numpy_has_one_thread_a_worker_unless_the_operator_says_otherwise(variables, threads):
    assert printed("os.environ['OPENBLAS_NUM_THREADS']", **variables) == threads
