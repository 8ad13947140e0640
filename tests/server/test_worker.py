"""What the worker rests on inside Gunicorn: an upgrade that changes it fails here, by name."""

import inspect
from importlib.metadata import version

import pytest
from gunicorn.asgi import parser
from gunicorn.workers import base, gasgi

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
        (parser.PythonProtocol, "remaining", ["self"]),
        (parser.PythonProtocol, "reset", ["self"]),
        (gasgi.ASGIWorker, "_serve", ["self"]),
        (gasgi.ASGIWorker, "_get_ssl_context", ["self"]),
        (gasgi.ASGIWorker, "_cleanup", ["self"]),
        (gasgi.ASGIWorker, "handle_exit_signal", ["self"]),
        (gasgi.ASGIWorker, "load_wsgi", ["self"]),
        (gasgi.ASGIWorker, "init_process", ["self"]),
        (gasgi.ASGIWorker, "check_config", ["cfg", "log"]),
        (base.Worker, "notify", ["self"]),
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
        "_state",
    }
    assert all(hasattr(made, name) for name in wanted)
    assert made._state == "request_line"
    assert {"on_headers_complete", "on_body", "limit_request_line", "limit_request_fields", "limit_request_field_size"} <= set(
        parameters(parser.PythonProtocol)
    )


def test_the_workers_attributes_are_set_where_they_were() -> None:
    assert "self.nr_conns = 0" in inspect.getsource(gasgi.ASGIWorker.__init__)
    assert "self._quick_shutdown = False" in inspect.getsource(gasgi.ASGIWorker.__init__)
    assert "self._quick_shutdown = True" in inspect.getsource(gasgi.ASGIWorker.handle_quit_signal)
    assert "self.loop.run_until_complete(self._serve())" in inspect.getsource(gasgi.ASGIWorker.run)
    source = inspect.getsource(base.Worker.__init__)
    for name in ("ppid", "sockets", "app", "cfg", "alive", "log", "tmp", "max_requests"):
        assert f"self.{name} = " in source, name


def test_it_is_such_a_worker() -> None:
    assert issubclass(LaneWorker, gasgi.ASGIWorker)
    assert LaneWorker.slot == 0
