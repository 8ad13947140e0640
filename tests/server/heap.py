"""A heap that glibc gives nothing back of by itself: freed blocks between others that stay."""

from pathlib import Path

BLOCK_BYTES = 20_000
BETWEEN_BYTES = 1000
HOLES_MIB = 40


def with_holes() -> list[bytes]:
    """Allocate and free ``HOLES_MIB``, and return the small blocks in between; those hold the memory as long as they live."""
    pairs = [(b"x" * BLOCK_BYTES, b"x" * BETWEEN_BYTES) for _ in range(HOLES_MIB * 2**20 // BLOCK_BYTES)]
    return [small for _, small in pairs]


def anonymous_mib() -> float:
    """Resident anonymous memory of this process (proc(5), smaps_rollup)."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024
