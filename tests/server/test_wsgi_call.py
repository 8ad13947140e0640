"""PEP 3333, checked by wsgiref's validator: the environ, start_response, write, and the framing of what is sent."""

import io
from wsgiref.validate import validator

import pytest

from iris_api.server.wsgi_call import Answer, base_environ, complete_environ

DATE = b"Server: gunicorn\r\nDate: now\r\n\r\n"
TEXT = [("Content-Type", "text/plain")]


def environ(method=b"GET", target=b"/a%20b?c=d", version=(1, 1), headers=((b"host", b"h"),), body=b""):
    made = base_environ(("127.0.0.1", 80), ("127.0.0.2", 5), "http")
    complete_environ(made, method, target, version, list(headers))
    return made | {"wsgi.input": io.BytesIO(body)}


def call(app, keeps=True, validated=True, **request):
    sent = []
    answer = Answer(environ(**request), sent.append, lambda: keeps, DATE)
    answer.run(validator(app) if validated else app)
    head, _, body = b"".join(sent).partition(b"\r\n\r\n")
    return answer, head.decode("latin-1").split("\r\n"), body


def says(*parts, status="200 OK", headers=TEXT):
    def app(_environ, start_response):
        start_response(status, list(headers))
        return list(parts)

    return app


def test_one_part_gets_a_length() -> None:
    answer, head, body = call(says(b"hello"), validated=False)
    assert head == [
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain",
        "Content-Length: 5",
        "Connection: keep-alive",
        "Server: gunicorn",
        "Date: now",
    ]
    assert (body, answer.status, answer.sent_bytes, answer.keep_alive) == (b"hello", 200, 5, True)


def test_more_parts_are_chunked_and_empty_ones_left_out() -> None:
    _, head, body = call(says(b"a", b"", b"bc"))
    assert "Transfer-Encoding: chunked" in head
    assert body == b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"


def test_to_http_1_0_the_end_is_the_end_of_the_connection() -> None:
    answer, head, body = call(says(b"a", b"b"), version=(1, 0))
    assert (body, answer.keep_alive, head[-3]) == (b"ab", False, "Connection: close")


def test_nothing_is_an_empty_body() -> None:
    _, head, body = call(says())
    assert ("Content-Length: 0" in head, body) == (True, b"")


@pytest.mark.parametrize(
    ("method", "status", "headers"), [(b"HEAD", "200 OK", TEXT), (b"GET", "204 No Content", []), (b"GET", "304 Not Modified", [])]
)
def test_some_answers_have_no_body(method, status, headers) -> None:
    answer, head, body = call(says(b"x" * (method == b"HEAD"), status=status, headers=headers), method=method)
    assert body == b""
    assert not any(line.startswith("Transfer-Encoding") for line in head)
    assert answer.keep_alive


def test_a_204_has_no_length() -> None:
    _, head, _ = call(says(b"", status="204 No Content", headers=[("Content-Length", "0")]), validated=False)
    assert not any(line.startswith("Content-Length") for line in head)


def test_too_long_is_cut_and_too_short_ends_the_connection() -> None:
    declared = [*TEXT, ("Content-Length", "3")]
    answer, _, body = call(says(b"12345", headers=declared))
    assert (body, answer.keep_alive) == (b"123", True)
    answer, _, body = call(says(b"1", headers=declared))
    assert (body, answer.keep_alive) == (b"1", False)


def test_write_comes_before_the_iterable() -> None:
    def app(_environ, start_response):
        start_response("200 OK", TEXT)(b"written ")
        return [b"returned"]

    assert call(app)[2] == b"8\r\nwritten \r\n8\r\nreturned\r\n0\r\n\r\n"


