"""Bundles a model, serves it, asks it over the API, and holds the answers to what the estimator itself says of the same rows."""

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from flask.testing import FlaskClient
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector
from sklearn.pipeline import Pipeline

from iris_api.app import create_app
from iris_api.settings import Settings
from iris_api.training import bundle_model
from iris_api.training.bring import Bundled
from tests.servers import Server

NAME = "zoo"
TOLERANCE = 1e-12
SINGLES = 4
EXACT = ("sklearn.tree.", "sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._hist", "sklearn.ensemble._iforest")
Ask = Callable[[str, Any], Any]
"""Sends a body to a path and gives the answer, which has the status 200."""


def bundled(model: Any, rows: Any, y: Any, artifacts: Path) -> Bundled:
    """A bundle of ``model`` below ``artifacts``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, on purpose of small data
        return bundle_model(model, rows, y, name=NAME, artifacts=artifacts)


def in_process(artifacts: Path) -> Ask:
    """Asks the application that serves what is in ``artifacts``."""
    client: FlaskClient = create_app(Settings(artifacts=artifacts, model_name=NAME, max_row_bytes=2**20)).test_client()

    def ask(path: str, body: Any) -> Any:
        reply = client.post(path, json=body)
        assert reply.status_code == 200, reply.text
        return reply.json

    return ask


def over_http(server: Server) -> Ask:
    """Asks a running service."""

    def ask(path: str, body: Any) -> Any:
        reply = httpx.post(server.url + path, json=body, trust_env=False, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return ask


def assert_served_as_fitted(ask: Ask, model: Any, rows: Any, names: list[str] | None = None) -> None:
    """Hold the answers to ``rows`` in a batch, and those to some of its rows one by one, to those of ``model``.

    ``names`` are those of the targets or labels of a model that has several.
    """
    sent, exact = instances(rows), is_exact(model)
    given = ask("/v1/predict/batch", {"instances": sent})["predictions"]
    for answer, wanted in zip(given, said(model, rows, names), strict=True):
        assert_equal(answer, wanted, exact)
    for index in range(0, len(sent), max(1, len(sent) // SINGLES)):
        one = rows.iloc[index : index + 1] if hasattr(rows, "iloc") else rows[index : index + 1]
        assert_equal(ask("/v1/predict", sent[index]), said(model, one, names)[0], exact)


def instances(rows: Any) -> list[dict[str, Any]]:
    """The rows of ``rows`` as a client sends them."""
    if hasattr(rows, "columns"):
        columns = {str(name): cells(rows[name]) for name in rows.columns}
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if not hasattr(rows, "shape") or len(rows.shape) == 1:
        return [{"text": text} for text in rows]
    return [{f"x{index}": None if math.isnan(value) else value for index, value in enumerate(row)} for row in rows.tolist()]


def cells(series: Any) -> list[Any]:
    """The values of a column in JSON."""
    if series.dtype.kind == "M":
        is_date = series.dt.tz is None and bool((series.dropna().dt.normalize() == series.dropna()).all())
        text = [value.isoformat() for value in series.astype(object)]
        return [None if gone else value[:10] if is_date else value for value, gone in zip(text, series.isna(), strict=True)]
    return [
        None if gone else value.item() if isinstance(value, np.generic) else value
        for value, gone in zip(series, series.isna(), strict=True)
    ]


def said(model: Any, rows: Any, names: list[str] | None = None) -> list[dict[str, Any]]:
    """What the answers to ``rows`` must have, by what ``model`` says itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = model.predict(rows)
        values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
        if is_outlier_detector(model):
            kinds = ["inlier" if value == 1 else "outlier" for value in values]
            return [{"prediction": kind, "score": score} for kind, score in zip(kinds, model.decision_function(rows).tolist(), strict=True)]
        if is_classifier(model):
            shares = model.predict_proba(rows) if hasattr(model, "predict_proba") else None
            return list((_classified if values.ndim == 1 else _labelled)(model, values, shares, names))
    if is_clusterer(model):
        return [{"prediction": value} for value in values.tolist()]
    if values.ndim == 1 or values.shape[1] == 1:
        return [{"prediction": value} for value in values.ravel().tolist()]
    names = names or [f"target_{index}" for index in range(values.shape[1])]
    return [{"prediction": dict(zip(names, row, strict=True))} for row in values.tolist()]


def _classified(model: Any, values: Any, shares: Any, _names: list[str] | None) -> Iterator[dict[str, Any]]:
    classes = model.classes_.tolist()
    for index, label in enumerate(values.tolist()):
        if shares is None:
            yield {"prediction": label, "confidence": None, "probabilities": None}
            continue
        row = shares[index].tolist()
        spelt = [name if isinstance(name, str) else str(name).lower() for name in classes]
        yield {"prediction": label, "confidence": row[classes.index(label)], "probabilities": dict(zip(spelt, row, strict=True))}


def _labelled(_model: Any, values: Any, shares: Any, names: list[str] | None) -> Iterator[dict[str, Any]]:
    names = names or [str(index) for index in range(values.shape[1])]
    if isinstance(shares, list):
        shares = np.column_stack([share[:, 1] for share in shares])
    for index, row in enumerate(values):
        applying = [name for name, flag in zip(names, row, strict=True) if flag]
        probabilities = None if shares is None else dict(zip(names, shares[index].tolist(), strict=True))
        yield {"prediction": applying, "probabilities": probabilities}


def is_exact(model: Any) -> bool:
    """Whether the answers of ``model`` have the same bits everywhere: those of trees have."""
    last = model.steps[-1][1] if isinstance(model, Pipeline) else model
    return type(last).__module__.startswith(EXACT)


def assert_equal(given: Any, wanted: Any, exact: bool) -> None:
    """Hold one value, or the members that are wanted of an object, to another: numbers to the bit, or to 1e-12 of their size."""
    if isinstance(wanted, dict):
        assert set(wanted) <= set(given)
        for name, value in wanted.items():
            assert_equal(given[name], value, exact)
    elif isinstance(wanted, float) and not exact:
        assert math.isclose(given, wanted, rel_tol=TOLERANCE), (given, wanted)
    else:
        assert given == wanted
        assert type(given) is type(wanted) or isinstance(wanted, float)
