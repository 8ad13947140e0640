"""A pipeline's smoke test of a running service, over HTTP and with nothing but the standard library."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, InvalidURL
from typing import Any

from iris_api.errors import ConfigurationError, one_line

TIMEOUT_SECONDS = 10.0
TOLERANCE = 1e-9
MAX_ANSWER_BYTES = 16 * 1024**2

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SmokeFailure(Exception):
    """The service answered otherwise than it should; the message says how."""


class Unreachable(SmokeFailure):
    """There is nobody to ask: no address, no connection."""


def smoke(url: str) -> bool:
    """Ask ``url`` for its health, one prediction whose answer is known, and one refusal; print a line each.

    Where there is nobody to ask, one line says so and the rest is left out.

    Returns
    -------
    bool
        Whether all three went well.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{url} is no address of a service; it must start with http:// or https://")
    base = url.rstrip("/")
    checks = {"health": _check_health, "prediction": _check_prediction, "refusal": _check_refusal}
    try:
        outcomes = [_report(name, check, base) for name, check in checks.items()]
    except Unreachable:
        return False
    return all(outcomes)


def _report(name: str, check: Callable[[str], str], base: str) -> bool:
    try:
        _say("ok   ", name, check(base))
    except (SmokeFailure, OSError, HTTPException) as error:
        _say("FAIL ", name, str(error) or type(error).__name__)
        if isinstance(error, Unreachable):
            raise
        return False
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _say("FAIL ", name, "the answer is not one of this service; is this its address?")
        return False
    return True


def _say(outcome: str, name: str, what: str) -> None:
    print(f"{outcome} {name}: {one_line(what)}", flush=True)


def _check_health(base: str) -> str:
    status, body = _call(base, "/health")
    if status != 200 or body.get("status") != "healthy":
        raise SmokeFailure(f"/health answered {status} {body.get('status', 'without a status')}")
    return f"{body['model_name']} version {body['model_version']} is healthy"


def _check_prediction(base: str) -> str:
    status, model = _call(base, "/v1/model")
    if status != 200:
        raise SmokeFailure(f"/v1/model answered {status}")
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
    status, answer = _exchange(base + path, data)
    content = json.loads(answer)
    if not isinstance(content, dict):
        raise SmokeFailure(f"{path} did not answer with a JSON object")
    return status, content


def _exchange(url: str, data: bytes | None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"} if data is not None else {}
    try:
        request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - smoke() takes only http and https
        with _direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read(MAX_ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(MAX_ANSWER_BYTES)
    except urllib.error.URLError as error:
        raise Unreachable(f"nothing can be asked at {url}: {_reason(error.reason)}") from None
    except (InvalidURL, ValueError) as error:
        raise Unreachable(f"{url} is no address: {error}") from None


def _reason(reason: str | BaseException) -> str:
    return (isinstance(reason, OSError) and reason.strerror) or str(reason)
