"""How a record of the log is written: as one JSON object a line, or as one line of text for people."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from iris_api.request_facts import current_facts

DEVELOPMENT_SERVER = "werkzeug"
"""The logger of ``flask run``, which writes in colours."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLAIN = re.compile(r"[!#-<>-\[\]-~]+", re.ASCII)
"""A value that is written as it is: printable, without space, quote, equals sign and backslash."""
_IN_FRONT = ("method", "path", "status", "milliseconds")
_LEFT_OUT = ("message", "process", "request_id", "client", "sent_bytes", "user_agent", "input_hash", *_IN_FRONT)


class JsonLines(OrjsonFormatter):
    """One JSON object a line, in ASCII: what the fast encoder refuses (a lone surrogate) or leaves as it is, the standard one escapes.

    A record with ``facts`` (a dictionary, given as ``extra``) has these as its fields; of any other record they are
    searched for, which takes twice as long.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        facts = record.__dict__.get("facts")
        if facts is None or record.args or record.exc_info:
            return super().format(record)
        line = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.msg,
            "process": record.process,
            "request_id": current_request_id(),
            **facts,
            "time": datetime.fromtimestamp(record.created, UTC),
        }
        return self.jsonify_log_record(line)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Search ``record`` for what its line has; it carries the id of the request it was made in, unless it names another."""
        super().add_fields(log_data, record, message_dict)
        if record.name == DEVELOPMENT_SERVER:
            log_data["message"] = _COLOURS.sub("", str(log_data["message"]))
        if log_data["request_id"] is None:
            log_data["request_id"] = current_request_id()

    def jsonify_log_record(self, log_data: Any) -> str:
        """Encode one record."""
        try:
            line = super().jsonify_log_record(log_data)
        except TypeError:
            line = ""
        return line if line and line.isascii() else json.dumps(log_data, default=_as_text)


class TextLines(logging.Formatter):
    """One line of text: time, level, what happened, the facts as ``name=value``, and the request's id. A trace follows on lines of its own.

    Control characters and line ends in values are escaped, so that no value can look like a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        facts = {**getattr(record, "facts", {}), **{name: value for name, value in vars(record).items() if name in ("error", "estimator")}}
        request_id = facts.get("request_id") or getattr(record, "request_id", None) or current_request_id()
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        parts = [f"{time}.{int(record.msecs):03d}", record.levelname, *_told(record, facts)]
        parts += [f"{name}={_spelled(value)}" for name, value in facts.items() if name not in _LEFT_OUT]
        if request_id:
            parts.append(f"({_spelled(request_id)})")
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def current_request_id() -> str | None:
    """The id of the request that is being answered."""
    facts = current_facts.get()
    return None if facts is None else facts["request_id"]


def _told(record: logging.LogRecord, facts: dict[str, Any]) -> Iterator[str]:
    """What happened: of a request its method, path, status and time, of anything else the message."""
    if "path" not in facts:
        message = record.getMessage()
        yield _escaped(_COLOURS.sub("", message) if record.name == DEVELOPMENT_SERVER else message)
        return
    yield from (_spelled(facts[name]) for name in _IN_FRONT)
    yield "ms"


def _spelled(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=_as_text)
    return text if not isinstance(value, str) or _PLAIN.fullmatch(text) else json.dumps(text)


def _escaped(text: str) -> str:
    return text if text.isascii() and text.isprintable() else json.dumps(text)[1:-1]


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
