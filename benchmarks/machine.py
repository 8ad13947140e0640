"""Which machine, which versions, which commit: what a figure means nothing without."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.lineup import PROJECT
from benchmarks.load import wrk_version

LIBRARIES = ("flask", "gunicorn", "pydantic", "scikit-learn", "numpy", "scipy", "joblib", "python-json-logger", "fastapi", "uvicorn")


def facts(command: str) -> dict[str, str]:
    """Machine, versions, commit and ``command``, by what they are called in the document."""
    memory = psutil.virtual_memory().total / 1024**3
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        "versions": f"Python {platform.python_version()}, {libraries}, wrk {wrk_version()}",
        "commit": _commit(),
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "load before": f"{os.getloadavg()[0]:.2f} (one-minute average)",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    try:
        head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=10)
        changed = subprocess.run(["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head.stdout.strip() + (" with uncommitted changes" if changed.stdout.strip() else "")
