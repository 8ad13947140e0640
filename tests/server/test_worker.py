"""What the worker rests on inside Gunicorn: an upgrade that changes it fails here, by name."""

import inspect
from importlib.metadata import version

import pytest
from gunicorn import sock
from gunicorn.arbiter import Arbiter
from gunicorn.asgi import parser
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers import base, gasgi

from iris_api.server import hooks
from iris_api.server.worker import LaneWorker


def parameters(function) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("gunicorn").startswith("27.0.")


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (parser.PythonProtocol, "_is_valid_token", ["self", "data"]),
        (parser.PythonProtocol, "_is_valid_method", ["self", "method"]),
        (parser.PythonProtocol, "_has_invalid_header_chars", ["self", "value"]),
        (parser.PythonProtocol, "feed", ["self", "data"]),
        (parser.PythonProtocol, "_parse_chunked_body", ["self"]),
        (parser.PythonProtocol, "reset", ["self"]),
        (gasgi.ASGIWorker, "_serve", ["self"]),
        (gasgi.ASGIWorker, "_setup_event_loop", ["self"]),
        (gasgi.ASGIWorker, "_cleanup", ["self"]),
        (gasgi.ASGIWorker, "handle_exit_signal", ["self"]),
        (gasgi.ASGIWorker, "handle_quit_signal", ["self"]),
        (gasgi.ASGIWorker, "init_signals", ["self"]),
        (gasgi.ASGIWorker, "load_wsgi", ["self"]),
        (gasgi.ASGIWorker, "init_process", ["self"]),
        (gasgi.ASGIWorker, "check_config", ["cfg", "log"]),
        (base.Worker, "notify", ["self"]),
        (sock.BaseSocket, "close", ["self"]),
        (sock, "ssl_context", ["conf"]),
        (Arbiter, "signal", ["self", "sig", "frame"]),
        (Logger, "setup", ["self", "cfg"]),
        (Logger, "access", ["self", "resp", "req", "environ", "request_time"]),
        (Logger, "reopen_files", ["self"]),
    ],
)
def test_a_method_is_as_it_was(owner, name, expected) -> None:
    assert parameters(getattr(owner, name)) == expected


def test_the_parser_has_what_is_read_and_its_callbacks() -> None:
    made = parser.PythonProtocol()
    wanted = {
        "method",
        "path",
        "http_version",
        "headers",
        "content_length",
        "is_chunked",
        "should_keep_alive",
        "is_complete",
        "_buffer",
        "_chunk_state",
        "_on_body",
        "_scan_from",
        "_state",
    }
    assert all(hasattr(made, name) for name in wanted)
    assert made._state == "request_line"
    assert {"on_headers_complete", "on_body", "limit_request_line", "limit_request_fields", "limit_request_field_size"} <= set(
        parameters(parser.PythonProtocol)
    )


def test_the_parser_says_why_it_refuses() -> None:
    for name in ("LimitRequestLine", "LimitRequestHeaders", "UnsupportedTransferCoding", "InvalidHTTPVersion"):
        assert issubclass(getattr(parser, name), parser.ParseError), name


@pytest.mark.parametrize(
    ("function", "lines"),
    [
        (gasgi.ASGIWorker.__init__, ["self.nr_conns = 0", "self._quick_shutdown = False"]),
        (gasgi.ASGIWorker.handle_exit_signal, ["self.alive = False"]),
        (gasgi.ASGIWorker.handle_quit_signal, ["self._quick_shutdown = True"]),
        (gasgi.ASGIWorker._setup_event_loop, ["asyncio.set_event_loop(self.loop)"]),
        (gasgi.ASGIWorker.init_process, ["self._setup_event_loop()", "super().init_process()"]),
        (gasgi.ASGIWorker.run, ["self.loop.run_until_complete(self._serve())"]),
        (base.Worker.init_process, ["self.init_signals()", "self.load_wsgi()", "self.run()"]),
        (base.Worker.__init__, [f"self.{name} = " for name in ("ppid", "sockets", "app", "cfg", "max_requests", "alive", "log", "tmp")]),
        (sock.BaseSocket.__init__, ["self.sock = "]),
        (sock.BaseSocket.__getattr__, ["return getattr(self.sock, name)"]),
    ],
)
def test_a_worker_is_set_up_in_the_order_that_is_relied_on(function, lines) -> None:
    source = inspect.getsource(function)
    positions = [source.find(line) for line in lines]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_signals_wait_in_the_masters_queue_until_a_worker_takes_over() -> None:
    """What a worker is told between its fork and its own handlers ends there: the hook hands it over."""
    assert "self.SIG_QUEUE = queue.SimpleQueue()" in inspect.getsource(Arbiter.__init__)
    assert "self.SIG_QUEUE.put_nowait(sig)" in inspect.getsource(Arbiter.signal)
    assert "signal.signal(s, self.signal)" in inspect.getsource(Arbiter.init_signals)


def test_the_hooks_are_called_when_they_must_be() -> None:
    spawn, reload, start = (inspect.getsource(getattr(Arbiter, name)) for name in ("spawn_worker", "reload", "start"))
    assert 0 < spawn.find("self.cfg.pre_fork(self, worker)") < spawn.find("os.fork()") < spawn.find("self.WORKERS[pid] = worker")
    assert 0 < reload.find("self.cfg.on_reload(self)") < reload.find("self.spawn_worker()")
    assert 0 < start.find("self.cfg.on_starting(self)") < start.find("sock.create_sockets") < start.find("self.cfg.when_ready(self)")
    assert 0 < start.find("self.worker_class.check_config(self.cfg, self.log)") < start.find("self.cfg.when_ready(self)")
    assert "self.cfg.child_exit(self, worker)" in inspect.getsource(Arbiter.reap_workers)
    assert 0 < spawn.find("worker.init_process()") < spawn.find("self.cfg.worker_exit(self, worker)")
    assert "self.app.wsgi()" in inspect.getsource(Arbiter.setup)
    reexec = inspect.getsource(Arbiter.reexec)
    assert 0 < reexec.find("self.cfg.pre_exec(self)") < reexec.find("self.START_CTX['args']")
    for name in ("on_starting", "when_ready", "pre_fork", "pre_exec", "worker_exit", "child_exit", "on_reload"):
        assert len(parameters(Config().settings[name].get())) == len(parameters(getattr(hooks, name))), name


def test_the_settings_that_are_read_exist() -> None:
    names = {"worker_connections", "graceful_timeout", "preload_app", "is_ssl", "address", "accesslog", "loglevel"}
    for name in names | {"limit_request_line", "limit_request_fields", "limit_request_field_size"}:
        getattr(Config(), name)
    assert Logger.LOG_LEVELS.keys() >= {"debug", "info", "warning", "error", "critical"}
    assert "self._access_log_enabled" in inspect.getsource(Logger.access_log_enabled.fget)


def test_it_is_such_a_worker() -> None:
    assert issubclass(LaneWorker, gasgi.ASGIWorker)
    assert LaneWorker.slot == 0
