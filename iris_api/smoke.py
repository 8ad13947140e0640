"""A pipeline's smoke test of a running service, over HTTP and with nothing but the standard library."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.parse import quote

from iris_api.errors import ConfigurationError, one_line

TIMEOUT_SECONDS = 10.0
TOLERANCE = 1e-9
_COMPARED = ("prediction", "probabilities", "score")
MAX_ANSWER_BYTES = 16 * 1024**2

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SmokeFailure(Exception):
    """The service answered otherwise than it should; the message says how."""


class Unreachable(SmokeFailure):
    """There is nobody to ask: no address, no connection."""


@dataclass(frozen=True, slots=True)
class _Target:
    """The service at the address ``base``, and the model in it; its default one if None."""

    base: str
    model: str | None

    @property
    def description(self) -> str:
        """The path that describes the model."""
        return "/v1/model" if self.model is None else f"/v1/models/{quote(self.model, safe='')}"

    @property
    def prediction(self) -> str:
        """The path that predicts a row."""
        return "/v1/predict" if self.model is None else f"{self.description}/predict"


def smoke(url: str, model: str | None = None) -> bool:
    """Ask ``url`` for its health, one prediction whose answer is known, and one refusal; print a line each.

    Where there is nobody to ask, one line says so and the rest is left out.

    Parameters
    ----------
    url
        Where the service listens.
    model
        The name of the model to ask; the default one if None.

    Returns
    -------
    bool
        Whether all three went well.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{url} is no address of a service; it must start with http:// or https://")
    target = _Target(url.rstrip("/"), model)
    checks = {"health": _check_health, "prediction": _check_prediction, "refusal": _check_refusal}
    try:
        outcomes = [_report(name, check, target) for name, check in checks.items()]
    except Unreachable:
        return False
    return all(outcomes)


def _report(name: str, check: Callable[[_Target], str], target: _Target) -> bool:
    try:
        _say("ok   ", name, check(target))
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


def _check_health(target: _Target) -> str:
    status, body = _call(target.base, "/health")
    if status != 200 or body.get("status") != "healthy":
        raise SmokeFailure(f"/health answered {status} {body.get('status', 'without a status')}")
    if target.model is None:
        return f"{body['model_name']} version {body['model_version']} is healthy"
    if target.model not in body["models"]:
        raise SmokeFailure(f"{target.model} is not served; the models are {', '.join(body['models'])}")
    return f"{target.model} version {body['models'][target.model]['version']} is healthy"


def _check_prediction(target: _Target) -> str:
    status, model = _call(target.base, target.description)
    if status != 200:
        raise SmokeFailure(f"{target.description} answered {status}")
    golden = model["golden"]
    status, body = _call(target.base, target.prediction, golden["input"])
    if status != 200:
        raise SmokeFailure(f"the golden row was answered with {status}")
    # services before this one do not tell theirs
    tolerance = golden.get("tolerance", 0.0 if golden["exact"] else TOLERANCE)
    if not all(_agrees(body[member], golden[member], tolerance) for member in _COMPARED if member in golden):
        raise SmokeFailure(f"the golden row was answered as {body['prediction']}, not as its manifest says")
    return f"the golden row is {body['prediction']}, as its manifest says"


def _check_refusal(target: _Target) -> str:
    status, body = _call(target.base, target.prediction, [])
    if status != 422 or body.get("status") != 422:
        raise SmokeFailure(f"what is no row was answered with {status} instead of a 422 problem")
    return "what is no row is refused with 422"


def _agrees(given: Any, wanted: Any, tolerance: float) -> bool:
    """Whether two answers are the same, but for numbers that may differ by ``tolerance``, relative to those above 1."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        return given.keys() == wanted.keys() and all(_agrees(given[name], wanted[name], tolerance) for name in wanted)
    if isinstance(wanted, list) and isinstance(given, list):
        return len(given) == len(wanted) and all(map(_agrees, given, wanted, [tolerance] * len(wanted)))
    if isinstance(wanted, float) and isinstance(given, float):
        return math.isclose(given, wanted, rel_tol=tolerance, abs_tol=tolerance)
    return bool(given == wanted)


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
