"""Section ``start``: from exec to ready, beside what importing the two libraries alone takes."""

import subprocess
import time
from statistics import median
from typing import Any

from benchmarks.lineup import SERVE_PYTHON, service
from benchmarks.processes import Server, clean_environment, die_with_parent
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Start"
REPEATS = 7
IMPORTS = "import sklearn.ensemble, flask, os; os.write(1, b'.')"


def run(work: Workplace) -> dict[str, Any]:
    """Start the service and a bare import in turn; both were started once before, so their files are cached."""
    ready, imports = [], []
    for repeat in range((1 if work.quick else REPEATS) + 1):
        with Server(service(work.artifacts), work.log("start")) as server:
            pass
        imported = _import_seconds()
        if repeat:
            ready.append(server.ready_after)
            imports.append(imported)
    return {
        "repeats": len(ready),
        "ready_seconds": median(ready),
        "import_seconds": median(imports),
        "ratio": median(one / other for one, other in zip(ready, imports, strict=True)),
    }


def table(result: dict[str, Any]) -> str:
    """Both times, as Markdown."""
    cells = [number(result["ready_seconds"]), number(result["import_seconds"]), number(result["ratio"])]
    return markdown(["exec to ready, s", "exec to `sklearn.ensemble` and `flask` imported, s", "ratio"], [cells])


def _import_seconds() -> float:
    """Seconds from exec to the end of the imports in a fresh process, without its end."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [SERVE_PYTHON, "-c", IMPORTS],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        if child.stdout is None or child.stdout.read(1) != b".":
            raise RuntimeError("scikit-learn and Flask cannot be imported")
        return time.perf_counter() - started
    finally:
        child.kill()
        child.communicate()
