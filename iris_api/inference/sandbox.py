"""The sandbox of the child process that tries a bundle: limits that the child sets on itself before it decodes a byte.

The decoder is the boundary against hostile bundles; the sandbox bounds what a bundle that passes it can use up or reach. It
needs no privilege. Limits that this kernel or container does not offer (namespaces, Landlock) are left out.
"""

import ctypes
import errno
import functools
import gc
import math
import os
import resource
import sys
import warnings
from contextlib import AbstractContextManager
from typing import Any, Literal

import joblib
from threadpoolctl import ThreadpoolController

Limit = Literal["memory", "files", "processes"]
MAX_OPEN_FILES = 16
_REPORT = 3
_OPENMP_OF_THEIR_OWN = {"catboost", "lightgbm", "xgboost"}

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446
_LANDLOCK_VERSION = 1
# reading files and folders, which importing a module needs
_LANDLOCK_READ = 1 << 2 | 1 << 3


def enter(memory_bytes: int, seconds: float, report: int, may_start_threads: bool = False) -> int:
    """Confine this process, a freshly forked child, for the rest of its life.

    Parameters
    ----------
    memory_bytes
        How much more memory it may map.
    seconds
        How much processor time it may take.
    report
        The one descriptor of its parent's that stays open.
    may_start_threads
        Whether it may start threads, and processes with them.

    Returns
    -------
    The number that ``report`` has from now on. Standard input, output and error are ``/dev/null``.
    """
    sys.dont_write_bytecode = True
    _keep_only(report)
    _leave_network()
    _deny_writes()
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    whole_seconds = math.ceil(seconds) + 1
    for kind, value in (
        (resource.RLIMIT_AS, mapped_bytes() + memory_bytes),
        (resource.RLIMIT_CPU, whole_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        _lower(kind, value)
    if not may_start_threads:
        # does not bind root
        _lower(resource.RLIMIT_NPROC, 0)
    return _REPORT


@functools.lru_cache(1)
def _pools_of(_loaded: frozenset[str]) -> Any:
    # to find them takes 10 ms
    return ThreadpoolController()


def _thread_pools() -> Any:
    """Those of all libraries that are loaded by now."""
    return _pools_of(frozenset(_OPENMP_OF_THEIR_OWN & sys.modules.keys()))


def one_openmp_thread() -> AbstractContextManager[Any]:
    """Keep OpenMP to one thread in a block that calls a library which takes as many as there are, so that no later fork hangs."""
    limits: AbstractContextManager[Any] = _thread_pools().limit(limits=1, user_api="openmp")
    return limits


def one_thread() -> AbstractContextManager[Any]:
    """Keep BLAS and OpenMP to one thread in a block that forks, so that the child needs no other: a thread counts as a process.

    The child cannot do it itself: OpenBLAS would start all its threads to be told so. OpenMP's would hang there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # scikit-learn asks for it before it uses OpenMP; joblib runs a program to find it, which the child may not
        joblib.cpu_count(only_physical_cores=True)
    limits: AbstractContextManager[Any] = _thread_pools().limit(limits=1)
    return limits


def limit_hit(error: BaseException) -> Limit | None:
    """Which limit led to ``error``, directly or through the errors before it; None if no limit did."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return "memory"
        if isinstance(cause, OSError) and cause.errno in (errno.EFBIG, errno.EMFILE, errno.EACCES):
            return "files"
        is_full = isinstance(cause, OSError) and cause.errno == errno.EAGAIN
        if is_full or (isinstance(cause, RuntimeError) and "can't start new thread" in str(cause)):
            return "processes"
        cause = cause.__cause__ or cause.__context__
    return None


def mapped_bytes() -> int:
    """How much memory this process has mapped, as `resource.RLIMIT_AS` counts it."""
    return _pages(0)


def resident_bytes() -> int:
    """How much of this process's memory is in RAM."""
    return _pages(1)


def _pages(field: int) -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[field]) * resource.getpagesize()


def _lower(kind: int, value: int) -> None:
    """Set both the soft and the hard limit, which only root can raise again."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _keep_only(report: int) -> None:
    """Close everything the parent had open (listeners, logs, clients' connections) but ``report``."""
    # a collected object of the parent's would close a number that is in use again
    gc.freeze()
    os.dup2(report, _REPORT, inheritable=False)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(_REPORT):
        os.dup2(null, standard)
    os.closerange(_REPORT + 1, os.sysconf("SC_OPEN_MAX"))


def _leave_network() -> None:
    """Move to a network of its own, without interfaces; an unprivileged process needs a user namespace of its own for that."""
    if _libc.unshare(_CLONE_NEWNET) != 0:
        _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _deny_writes() -> None:
    """Deny by Landlock to create, change, remove and execute files, to use TCP, and to signal other processes."""
    version = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return
    files = (1 << min(12 + version, 15)) - 1 & ~_LANDLOCK_READ
    network, scope = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    rules = (ctypes.c_uint64 * 3)(files, network, scope)
    ruleset = _libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), 0)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    if ruleset >= 0:
        os.close(ruleset)
