"""The entry point of WSGI servers: ``gunicorn wsgi:app``, ``flask --app wsgi run``."""

import gc
import logging

from iris_api.errors import exit_with_one_line

# nearly all that is made until the application stands lives as long as it: looking for garbage there takes a tenth of the start
gc.disable()
try:
    with exit_with_one_line():
        from iris_api.app import create_app
        from iris_api.settings import load_settings
        from iris_api.telemetry.logs import configure_logging

        settings = load_settings()
        configure_logging(settings.log_level, settings.log_inputs, settings.log_format)
        app = create_app(settings)
    gc.freeze()
finally:
    gc.enable()

for name, loader in app.extensions["iris_api"].models.items():
    logging.getLogger("iris_api").info("%s version %d serves", name, loader.current.predictor.manifest.version)
    for warning in loader.warnings:
        logging.getLogger("iris_api").warning(warning)
