"""The product's own command line, run on a workplace's artifacts."""

import subprocess

from benchmarks.lineup import PROJECT, SERVE_PYTHON
from benchmarks.processes import clean_environment, die_with_parent
from benchmarks.workplace import Workplace


def iris_api(work: Workplace, *arguments: str) -> None:
    """Run ``iris-api`` with ``arguments``; RuntimeError if it fails."""
    ran = subprocess.run(
        [SERVE_PYTHON, "-m", "iris_api.cli", *arguments],
        cwd=PROJECT,
        env=clean_environment(IRIS_ARTIFACTS=str(work.artifacts)),
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
        preexec_fn=die_with_parent,
    )
    if ran.returncode:
        raise RuntimeError(f"iris-api {' '.join(arguments)} fails: {ran.stderr.strip()}")
