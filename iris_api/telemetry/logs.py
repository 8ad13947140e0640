"""One JSON object a line, for every line of the process; one line a prediction."""

import hashlib
import json
import logging
import logging.config
import os
import re
import struct
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from pythonjsonlogger.orjson import OrjsonFormatter

from iris_api.inference.layouts import Rows
from iris_api.telemetry.events import Predicted
from iris_api.telemetry.log_writer import BoundedHandler

log = logging.getLogger("iris_api.predictions")
_WARNING = re.compile(r"[^\n]*?:\d+: \w+(?=:)")
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


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
            "request_id": current_request_id.get(),
            **facts,
            "time": datetime.fromtimestamp(record.created, UTC),
        }
        return self.jsonify_log_record(line)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Search ``record`` for what its line has; it carries the id of the request it was made in, unless it names another."""
        super().add_fields(log_data, record, message_dict)
        if log_data["request_id"] is None:
            log_data["request_id"] = current_request_id.get()

    def jsonify_log_record(self, log_data: Any) -> str:
        """Encode one record."""
        try:
            line = super().jsonify_log_record(log_data)
        except TypeError:
            line = ""
        return line if line and line.isascii() else json.dumps(log_data, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def logging_config(level: str) -> dict[str, Any]:
    """The one configuration of logging, for ``logging.config.dictConfig``: JSON lines on standard output from ``level`` up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": JsonLines,
                "fmt": ["levelname", "name", "message", "process", "request_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            }
        },
        "handlers": {"stdout": {"()": BoundedHandler, "formatter": "json"}},
        "root": {"level": level.upper(), "handlers": ["stdout"]},
    }


class _WithoutValues(logging.Filter):
    """Cuts a warning of Python that comes while a request is answered to its place and category: estimators put values into theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change ``record`` where it has to be; always True."""
        if current_request_id.get() is not None:
            found = _WARNING.match(record.getMessage())
            record.msg, record.args = (found[0] if found else "a warning"), ()
        return True


def configure_logging(level: str, with_inputs: bool = False) -> None:
    """Apply `logging_config` to this process, Python's warnings included; values of clients in these only ``with_inputs``."""
    logging.config.dictConfig(logging_config(level))
    if not with_inputs:
        logging.getLogger("py.warnings").addFilter(_WithoutValues())
    # facts that no line carries are not looked up either (see "Optimization" in Python's logging guide)
    for fact in ("logThreads", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
        setattr(logging, fact, None)
    logging.captureWarnings(True)


class PredictionLog:
    """An observer that writes one line a prediction.

    Parameters
    ----------
    hash_key
        Key of the input's hash (BLAKE2b, RFC 7693), so that equal inputs can be found and none can be guessed
        without it; random if None.
    with_inputs
        Whether the feature values themselves are written.
    """

    def __init__(self, hash_key: bytes | None, with_inputs: bool) -> None:
        key = hashlib.blake2b(hash_key).digest() if hash_key else os.urandom(64)
        self._keyed = hashlib.blake2b(key=key, digest_size=16)
        self._with_inputs = with_inputs
        self._record = log.makeRecord(log.name, logging.INFO, "", 0, "prediction", (), None).__dict__

    def __call__(self, fact: Predicted) -> None:
        """Write the line of one fact."""
        if not log.isEnabledFor(logging.INFO):
            return
        fields: dict[str, Any] = {
            "request_id": fact.request_id,
            "model": fact.model,
            "version": fact.version,
            "rows": len(fact.rows),
            "milliseconds": round(fact.seconds * 1000, 3),
            "input_hash": self._hash(fact.rows, fact.signature.is_plain),
            **fact.signature.task.facts(fact.predictions),
        }
        if self._with_inputs:
            fields["inputs"] = fact.rows if isinstance(fact.rows, list) else fact.rows.tolist()
        log.handle(self._new_record(fields))

    def _new_record(self, fields: dict[str, Any]) -> logging.LogRecord:
        """What `logging.Logger.info` would make of ``fields``, but thread and caller, from a copy: most of it is the same every time."""
        record, now = logging.LogRecord.__new__(logging.LogRecord), time.time()
        record.__dict__.update(self._record, facts=fields, created=now, msecs=now % 1 * 1000, process=os.getpid())
        return record

    def _hash(self, rows: Rows, is_plain: bool) -> str:
        digest = self._keyed.copy()
        if isinstance(rows, np.ndarray):
            digest.update(np.asarray(rows, dtype="<f8").tobytes())
        elif is_plain:
            digest.update(struct.pack(f"<{len(rows[0])}d", *rows[0]))
        else:
            digest.update(orjson.dumps(rows))
        return digest.hexdigest()
