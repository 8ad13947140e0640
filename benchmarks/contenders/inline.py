"""What a contender tells the service's worker class, so that its one route is answered as the service answers its own."""

from types import SimpleNamespace

from iris_api.lifecycle import Lane, Lifecycle
from iris_api.settings import load_settings


def inline_extensions() -> dict[str, object]:
    """Extensions that declare the prediction inline, up to the same length of body, beside a model that never changes."""
    lanes = {"POST /v1/predict": Lane(is_inline=True, max_body_bytes=load_settings().max_row_bytes)}
    lifecycle = Lifecycle({}, lanes=lambda: lanes)
    lifecycle.start()
    return {"iris_api": SimpleNamespace(lifecycle=lifecycle)}
