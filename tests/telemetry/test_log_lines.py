"""The two forms of a line: JSON for machines, text for people; neither lets a value pretend to be a line."""

import json
import logging
import re
import sys

import pytest

from iris_api.request_facts import current_facts
from iris_api.telemetry.log_lines import JsonLines, TextLines

FACTS = {
    "request_id": "an-id",
    "client": "10.0.0.1",
    "method": "POST",
    "path": "/v1/predict",
    "status": 422,
    "sent_bytes": 300,
    "milliseconds": 1.25,
    "user_agent": "curl",
    "problem": "invalid-input",
    "pointers": ["#/sepal_length"],
}
CLOCK = r"\d\d:\d\d:\d\d\.\d{3}"


def record(message, *, name="any", **members):
    made = logging.LogRecord(name, logging.INFO, "", 0, message, (), None)
    vars(made).update(members)
    return made


def text(*given, **members):
    return TextLines().format(record(*given, **members))


def test_a_request_is_one_readable_line():
    line = text("request", facts=FACTS)
    assert re.fullmatch(
        CLOCK + r' INFO POST /v1/predict 422 1\.25 ms problem=invalid-input pointers=\["#/sepal_length"\] \(an-id\)', line
    ), line


def test_anything_else_is_its_message_and_the_id_of_the_request_it_belongs_to():
    assert re.fullmatch(CLOCK + " INFO reload succeeded", text("reload succeeded"))
    token = current_facts.set({"request_id": "inside"})
    try:
        assert text("odd").endswith(" INFO odd (inside)")
    finally:
        current_facts.reset(token)


def test_a_trace_follows_its_line():
    try:
        raise ValueError("why")
    except ValueError:
        lines = text("failed", exc_info=sys.exc_info()).splitlines()
    assert lines[0].endswith(" INFO failed")
    assert lines[-1] == "ValueError: why"


@pytest.mark.parametrize("nasty", ["two\nlines", "a\r\nb", "\u2028", "\x1b[31mred", "\x00", "\ud800", "x=1 y=2", 'a"b', "\x85"])
def test_no_value_can_look_like_a_line_or_a_field(nasty):
    line = text("request", facts={**FACTS, "path": nasty, "label": nasty})
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert line.isprintable()
    assert f"label={json.dumps(nasty)}" in line
    message = text(nasty)
    assert len(message.splitlines()) == 1
    assert message.isascii()


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines(["message", "request_id"])])
def test_the_colours_of_the_development_server_are_left_out(formatter):
    coloured = '127.0.0.1 - - "\x1b[33mGET /nothing HTTP/1.1\x1b[0m" 404 -'
    line = formatter.format(record(coloured, name="werkzeug"))
    assert "1b[" not in line
    assert "GET /nothing" in line
