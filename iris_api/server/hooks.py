"""What Gunicorn's master does at its turning points; ``gunicorn.conf.py`` names these as its hooks."""

import errno
import gc
import logging
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from iris_api.errors import AddressForbidden, AddressUnavailable, ConfigurationError, exit_with_one_line
from iris_api.in_flight import InFlight
from iris_api.server.balance import SLOTS, balance
from iris_api.server.descriptors import affordable_connections
from iris_api.server.succession import succession
from iris_api.server.supervision import Supervision
from iris_api.settings import load_settings

EXTENSION = "iris_api"


def on_starting(arbiter: Any) -> None:
    """Take over what the master does on failures; refuse to start without preloading, or where the address is taken.

    A refusal is one line and an exit code of its own.

    Gunicorn itself would retry for seconds and end with a code that says nothing. Sockets that were handed over by
    an older master or by systemd are not probed.
    """
    with exit_with_one_line():
        if not arbiter.cfg.preload_app:
            raise ConfigurationError("preload_app is off: each worker would load an unverified model of its own; leave it on")
        if "GUNICORN_FD" not in os.environ and "LISTEN_FDS" not in os.environ:
            for address in arbiter.cfg.address:
                if not isinstance(address, int):  # a descriptor that was handed over
                    _probe(address)
    arbiter.supervision = Supervision(arbiter)


def when_ready(arbiter: Any) -> None:
    """Say what limits the service, and keep the garbage collector from what the workers share, so that its pages stay shared."""
    wanted = load_settings().max_connections
    afforded = affordable_connections(wanted)
    if afforded < wanted:
        said = "a worker holds at most %d connections instead of %d (IRIS_MAX_CONNECTIONS); raise the limit of open files (ulimit -n)"
        arbiter.log.warning(said, afforded, wanted)
    gc.collect()
    gc.freeze()


def pre_fork(arbiter: Any, worker: Any) -> None:
    """Give the worker the lowest slot that no living one has, and the queue in which its first signals would end."""
    worker.early_signals = arbiter.SIG_QUEUE
    taken = {getattr(other, "slot", None) for other in arbiter.WORKERS.values()}
    worker.slot = next(slot for slot in range(SLOTS) if slot not in taken)
    succession.begin(worker.slot)
    worker.in_flight = InFlight()
    worker.forked_seconds = time.monotonic()


def post_fork(arbiter: Any, worker: Any) -> None:
    """Have the worker note the requests that it answers where the master can read them."""
    arbiter.app.wsgi().extensions[EXTENSION].lifecycle.in_flight = worker.in_flight


def pre_exec(arbiter: Any) -> None:
    """Start the next master as this one was started.

    Gunicorn would run the file behind ``python -m gunicorn`` by its path, and its folder would hide Python's own ``http``.
    """
    arbiter.START_CTX["args"] = [sys.executable, *sys.orig_argv[1:]]


def worker_exit(_arbiter: Any, worker: Any) -> None:
    """End a worker although a thread of it does not come back: Python would wait for that, for longer than the grace.

    Gunicorn also calls this in the master, of workers that are gone.
    """
    pool = getattr(worker, "pool", None)
    if worker.pid == os.getpid() and pool is not None and pool.is_busy:
        # what its clients were told is in the log already
        worker.in_flight.clear()
        logging.shutdown()
        os._exit(0)


def child_exit(arbiter: Any, worker: Any) -> None:
    """A worker has ended, perhaps without a word: its slot takes no connections, and what it was answering is logged."""
    balance.leave(worker.slot)
    arbiter.supervision.ended(worker)
    if identifiers := worker.in_flight.identifiers():
        facts = {"worker": worker.pid, "request_ids": identifiers}
        arbiter.log.error("a worker died while it answered requests", extra={"facts": facts})


def on_reload(arbiter: Any) -> None:
    """Take on the bundle in service of each model, in the master, before it forks new workers. Never raises: that would end the master.

    Whatever becomes of it, Gunicorn replaces the workers.
    """
    for worker in arbiter.WORKERS.values():
        succession.replace(worker.slot)
    try:
        parts = arbiter.app.wsgi().extensions[EXTENSION]
        outcomes = parts.lifecycle.reload()
    except Exception:
        arbiter.log.exception("the reload could not be started; every model goes on serving as it was")
        return
    for name, outcome in outcomes.items():
        version = parts.models[name].current.predictor.manifest.version
        if outcome.outcome == "failed":
            arbiter.log.error("reload failed, %s version %d goes on serving: %s", name, version, outcome.detail)
            continue
        arbiter.log.info("reload succeeded: %s version %d serves", name, version)
        for warning in outcome.warnings:
            arbiter.log.warning(warning)
    if any(outcome.outcome == "succeeded" for outcome in outcomes.values()):
        gc.collect()
        gc.freeze()


def _probe(address: str | tuple[str, int]) -> None:
    if isinstance(address, str):
        _probe_path(address)
        return
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            _explain(error, f"{address[0]}:{address[1]}")


def _probe_path(path: str) -> None:
    """Gunicorn would take a socket from whoever listens on it, and end in a traceback where there is something else."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except FileNotFoundError:
            _check_folder(Path(path).parent)
        except OSError as error:
            # a stale socket is Gunicorn's to replace; a path that is too long has no number of its own
            if error.errno is None or not Path(path).is_socket():
                raise ConfigurationError(f"IRIS_BIND: {path} cannot be a socket ({error.strerror or error}); name another path") from None
        else:
            raise AddressUnavailable(f"unix:{path} is in use by another process; stop it or set IRIS_BIND to another address")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigurationError(f"IRIS_BIND: {folder} is no folder to put a socket in; make it or name another path")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AddressForbidden(f"{folder} may not be written by this user; set IRIS_BIND to a socket in another folder")


def _explain(error: OSError, address: str) -> None:
    if error.errno == errno.EADDRINUSE:
        raise AddressUnavailable(f"{address} is in use by another process; stop it or set IRIS_BIND to another address") from None
    if error.errno == errno.EACCES:
        raise AddressForbidden(f"{address} may not be opened by this user; set IRIS_BIND to a port above 1023") from None
    raise ConfigurationError(f"IRIS_BIND: {address} is no address of this machine ({error.strerror})") from None
