"""Code that runs in a forked child of the tests and reports what it gives; shared by the tests of what a process does to itself."""

import json
import os
import warnings
from collections.abc import Callable
from typing import Any

NOBODY = 65534


def become_nobody() -> None:
    """Give up root, which some limits do not bind."""
    if os.getuid() == 0:
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def in_fork(act: Callable[[int], Any]) -> Any:
    """What ``act`` gives in a forked child, by JSON; it is told the descriptor of the report, and gives that back with the result."""
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            sender, result = act(sender)
            os.write(sender, json.dumps(result).encode())
        finally:
            os._exit(0)
    os.close(sender)
    with open(receiver, "rb") as file:
        report = file.read()
    os.waitpid(child, 0)
    return json.loads(report)
