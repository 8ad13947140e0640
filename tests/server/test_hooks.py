"""What Gunicorn's master does before it opens a port, and on a reload."""

import logging
import os
import socket
from types import SimpleNamespace

import pytest

from iris_api.lifecycle import Lifecycle
from iris_api.server import hooks
from tests.servers import free_port


@pytest.fixture(autouse=True)
def _no_socket_is_handed_over(monkeypatch):
    monkeypatch.delenv("GUNICORN_FD", raising=False)
    monkeypatch.delenv("LISTEN_FDS", raising=False)


def start(*addresses, preload=True):
    methods = dict.fromkeys(("reload", "spawn_worker", "manage_workers", "reexec"))
    hooks.on_starting(SimpleNamespace(cfg=SimpleNamespace(preload_app=preload, address=addresses), **methods))
    return "started"


def refused(capsys, *addresses, **options) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        start(*addresses, **options)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("iris-api: ")
    assert err.count("\n") == 1
    return end.value.code, err


def test_free_addresses_are_let_through_and_left_free(tmp_path):
    path, port = tmp_path / "iris.sock", free_port()
    assert start(("127.0.0.1", port), str(path)) == "started"
    assert not path.exists()
    with socket.create_server(("127.0.0.1", port)) as listener:
        assert listener.getsockname()[1] == port


def test_without_preloading_there_is_no_start(capsys):
    code, line = refused(capsys, preload=False)
    assert (code, "preload_app is off" in line) == (78, True)


def test_a_port_in_use_is_refused(capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code, line = refused(capsys, listener.getsockname())
    assert code == 69
    assert f"127.0.0.1:{listener and line.split(':')[2].split()[0]} is in use by another process" in line


@pytest.mark.parametrize("variable", ["GUNICORN_FD", "LISTEN_FDS"])
def test_a_socket_that_was_handed_over_is_not_probed(variable, monkeypatch):
    monkeypatch.setenv(variable, "3")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert start(listener.getsockname()) == "started"


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".de", "192.0.2.1", "256.1.1.1", "no-such-host.invalid"])
def test_what_is_no_address_of_this_machine_is_refused(capsys, host):
    code, line = refused(capsys, (host, 8000))
    assert code == 78
    assert "IRIS_BIND: " in line
    assert host in line


def test_a_path_that_somebody_listens_on_is_not_taken_away(capsys, tmp_path):
    path = str(tmp_path / "iris.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        code, line = refused(capsys, path)
        assert (code, f"unix:{path} is in use" in line) == (69, True)
    assert start(path) == "started"  # nobody listens any more: Gunicorn replaces it


def test_what_is_no_socket_is_refused(capsys, tmp_path):
    (tmp_path / "file").write_text("precious")
    for path in (tmp_path / "file", tmp_path, tmp_path / ("x" * 300), tmp_path / "file" / "under"):
        code, line = refused(capsys, str(path))
        assert (code, "cannot be a socket" in line) == (78, True)
    assert (tmp_path / "file").read_text() == "precious"


def test_a_folder_that_is_not_there_is_refused(capsys, tmp_path):
    code, line = refused(capsys, str(tmp_path / "none" / "iris.sock"))
    assert (code, f"{tmp_path}/none is no folder" in line) == (78, True)


class Broken:
    """A callable application that cannot be had."""

    def wsgi(self):
        raise KeyError("no application")


def master(app):
    return SimpleNamespace(app=app, log=logging.getLogger("test.master"), WORKERS={})


def serving(**refreshes):
    current = SimpleNamespace(predictor=SimpleNamespace(manifest=SimpleNamespace(version=2)))
    models = {name: SimpleNamespace(refresh=refresh, warnings=(), current=current) for name, refresh in refreshes.items()}
    parts = SimpleNamespace(lifecycle=Lifecycle(models), models=models)
    return SimpleNamespace(wsgi=lambda: SimpleNamespace(extensions={"iris_api": parts}))


def test_a_reload_is_logged_whichever_way_it_ends(caplog):
    def fail():
        raise OSError("disk")

    with caplog.at_level(logging.INFO, "test.master"):
        hooks.on_reload(master(serving(iris=list)))
        hooks.on_reload(master(serving(iris=fail, churn=list)))
        hooks.on_reload(master(Broken()))
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR", "INFO", "ERROR"]
    assert caplog.records[0].getMessage() == "reload succeeded: iris version 2 serves"
    assert caplog.records[1].getMessage() == "reload failed, iris version 2 goes on serving: unexpected OSError while loading"
    assert caplog.records[2].getMessage() == "reload succeeded: churn version 2 serves"
    assert os.getpid() == caplog.records[3].process
