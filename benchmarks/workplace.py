"""Where a run works: a temporary folder with a freshly trained bundle, and the rows that are sent."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from benchmarks.commands import iris_api

SEED = 20261122


@dataclass(frozen=True, slots=True)
class Workplace:
    """One run's folder. ``quick`` asks every section for its smallest form, for which no verdicts are given."""

    folder: Path
    quick: bool
    worker_classes: tuple[str, ...] = ()

    @property
    def artifacts(self) -> Path:
        """The artifacts folder, with version 1 of the Iris model."""
        return self.folder / "artifacts"

    @property
    def model(self) -> Path:
        """The pickle in that bundle."""
        return self.artifacts / "iris/1/model.joblib"

    @property
    def bodies(self) -> Path:
        """A file of 150 requests' bodies, one a line."""
        return self.folder / "bodies.txt"

    def body(self) -> bytes:
        """The first of them."""
        return self.bodies.read_bytes().splitlines()[0]

    def log(self, name: str) -> Path:
        """A file for a server's output."""
        return self.folder / f"{name}.log"

    def names(self) -> list[str]:
        """The model's features, in its order."""
        manifest = json.loads((self.artifacts / "iris/1/manifest.json").read_text())
        return [feature["name"] for feature in manifest["signature"]["inputs"]]

    def estimator(self) -> Any:
        """The pickled estimator itself, with one thread."""
        estimator = joblib.load(self.model)
        estimator.n_jobs = 1
        return estimator

    def prepare(self) -> None:
        """Train the bundle and write the bodies."""
        iris_api(self.artifacts, "train", "--artifacts", str(self.artifacts), "--repeats", "1")
        names = self.names()
        lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows(150).tolist()]
        self.bodies.write_text("\n".join(lines) + "\n")

    def batch_body(self, batch: NDArray[np.float64]) -> bytes:
        """A batch request of ``batch``, of shape (n, features)."""
        names = self.names()
        return json.dumps({"instances": [dict(zip(names, row, strict=True)) for row in batch.tolist()]}).encode()


def rows(count: int) -> NDArray[np.float64]:
    """``count`` rows like Iris's own, of shape (count, 4): each feature drawn for itself from its values, with a second decimal."""
    from sklearn.datasets import load_iris

    generator = np.random.default_rng(SEED)
    data = load_iris().data
    drawn = generator.permuted(data[generator.integers(0, len(data), count)], axis=0)
    return np.clip(np.round(drawn + generator.integers(-5, 6, drawn.shape) / 100, 2), 0.01, 10.0)
