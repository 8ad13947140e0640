"""Memory that the C library still holds after large answers are gone, given back to the system."""

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back_memory() -> None:
    """Return the pages in which nothing is allocated any more, as malloc_trim(3) does.

    Batches leave holes between what lives longer, in an arena for each thread, and glibc keeps those: without this a worker
    grows with the most that ever was in memory at once. It takes about a millisecond for each 10 MiB that goes back, and
    whoever allocates from the same arena waits meanwhile. C libraries without ``malloc_trim`` are left to themselves.
    """
    if _trim is not None:
        _trim(0)
