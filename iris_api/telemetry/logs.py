"""What a process logs and how: the one configuration of logging, and the facts of predictions."""

import hashlib
import logging
import logging.config
import os
import re
import struct
from typing import Any, Literal

import numpy as np
import orjson

from iris_api.inference.layouts import Rows
from iris_api.request_facts import FactRecords, current_facts, request_log
from iris_api.telemetry.events import Predicted
from iris_api.telemetry.log_lines import JsonLines, TextLines
from iris_api.telemetry.log_writer import BoundedHandler

Format = Literal["json", "split", "text"]
log = logging.getLogger("iris_api.predictions")
_WARNING = re.compile(r"[^\n]*?:\d+: \w+(?=:)")


def logging_config(level: str, log_format: Format = "json") -> dict[str, Any]:
    """The one configuration of logging, for ``logging.config.dictConfig``: lines on standard output from ``level`` up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": JsonLines,
                "fmt": ["levelname", "name", "message", "process", "request_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            },
            "text": {"()": TextLines},
        },
        "handlers": {"stdout": {"()": BoundedHandler, "formatter": "text" if log_format == "text" else "json"}},
        "root": {"level": level.upper(), "handlers": ["stdout"]},
    }


class _WithoutValues(logging.Filter):
    """Cuts a warning of Python that comes while a request is answered to its place and category: estimators put values into theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change ``record`` where it has to be; always True."""
        if current_facts.get() is not None:
            found = _WARNING.match(record.getMessage())
            record.msg, record.args = (found[0] if found else "a warning"), ()
        return True


def configure_logging(level: str, with_inputs: bool = False, log_format: Format | None = None) -> None:
    """Apply `logging_config` to this process, Python's warnings included; values of clients in these only ``with_inputs``.

    Without a ``log_format``, lines are text where standard output is a terminal.
    """
    logging.config.dictConfig(logging_config(level, log_format or ("text" if os.isatty(1) else "json")))
    if not with_inputs:
        logging.getLogger("py.warnings").addFilter(_WithoutValues())
    # facts that no line carries are not looked up either (see "Optimization" in Python's logging guide)
    for fact in ("logThreads", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
        setattr(logging, fact, None)
    logging.captureWarnings(True)


class PredictionLog:
    """An observer that adds a prediction to the line of its request, or writes a line of its own.

    It writes one where the server logs no requests, and where the two are to be ``split``. In the line of the request, the time that the
    prediction took is ``prediction_milliseconds``.

    Parameters
    ----------
    hash_key
        Key of the input's hash (BLAKE2b, RFC 7693), so that equal inputs can be found and none can be guessed
        without it; random if None.
    with_inputs
        Whether the feature values themselves are written.
    is_split
        Whether a prediction has a line of its own even where the server logs its request.
    """

    def __init__(self, hash_key: bytes | None, with_inputs: bool, is_split: bool = False) -> None:
        key = hashlib.blake2b(hash_key).digest() if hash_key else os.urandom(64)
        self._keyed = hashlib.blake2b(key=key, digest_size=16)
        self._with_inputs, self._is_split = with_inputs, is_split
        self._records = FactRecords(log, "prediction")

    def __call__(self, fact: Predicted) -> None:
        """Log one fact."""
        if not log.isEnabledFor(logging.INFO):
            return
        of_request = None if self._is_split or not request_log.is_written else current_facts.get()
        if of_request is None:
            self._records.log({"request_id": fact.request_id, **self._fields(fact, "milliseconds")})
        else:
            of_request |= self._fields(fact, "prediction_milliseconds")

    def _fields(self, fact: Predicted, time: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "model": fact.model,
            "version": fact.version,
            "rows": len(fact.rows),
            time: round(fact.seconds * 1000, 3),
            "input_hash": self._hash(fact.rows, fact.signature.is_plain),
            **fact.signature.task.facts(fact.predictions),
        }
        if self._with_inputs:
            fields["inputs"] = fact.rows if isinstance(fact.rows, list) else fact.rows.tolist()
        return fields

    def _hash(self, rows: Rows, is_plain: bool) -> str:
        digest = self._keyed.copy()
        if isinstance(rows, np.ndarray):
            digest.update(np.asarray(rows, dtype="<f8").tobytes())
        elif is_plain:
            digest.update(struct.pack(f"<{len(rows[0])}d", *rows[0]))
        else:
            digest.update(orjson.dumps(rows))
        return digest.hexdigest()