@pytest.mark.parametrize("fails", [False, True])
def test_a_generator_is_closed_whatever_happens(fails) -> None:
    closed = []

    def app(_environ, start_response):
        try:
            start_response("200 OK", TEXT)
            yield b"a"
            if fails:
                raise LookupError
        finally:
            closed.append(True)

    if fails:
        with pytest.raises(LookupError):
            call(app, validated=False)
    else:
        assert call(app)[2].endswith(b"0\r\n\r\n")
    assert closed == [True]


def failing(after_headers):
    def app(_environ, start_response):
        write = start_response("200 OK", TEXT)
        if after_headers:
            write(b"begun")
        try:
            raise LookupError("late")
        except LookupError as error:
            start_response("500 Oh", TEXT, (type(error), error, error.__traceback__))
        return [b"sorry"]

    return app


def test_exc_info_replaces_headers_that_were_not_sent() -> None:
    assert call(failing(after_headers=False))[1][0] == "HTTP/1.1 500 Oh"


def test_exc_info_is_raised_once_headers_were_sent() -> None:
    with pytest.raises(LookupError, match="late"):
        call(failing(after_headers=True))


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200", []),
        ("100 Continue", []),
        ("2000 OK", []),
        ("200 OK\r\nX: y", []),
        ("200 OK", [("X", "a\r\nb")]),
        ("200 OK", [("X y", "z")]),
        ("200 OK", [("X", "\u20ac")]),
        ("200 OK", [("Content-Length", "-1")]),
        ("200 OK", [("Content-Length", "1_0")]),
        ("200 OK", [("Content-Length", "1"), ("Content-Length", "1")]),
    ],
)
def test_what_would_break_the_head_is_an_error_before_anything_is_sent(status, headers) -> None:
    sent = []
    answer = Answer(environ(), sent.append, lambda: True, DATE)
    with pytest.raises(ValueError):  # noqa: PT011 - an encoding error among them
        answer.run(says(b"x", status=status, headers=headers))
    assert sent == []
    assert not answer.started


def test_start_response_twice_or_never_is_an_error() -> None:
    def twice(_environ, start_response):
        start_response("200 OK", [])
        start_response("200 OK", [])

    for app in (twice, lambda _environ, _start: [b"x"]):
        with pytest.raises(AssertionError):
            call(app, validated=False)


def test_what_is_the_servers_to_say_is_left_to_it() -> None:
    answer, head, _ = call(
        says(b"", headers=[("Connection", "close"), ("Date", "then"), ("Server", "me"), ("Upgrade", "h2c")]), validated=False
    )
    assert not answer.keep_alive
    assert head[1:] == ["Content-Length: 0", "Connection: close", "Server: gunicorn", "Date: now"]


def test_the_environ() -> None:
    headers = [
        (b"host", b"h"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x_a", b"3"),
        (b"content-type", b"a/b"),
        (b"content-length", b"0"),
        (b"x", b"\xe9"),
    ]
    made = environ(target=b"/\xc3%c3%A9?a=%20#f", headers=headers)
    expected = {
        "PATH_INFO": "/\xc3\xc3\xa9", "QUERY_STRING": "a=%20", "HTTP_X_A": "1,2", "CONTENT_TYPE": "a/b", "CONTENT_LENGTH": "0",
        "HTTP_X": "\xe9",
        "REMOTE_ADDR": "127.0.0.2", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "", "wsgi.multithread": True,
        "RAW_URI": "/\xc3%c3%A9?a=%20#f",
    }  # fmt: skip
    assert expected.items() <= made.items()
    assert "HTTP_CONTENT_TYPE" not in made


@pytest.mark.parametrize(("target", "path"), [(b"http://h", "/"), (b"http://h/a/b?c", "/a/b"), (b"/http://h", "/http://h"), (b"*", "*")])
def test_targets(target, path) -> None:
    assert environ(target=target)["PATH_INFO"] == path


def test_a_unix_socket_has_no_addresses() -> None:
    made = base_environ("/run/iris.sock", "", "http")
    assert (made["SERVER_NAME"], made["SERVER_PORT"], made["REMOTE_ADDR"]) == ("localhost", "80", "")
