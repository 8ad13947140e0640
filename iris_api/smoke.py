"""A pipeline's smoke test of a running service, over HTTP and with nothing but the standard library."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import IO, Any

from iris_api.errors import ConfigurationError

TIMEOUT_SECONDS = 10.0
TOLERANCE = 1e-9

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SmokeFailure(Exception):
    """The service answered otherwise than it should; the message says how."""


def smoke(url: str) -> bool:
    """Ask ``url`` for its health, one prediction whose answer is known, and one refusal; print a line each.

    Returns
    -------
    bool
        Whether all three went well.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{url} is no address of a service; it must start with http:// or https://")
    base = url.rstrip("/")
    outcomes = [_report(name, check, base) for name, check in _checks()]
    return all(outcomes)


def _checks() -> Iterator[tuple[str, Callable[[str], str]]]:
    yield "health", _check_health
    yield "prediction", _check_prediction
    yield "refusal", _check_refusal


def _report(name: str, check: Callable[[str], str], base: str) -> bool:
    try:
        print(f"ok    {name}: {check(base)}", flush=True)
    except (SmokeFailure, OSError, ValueError, KeyError, TypeError) as error:
        print(f"FAIL  {name}: {error or type(error).__name__}", flush=True)
        return False
    return True


def _check_health(base: str) -> str:
    status, body = _call(base, "/health")
    if status != 200 or body.get("status") != "healthy":
        raise SmokeFailure(f"/health answered {status} {body.get('status', 'without a status')}")
    return f"{body['model_name']} version {body['model_version']} is healthy"


def _check_prediction(base: str) -> str:
    _, model = _call(base, "/v1/model")
    golden = model["golden"]
    status, body = _call(base, "/v1/predict", golden["input"])
    if status != 200:
        raise SmokeFailure(f"the golden row was answered with {status}")
    tolerance = 0.0 if golden["exact"] else TOLERANCE
    if body["prediction"] != golden["prediction"] or not _close(body["probabilities"], golden["probabilities"], tolerance):
        raise SmokeFailure(f"the golden row was answered as {body['prediction']}, not exactly as its manifest says")
    return f"the golden row is {body['prediction']}, exactly as its manifest says"


def _check_refusal(base: str) -> str:
    status, body = _call(base, "/v1/predict", {})
    if status != 422 or body.get("status") != 422:
        raise SmokeFailure(f"an empty row was answered with {status} instead of a 422 problem")
    return "an empty row is refused with 422"


def _close(given: dict[str, float] | None, wanted: dict[str, float] | None, tolerance: float) -> bool:
    if given is None or wanted is None:
        return given is wanted
    return given.keys() == wanted.keys() and all(math.isclose(given[name], wanted[name], rel_tol=0, abs_tol=tolerance) for name in wanted)


def _call(base: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data is not None else {}
    request = urllib.request.Request(base + path, data=data, headers=headers)  # noqa: S310 - smoke() takes only http and https
    try:
        with _direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, _object(answer, path)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _object(error, path)


def _object(answer: IO[bytes], path: str) -> dict[str, Any]:
    content = json.load(answer)
    if not isinstance(content, dict):
        raise SmokeFailure(f"{path} did not answer with a JSON object")
    return content
