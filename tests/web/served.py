"""Applications that serve a small model of any signature, and what its estimator says itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from iris_api.app import create_app
from iris_api.inference.bundle import PICKLE, write_bundle
from iris_api.inference.columns import Column
from iris_api.inference.layouts import Matrix
from iris_api.inference.libraries import installed_libraries
from iris_api.inference.manifest import Artifact, Golden, Manifest, Reference, TrainingData
from iris_api.inference.registry import Registry
from iris_api.inference.rows import golden_rows
from iris_api.inference.scorers import EstimatorScorer
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.regression import Regression
from iris_api.settings import Settings
from tests.inference.bundles import dumped


@dataclass(frozen=True)
class Served:
    """An application that serves a model of ``signature``, and the model itself; ``columns`` have the bounds of their dtypes."""

    app: Flask
    signature: Signature
    columns: list[Column]
    scorer: EstimatorScorer

    def answers(self, rows: list[list[Any]]) -> list[dict[str, Any]]:
        """What the estimator says of ``rows``, as an answer has it."""
        task = self.signature.task
        predictions = task.complete(self.scorer.score_rows(rows))
        return [task.answer(predictions, index) for index in range(len(rows))]


def fitted(signature: Signature, rows: list[list[Any]]) -> Any:
    """A tiny estimator that takes what ``signature`` says."""
    task, layout = signature.task, signature.layout
    taken = layout.assembler(signature.inputs)(rows)
    if isinstance(task, Regression):
        width = len(task.targets)
        y = np.arange(len(rows) * width, dtype=np.float64).reshape(len(rows), width) ** 2 / 7
        model = DecisionTreeRegressor(random_state=0) if isinstance(layout, Matrix) else DummyRegressor()
        return model.fit(taken, y[:, 0] if width == 1 else y)
    y = np.array(task.classes)[np.arange(len(rows)) % len(task.classes)]
    return (DecisionTreeClassifier(random_state=0) if isinstance(layout, Matrix) else DummyClassifier()).fit(taken, y)


def serve(root: Path, signature: Signature, model: Any, golden: list[list[Any]], **changed: Any) -> Served:
    """Bundle ``model`` and serve it; ``golden`` has rows as JSON has them."""
    scorer = EstimatorScorer(model, signature)
    values, details = scorer.score_rows(golden_rows(signature, golden, "the model"))
    manifest = Manifest(
        name="drawn",
        version=1,
        estimator=type(model).__name__,
        created="2026-11-27T00:00:00Z",
        signature=signature,
        artifact=Artifact(sha256="0" * 64, size_bytes=1),
        libraries=installed_libraries(signature.layout),
        training_data=TrainingData(name="drawn", rows=len(golden), sha256="0" * 64),
        metrics=None,
        reference=Reference(features={}, classes={}),
        golden=Golden(rows=golden, values=values, details=details),
    )
    write_bundle(Registry(root, "drawn"), manifest, {PICKLE: dumped(model)}, lambda _: "")
    app = create_app(Settings(artifacts=root, model_name="drawn", **changed))
    return Served(app, signature, signature.layout.narrowed(signature.inputs), scorer)
