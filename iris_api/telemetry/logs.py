"""One JSON object a line, for every line of the process; one line a prediction."""

import hashlib
import json
import logging
import logging.config
import os
import struct
from collections import Counter
from contextvars import ContextVar
from typing import Any

import numpy as np
from pythonjsonlogger.orjson import OrjsonFormatter

from iris_api.inference.manifest import class_name
from iris_api.telemetry.events import Predicted

log = logging.getLogger("iris_api.predictions")
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


class RequestIdFilter(logging.Filter):
    """Gives every record the id of the request it was made in, null outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id`` where the caller has not."""
        if not hasattr(record, "request_id"):
            record.request_id = current_request_id.get()
        return True


class JsonLines(OrjsonFormatter):
    """One JSON object a line, in ASCII: what the fast encoder refuses (a lone surrogate) or leaves as it is, the standard one escapes."""

    def jsonify_log_record(self, log_data: Any) -> str:
        """Encode one record."""
        try:
            line = super().jsonify_log_record(log_data)
        except TypeError:
            line = ""
        return line if line and line.isascii() else json.dumps(log_data, default=str)


def logging_config(level: str) -> dict[str, Any]:
    """The one configuration of logging, for ``logging.config.dictConfig``: JSON lines on standard output from ``level`` up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {
            "json": {
                "()": JsonLines,
                "fmt": ["levelname", "name", "message", "process", "request_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            }
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json", "filters": ["request_id"]}
        },
        "root": {"level": level.upper(), "handlers": ["stdout"]},
    }


def configure_logging(level: str) -> None:
    """Apply `logging_config` to this process, Python's warnings included."""
    logging.config.dictConfig(logging_config(level))
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
        self._key = hashlib.blake2b(hash_key).digest() if hash_key else os.urandom(64)
        self._with_inputs = with_inputs

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
            "input_hash": self._hash(fact),
        }
        if len(fact.rows) == 1:
            fields["label"] = fact.labels[0]
            fields["confidence"] = fact.confidences[0] if fact.confidences else None
        else:
            fields["labels"] = Counter(class_name(label) for label in fact.labels)
            fields["confidence"] = sum(fact.confidences) / len(fact.confidences) if fact.confidences else None
        if self._with_inputs:
            fields["inputs"] = np.asarray(fact.rows).tolist()
        log.info("prediction", extra=fields)

    def _hash(self, fact: Predicted) -> str:
        values = (
            np.asarray(fact.rows, dtype="<f8").tobytes() if len(fact.rows) > 1 else struct.pack(f"<{len(fact.rows[0])}d", *fact.rows[0])
        )
        return hashlib.blake2b(values, key=self._key, digest_size=16).hexdigest()
