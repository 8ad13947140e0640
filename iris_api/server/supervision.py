"""What Gunicorn's master does where something fails that need not end it.

That is a configuration that cannot be read again, a fork that fails, a worker that cannot begin, another master that cannot start.
All that it borrows of Gunicorn's private names is here; a test holds them against the installed release.
"""

import io
import logging
import os
import time
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

from gunicorn.errors import HaltServer

from iris_api.errors import one_line
from iris_api.server.succession import succession

EX_OSERR = 71
SHORT_LIFE_SECONDS = 1.0
MAX_WAIT_SECONDS = 30.0
_NO_EXIT_CODE = -1


class _NoWorker(Exception):
    """A worker could not be started in the middle of a reload."""


class Supervision:
    """Stands in for four methods of one Gunicorn arbiter.

    ``reload`` keeps the configuration before where the new one cannot be read or is not this project's, and goes on with the
    model. ``spawn_worker`` survives a fork that fails. ``manage_workers`` replaces later what could not be replaced then, and waits
    longer and longer for workers that end as soon as they begin. ``reexec`` survives another master that cannot be started.
    """

    def __init__(self, arbiter: Any) -> None:
        self._arbiter = arbiter
        self._reload, self._spawn_worker, self._manage_workers = arbiter.reload, arbiter.spawn_worker, arbiter.manage_workers
        self._reexec = arbiter.reexec
        self._is_reloading = self._is_short = False
        self._stale_age = self._short_lives = 0
        self._waits_until = 0.0
        arbiter.reload, arbiter.spawn_worker, arbiter.manage_workers = self.reload, self.spawn_worker, self.manage_workers
        arbiter.reexec = self.reexec

    def reload(self) -> None:
        """SIGHUP: read the configuration again, take on the model in service, and replace the workers. Never ends the master."""
        arbiter = self._arbiter
        self._stale_age, self._is_reloading = arbiter.worker_age, True
        try:
            self._read_configuration()
            self._without_reading(self._reload)
        except _NoWorker:
            self._unmark()
            arbiter.log.error("the reload is not complete: the workers of before go on serving until there is room for others")
        except Exception as error:  # noqa: BLE001 - whatever it is, the workers there are go on serving
            self._unmark()
            arbiter.log.error("the reload was broken off, the service goes on: %s", one_line(f"{type(error).__name__}: {error}"))
        finally:
            self._is_reloading = False

    def spawn_worker(self) -> Any:
        """Start a worker, or say once that none can be started; the main loop tries again every second."""
        arbiter = self._arbiter
        try:
            started = self._spawn_worker()
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if not self._is_short:
                left = len(arbiter.WORKERS)
                arbiter.log.error("no worker can be started (%s); the %d there are go on, and it is tried again", reason, left)
            self._is_short = True
            if self._is_reloading:
                raise _NoWorker from None
            if arbiter.worker_age <= arbiter.num_workers and not arbiter.WORKERS:
                raise HaltServer(f"no worker can be started ({reason})", EX_OSERR) from None
            return None
        if self._is_short and len(arbiter.WORKERS) >= arbiter.num_workers:
            self._is_short = False
            arbiter.log.info("all %d workers are there again", arbiter.num_workers)
        return started

    def reexec(self) -> None:
        """SIGUSR2: start another master beside this one. Where that fails, only its own process ends."""
        arbiter, master = self._arbiter, os.getpid()
        try:
            self._reexec()
        except Exception as error:  # noqa: BLE001 - whatever it is, this master and its workers go on serving
            arbiter.log.error("no other master can be started, this one goes on: %s", one_line(f"{type(error).__name__}: {error}"))
            if os.getpid() != master:
                # the child would otherwise end as a master does, with its parent's workers and sockets
                logging.shutdown()
                os._exit(EX_OSERR)
            arbiter.reexec_pid = 0

    def ended(self, worker: Any) -> None:
        """``worker`` has ended. One that hardly began makes the next one wait: whatever kept it from serving is likely to last.

        A master that stops has closed its listeners and has told its workers to end, however young they are.
        """
        if not self._arbiter.LISTENERS or time.monotonic() - worker.forked_seconds > SHORT_LIFE_SECONDS or worker.age <= self._stale_age:
            self._short_lives = 0
            return
        self._short_lives += 1
        pause = min(MAX_WAIT_SECONDS, 2.0**self._short_lives)
        self._waits_until = time.monotonic() + pause
        self._arbiter.log.error("a worker ended as soon as it began; another is tried in %g s", pause)

    def manage_workers(self) -> None:
        """Keep the number of workers, and replace those that an incomplete reload left."""
        arbiter = self._arbiter
        if any(_has_served(worker) for worker in arbiter.WORKERS.values()):
            # from now on no worker's exit code ends the master
            arbiter.WORKER_BOOT_ERROR = arbiter.APP_LOAD_ERROR = _NO_EXIT_CODE
        if self._short_lives and time.monotonic() < self._waits_until and not self._is_reloading:
            return
        is_stale = not self._is_reloading and any(worker.age <= self._stale_age for worker in arbiter.WORKERS.values())
        if is_stale and len(arbiter.WORKERS) <= arbiter.num_workers and arbiter.spawn_worker() is not None:
            succession.replace(min(arbiter.WORKERS.values(), key=lambda worker: worker.age).slot)
        self._manage_workers()

    def _unmark(self) -> None:
        """No worker that is there has a successor after all."""
        for worker in self._arbiter.WORKERS.values():
            succession.begin(worker.slot)

    def _read_configuration(self) -> None:
        """Read the configuration again; where that fails, or gives one that this service cannot run with, the one before stays."""
        app, said = self._arbiter.app, io.StringIO()
        before, folder = app.cfg, _folder()
        # where the folder was replaced, this process is still in the one before
        with suppress(OSError):
            os.chdir(before.chdir)
        try:
            with redirect_stderr(said):
                app.reload()
            reason = _objection(before, app.cfg)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - Gunicorn ends the process where it cannot read a file
            reason = _last_line(said.getvalue()) or f"{type(error).__name__}: {error}"
        if reason:
            app.cfg = before
            if folder is not None:
                os.chdir(folder)
            self._arbiter.log.error("the configuration was not read again, the one before stays: %s", one_line(reason))

    def _without_reading(self, reload: Any) -> None:
        app = self._arbiter.app
        app.reload = lambda: None
        try:
            reload()
        finally:
            del app.reload


def _folder() -> str | None:
    """The working folder, or None if it is gone."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def _objection(before: Any, now: Any) -> str | None:
    """Why the service cannot go on with the configuration ``now``, or None if it can."""
    if not now.preload_app or now.on_reload.__module__.startswith("gunicorn."):
        return "there is no gunicorn.conf.py of this project in the folder"
    if now.workers < 1:
        return "it names no workers"
    if now.address != before.address:
        return "it names another address; restart the service to change that"
    return None


def _has_served(worker: Any) -> bool:
    """Whether a worker has given a sign of life: until then its heartbeat has the time of day, which is far later than the clock's."""
    return bool(worker.tmp.last_update() <= time.monotonic())


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
