"""Gunicorn's configuration, made from the service's settings; read again on SIGHUP. docs/settings.md says what can be set."""

import math
import os

from iris_api.errors import exit_with_one_line
from iris_api.server import hooks
from iris_api.server.cores import granted_cores
from iris_api.server.descriptors import affordable_connections
from iris_api.server.heartbeats import heartbeat_folder
from iris_api.settings import load_settings

with exit_with_one_line():
    _settings = load_settings()

# the cores are shared out among workers; numpy's own threads in each would only take them from one another
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

bind = _settings.address
workers = _settings.workers or granted_cores()
worker_class = "iris_api.server.worker.LaneWorker" if _settings.worker_class == "lanes" else _settings.worker_class
worker_connections = affordable_connections(_settings.max_connections)
# with more than one, Gunicorn would make gthread of sync
threads = 1 if _settings.worker_class == "sync" else _settings.threads
timeout = _settings.timeout_seconds
# a worker that was told notices within a moment: it should end by itself, before it is killed
graceful_timeout = _settings.grace_seconds + math.ceil(_settings.drain_seconds) + 1
keepalive = _settings.keepalive_seconds
preload_app = True

logger_class = "iris_api.server.json_logger.JsonLogger"
loglevel = _settings.log_level
accesslog = "-" if _settings.access_log else None

# the C parser takes bare LF and folded headers; a SCRIPT_NAME header from loopback would be answered with 500
http_parser = "python"
forwarder_headers = ""
# nobody else may say what scheme a request came by, whatever FORWARDED_ALLOW_IPS is
forwarded_allow_ips = "127.0.0.1,::1"
# both fail where the root file system is read-only
control_socket_disable = True
with exit_with_one_line():
    worker_tmp_dir = heartbeat_folder()

on_starting = hooks.on_starting
when_ready = hooks.when_ready
pre_fork = hooks.pre_fork
post_fork = hooks.post_fork
pre_exec = hooks.pre_exec
worker_exit = hooks.worker_exit
child_exit = hooks.child_exit
on_reload = hooks.on_reload
