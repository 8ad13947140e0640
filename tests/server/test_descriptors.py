"""How many connections the limit of open files allows."""

import resource
import subprocess
import sys

import pytest

from iris_api.server.descriptors import RESERVED
from tests.servers import PROJECT

PROGRAM = """
import resource, sys
from iris_api.server.descriptors import affordable_connections
print(affordable_connections(int(sys.argv[1])), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def afforded(wanted, soft, hard):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(wanted)], cwd=PROJECT, preexec_fn=limit, capture_output=True, text=True, check=True, timeout=30
    )
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize(
    ("wanted", "soft", "hard", "expected"),
    [
        (100, 1024, 1024, [100, 1024, 1024]),
        (1000, 256, 256, [256 - RESERVED, 256, 256]),
        (1000, 256, 4096, [1000, 1000 + RESERVED, 4096]),
        (1000, 256, 512, [512 - RESERVED, 512, 512]),
        (1000, 40, 40, [1, 40, 40]),
    ],
)
def test_connections_are_those_that_descriptors_allow(wanted, soft, hard, expected):
    assert afforded(wanted, soft, hard) == expected
