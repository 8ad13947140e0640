"""From predictions and manifests to the bytes of an answer."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from flask import Response

from iris_api.errors import Fault
from iris_api.inference.model_loader import ModelLoader
from iris_api.inference.predictions import Predictions
from iris_api.inference.predictor import Predictor
from iris_api.inference.tasks.classification import Classification
from iris_api.wire.row_keys import Key
from iris_api.wire.served import Served
from iris_api.wire.unseen import Warnings

JSON = "application/json"


def json_response(content: Any, status: int = 200) -> Response:
    """``content`` as a JSON response; members keep their order, floats are written so that they read back exactly."""
    return bytes_response(orjson.dumps(content), status)


def bytes_response(body: bytes, status: int = 200) -> Response:
    """``body``, which is JSON already, as a response."""
    return Response(body, status=status, content_type=JSON)


def row_answer(
    predictor: Predictor, row: list[Any], predictions: Predictions, warnings: Warnings, key: Key | None = None
) -> dict[str, Any]:
    """The answer to a single row, which may have a ``key``, as `answers.RowAnswer` describes it."""
    answer = {
        **predictor.task.answer(predictions, 0),
        "input": dict(zip(predictor.signature.names, row, strict=True)),
        "model": _model_id(predictor),
    }
    if warnings:
        answer["warnings"] = _listed(warnings[0])
    return answer if key is None else {"key": key, **answer}


def batch_answer(predictor: Predictor, predictions: Predictions, warnings: Warnings, keys: Sequence[Key | None] | None = None) -> bytes:
    """The answers to a batch, as `answers.BatchAnswer` describes them, in JSON; ``keys`` are those of the rows, if they may have any."""
    parts = _answers(predictor, predictions, warnings)
    if keys is not None:
        parts = [part if key is None else b'{"key":%b,%b' % (orjson.dumps(key), part[1:]) for part, key in zip(parts, keys, strict=True)]
    left_out = b',"warnings_left_out":%d' % warnings.left_out if warnings.left_out else b""
    return b'{"predictions":[%b],"model":%b%b}' % (b",".join(parts), orjson.dumps(_model_id(predictor)), left_out)


def _answers(predictor: Predictor, predictions: Predictions, warnings: Warnings) -> list[bytes]:
    """The answer to each row in JSON; equal answers are written once and repeated."""
    answer, details = predictor.task.answer, predictions.details
    # only classes come again; numbers differ nearly always, and 0.0 would be taken for -0.0
    contents: Iterable[Any] = range(len(predictions.values))
    if isinstance(predictor.task, Classification):
        contents = predictions.values if details is None else zip(predictions.values, map(tuple, details), strict=True)
    written: dict[Any, bytes] = {}
    parts = []
    for index, content in enumerate(contents):
        if index in warnings:
            parts.append(orjson.dumps({**answer(predictions, index), "warnings": _listed(warnings[index])}))
            continue
        part = written.get(content)
        if part is None:
            part = written[content] = orjson.dumps(answer(predictions, index))
        parts.append(part)
    return parts


def model_answer(predictor: Predictor) -> dict[str, Any]:
    """The public part of the manifest, as `answers.ModelAnswer` describes it."""
    manifest, signature, task = predictor.manifest, predictor.signature, predictor.task
    public = manifest.model_dump(mode="json", include={"metrics", "training_data", "libraries"})
    golden = manifest.golden
    first = task.complete((golden.values[:1], golden.details[:1] if golden.details else None))
    return {
        "name": manifest.name,
        "version": manifest.version,
        "task": task.kind,
        "estimator": manifest.estimator,
        "created": manifest.created,
        "features": [column.model_dump(mode="json") for column in signature.inputs],
        **{member: value for member, value in task.model_dump(mode="json", exclude={"kind"}).items() if value is not None},
        **public,
        "scorer": predictor.scorer.name,
        "sha256": manifest.artifact.sha256,
        "golden": {
            **task.answer(first, 0),
            "input": dict(zip(signature.names, golden.rows[0], strict=True)),
            "exact": predictor.scorer.exact,
            "tolerance": 0.0 if predictor.scorer.exact else predictor.scorer.tolerance,
        },
    }


def listed_model(name: str, loader: ModelLoader[Served]) -> dict[str, Any]:
    """One model in the list of all, as `answers.ListedModel` describes it."""
    predictor, path = loader.current.predictor if loader.is_loaded else None, f"/v1/models/{name}"
    return {
        "name": name,
        "version": predictor.manifest.version if predictor else None,
        "task": predictor.task.kind if predictor else None,
        "loaded": loader.is_loaded,
        "links": {"model": path, "predict": f"{path}/predict", "batch": f"{path}/predict/batch"},
    }


def _listed(warnings: list[Fault]) -> list[dict[str, str]]:
    return [{"pointer": warning.pointer, "detail": warning.detail} for warning in warnings]


def _model_id(predictor: Predictor) -> dict[str, Any]:
    return {"name": predictor.manifest.name, "version": predictor.manifest.version}
