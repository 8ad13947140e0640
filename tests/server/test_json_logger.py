"""The access log's line: the request's facts as fields, and no query."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from iris_api.server.json_logger import JsonLogger

ENVIRON = {
    "iris_api.request_id": "abc",
    "REMOTE_ADDR": "10.0.0.9",
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/v1/predict",
    "QUERY_STRING": "token=secret",
    "RAW_URI": "/v1/predict?token=secret",
    "HTTP_USER_AGENT": 'curl "8"\n{}',
}


def logger(**settings):
    config = Config()
    for name, value in settings.items():
        config.set(name, value)
    return JsonLogger(config)


@pytest.mark.parametrize("status", ["200 OK", "422 Unprocessable Content", "503", 404])
def test_a_request_is_one_record_with_its_facts(caplog, status):
    with caplog.at_level(logging.INFO, "gunicorn.access"):
        logger(accesslog="-").access(SimpleNamespace(status=status, sent=321), None, ENVIRON, timedelta(milliseconds=1.5))
    (record,) = caplog.records
    assert (record.name, record.getMessage()) == ("gunicorn.access", "request")
    assert record.facts == {
        "request_id": "abc",
        "client": "10.0.0.9",
        "method": "POST",
        "path": "/v1/predict",
        "status": int(str(status)[:3]),
        "sent_bytes": 321,
        "milliseconds": 1.5,
        "user_agent": 'curl "8"\n{}',
    }
    assert "secret" not in str(vars(record))


def test_without_an_access_log_nothing_is_written(caplog):
    with caplog.at_level(logging.INFO, "gunicorn.access"):
        logger(accesslog=None).access(SimpleNamespace(status="200 OK", sent=1), None, ENVIRON, timedelta(0))
    assert caplog.records == []


@pytest.mark.parametrize("level", ["debug", "warning", "error"])
def test_the_records_go_up_to_the_root_at_the_level_that_is_set(level):
    made = logger(loglevel=level)
    assert made.error_log.level == logging.getLevelNamesMapping()[level.upper()]
    assert made.error_log.propagate
    assert made.access_log.propagate
    assert made.error_log.handlers == made.access_log.handlers == []
