"""The product's own command line."""

import subprocess
from pathlib import Path

from benchmarks.lineup import PROJECT, SERVE_PYTHON
from benchmarks.processes import clean_environment, die_with_parent


def iris_api(artifacts: Path, *arguments: str) -> None:
    """Run ``iris-api`` with ``arguments`` on the models in ``artifacts``; RuntimeError if it fails."""
    ran = subprocess.run(
        [SERVE_PYTHON, "-m", "iris_api.cli", *arguments],
        cwd=PROJECT,
        env=clean_environment(IRIS_ARTIFACTS=str(artifacts)),
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
        preexec_fn=die_with_parent,
    )
    if ran.returncode:
        raise RuntimeError(f"iris-api {' '.join(arguments)} fails: {ran.stderr.strip()}")
