"""Gunicorn's own lines and its access log, left to the one configuration of logging that the application made."""

import logging
from datetime import timedelta
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from iris_api.request_facts import ENVIRON, FactRecords, request_log


class JsonLogger(Logger):  # type: ignore[misc]  # Gunicorn is untyped
    """Has no handlers of its own: its records go up to the root logger's, with the request's facts as fields."""

    def setup(self, cfg: Config) -> None:
        """Follow ``cfg``, at start and on every reload."""
        self.cfg = cfg
        self._requests = FactRecords(self.access_log, "request")
        self._access_log_enabled = request_log.is_written = bool(cfg.accesslog)
        self.error_log.setLevel(self.LOG_LEVELS.get(cfg.loglevel.lower(), logging.INFO))
        self.access_log.setLevel(max(logging.INFO, self.error_log.level))
        self.error_log.propagate = self.access_log.propagate = True

    def access(self, resp: Any, _req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Log one answered request of Gunicorn's own workers."""
        if self.access_log_enabled:
            self.answered(environ, int(str(resp.status).split(None, 1)[0]), resp.sent, request_time.total_seconds())

    def answered(self, environ: dict[str, Any], status: int, sent_bytes: int, seconds: float) -> None:
        """Log one answered request, with the facts that the application gave.

        The query is left out, as it may hold what should not be kept.
        """
        self._requests.log(
            {
                "request_id": environ.get("iris_api.request_id"),
                "client": environ.get("REMOTE_ADDR"),
                "method": environ.get("REQUEST_METHOD"),
                "path": environ.get("PATH_INFO"),
                "status": status,
                "sent_bytes": sent_bytes,
                "milliseconds": round(seconds * 1000, 3),
                "user_agent": environ.get("HTTP_USER_AGENT"),
                **environ.get(ENVIRON, {}),
            }
        )
