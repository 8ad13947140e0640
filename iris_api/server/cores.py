"""How many processor cores this process may really use."""

import os
from collections.abc import Iterator
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def granted_cores(cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> int:
    """The cores this process may use: its affinity, or less where a control group's quota (v2 or v1) says so; at least 1.

    Parameters
    ----------
    cgroup
        Where the control groups are mounted.
    membership
        The file that says which of them this process is in (``0::/its/path``); the quotas above that one bind it too.
    """
    affinity = len(os.sched_getaffinity(0))
    quotas = [quota for folder in _groups(cgroup, membership) if (quota := _quota(folder)) is not None]
    return max(1, min(affinity, int(min(quotas, default=affinity))))


def _groups(cgroup: Path, membership: Path) -> Iterator[Path]:
    """The folders of this process's group and of all above it; the mounted root alone where its place cannot be told."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        lines = []
    parts = next((line[3:].strip("/").split("/") for line in lines if line.startswith("0::")), [])
    if ".." not in parts:  # it is there for a group outside of what this namespace can see
        for length in range(len(parts), 0, -1):
            yield cgroup.joinpath(*parts[:length])
    yield cgroup


def _quota(cgroup: Path) -> float | None:
    try:
        limit, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit = (cgroup / "cpu/cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        cores = int(limit) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None
