"""The configuration file, loaded by Gunicorn itself."""

import subprocess
import sys

import pytest

from tests.servers import PROJECT, clean_environment


def configured(name: str, **variables: str) -> str:
    """What Gunicorn's setting ``name`` is once it has read its defaults and this project's file."""
    program = f"from gunicorn.app.wsgiapp import WSGIApplication; print(WSGIApplication().cfg.{name})"
    command = [sys.executable, "-c", program, "wsgi:app"]
    done = subprocess.run(command, cwd=PROJECT, env=clean_environment(**variables), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("variables", [{}, {"FORWARDED_ALLOW_IPS": "*"}, {"FORWARDED_ALLOW_IPS": ""}])
def test_only_this_machine_may_say_what_scheme_a_request_came_by(variables):
    assert configured("forwarded_allow_ips", **variables) == "['127.0.0.1', '::1']"


def test_kubernetes_addresses_do_not_stop_it():
    assert configured("threads", IRIS_PORT="tcp://10.0.0.1:8000", IRIS_API_SERVICE_HOST="10.0.0.1", IRIS_THREADS="3") == "3"
