"""The entry point of WSGI servers: ``gunicorn wsgi:app``, ``flask --app wsgi run``."""

import logging

from iris_api.app import create_app
from iris_api.errors import exit_with_one_line
from iris_api.settings import load_settings
from iris_api.telemetry.logs import configure_logging

with exit_with_one_line():
    settings = load_settings()
    configure_logging(settings.log_level)
    app = create_app(settings)

for warning in app.extensions["iris_api"].lifecycle.warnings():
    logging.getLogger("iris_api").warning(warning)
