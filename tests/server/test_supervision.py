"""What the supervision borrows of Gunicorn is there in the installed release; the rest is shown on real masters in tests/system."""

import inspect

import pytest
from gunicorn.app.base import Application, BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.workertmp import WorkerTmp

BORROWED = [
    (Arbiter, "reload", ["self"]),
    (Arbiter, "spawn_worker", ["self"]),
    (Arbiter, "manage_workers", ["self"]),
    (Arbiter, "reexec", ["self"]),
    (WorkerTmp, "last_update", ["self"]),
    (Arbiter, "spawn_workers", ["self"]),
    (BaseApplication, "reload", ["self"]),
    (Application, "load_config", ["self"]),
    (HaltServer, "__init__", ["self", "reason", "exit_status"]),
]


@pytest.mark.parametrize(("kind", "name", "parameters"), BORROWED, ids=lambda value: getattr(value, "__name__", None) or str(value))
def test_what_is_borrowed_is_there(kind, name, parameters):
    assert list(inspect.signature(getattr(kind, name)).parameters) == parameters


def test_the_master_calls_what_is_replaced():
    assert "self.reload()" in inspect.getsource(Arbiter.handle_hup)
    assert "self.app.reload()" in inspect.getsource(Arbiter.reload)
    assert "self.spawn_worker()" in inspect.getsource(Arbiter.reload)
    assert "self.spawn_worker()" in inspect.getsource(Arbiter.spawn_workers)
    assert "self.manage_workers()" in inspect.getsource(Arbiter.run)
    assert "self.reexec()" in inspect.getsource(Arbiter.handle_usr2)
    assert "exitcode == self.WORKER_BOOT_ERROR" in inspect.getsource(Arbiter.reap_workers)
    assert "exitcode == self.APP_LOAD_ERROR" in inspect.getsource(Arbiter.reap_workers)
    assert "self.LISTENERS = []" in inspect.getsource(Arbiter.stop)
    assert "self.worker_age += 1" in inspect.getsource(Arbiter.spawn_worker)
