"""How many connections a worker can hold with the file descriptors that its process may open."""

import resource

RESERVED = 48
"""What a worker opens besides connections: listeners, the event loop, pipes, logs, and files that are read for a moment."""


def affordable_connections(wanted: int) -> int:
    """``wanted`` connections, or as many as the limit of open files allows after this process has raised it as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - RESERVED))
