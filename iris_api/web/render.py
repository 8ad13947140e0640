"""From predictions and manifests to the bytes of an answer."""

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response

from iris_api.inference.predictor import Predictions, Predictor

JSON = "application/json"


def json_response(content: Any, status: int = 200) -> Response:
    """``content`` as a JSON response; members keep their order, floats are written so that they read back exactly."""
    return bytes_response(orjson.dumps(content), status)


def bytes_response(body: bytes, status: int = 200) -> Response:
    """``body``, which is JSON already, as a response."""
    return Response(body, status=status, content_type=JSON)


def row_answer(predictor: Predictor, row: list[float], predictions: Predictions) -> dict[str, Any]:
    """The answer to a single row, as `answers.RowAnswer` describes it."""
    return {
        **_prediction(predictor, predictions, 0),
        "input": dict(zip(predictor.feature_names, row, strict=True)),
        "model": _model_id(predictor),
    }


def batch_answer(predictor: Predictor, predictions: Predictions) -> bytes:
    """The answers to a batch, as `answers.BatchAnswer` describes them, in JSON; equal answers are written once and repeated."""
    labels, probabilities = predictions.labels, predictions.probabilities
    keys: Iterable[Any] = labels if probabilities is None else zip(labels, map(tuple, probabilities), strict=True)
    written: dict[Any, bytes] = {}
    parts = []
    for index, key in enumerate(keys):
        part = written.get(key)
        if part is None:
            part = written[key] = orjson.dumps(_prediction(predictor, predictions, index))
        parts.append(part)
    return b'{"predictions":[%b],"model":%b}' % (b",".join(parts), orjson.dumps(_model_id(predictor)))


def model_answer(predictor: Predictor) -> dict[str, Any]:
    """The public part of the manifest, as `answers.ModelAnswer` describes it."""
    manifest = predictor.manifest
    public = manifest.model_dump(exclude={"format", "artifact", "reference", "golden", "signature"})
    golden = manifest.golden
    probabilities = golden.probabilities
    first = Predictions(golden.labels[:1], None, probabilities[:1] if probabilities else None)
    confidence = probabilities[0][manifest.classes.index(golden.labels[0])] if probabilities else None
    return {
        **public,
        "scorer": predictor.scorer.name,
        "sha256": manifest.artifact.sha256,
        "golden": {
            **_prediction(predictor, first, 0),
            "confidence": confidence,
            "input": dict(zip(predictor.feature_names, golden.rows[0], strict=True)),
            "exact": predictor.scorer.exact,
        },
    }


def _prediction(predictor: Predictor, predictions: Predictions, index: int) -> dict[str, Any]:
    probabilities = predictions.probabilities
    return {
        "prediction": predictions.labels[index],
        "confidence": predictions.confidences[index] if predictions.confidences else None,
        "probabilities": dict(zip(predictor.class_names, probabilities[index], strict=True)) if probabilities else None,
    }


def _model_id(predictor: Predictor) -> dict[str, Any]:
    return {"name": predictor.manifest.name, "version": predictor.manifest.version}
