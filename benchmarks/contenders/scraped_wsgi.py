"""The service itself with a scrape of the size that such a service has: prometheus-client, summing the files of all processes."""

from typing import Any

from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from iris_api.app import create_app
from iris_api.settings import load_settings
from iris_api.telemetry.logs import configure_logging

STATUSES = ("200", "400", "404", "413", "415", "422", "500", "503")

settings = load_settings()
configure_logging(settings.log_level)
app = create_app(settings)
requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"], registry=None)
bodies = Histogram("http_response_bytes", "Size of the answers.", ["route"], registry=None)
for rule in app.url_map.iter_rules():
    bodies.labels(rule.rule)
    for status in STATUSES:
        requests.labels("POST" if "POST" in (rule.methods or ()) else "GET", rule.rule, status)


@app.after_request
def count(response: Response) -> Response:
    """Count the answer, as a service that is scraped does."""
    route = request.url_rule.rule if request.url_rule else "none"
    requests.labels(request.method, route, str(response.status_code)).inc()
    bodies.labels(route).observe(response.content_length or 0)
    return response


@app.get("/metrics")
def metrics() -> Any:
    """Render the exposition; like every route that is not declared inline, it goes to the pool."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
