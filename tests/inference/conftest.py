"""One small model of each kind, fitted once, and a fresh bundle of it for each test to spoil."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.inference.bundles import write

rng = np.random.default_rng(11)
ROWS = rng.uniform(0, 3, (50, 2))
LABELS = np.array(["small", "large"])[(ROWS.sum(axis=1) > 3).astype(int)]


@pytest.fixture(scope="session")
def rows() -> np.ndarray:
    """What the small models were fitted on."""
    return ROWS


@pytest.fixture(scope="session")
def labels() -> np.ndarray:
    """The classes that belong to the rows."""
    return LABELS


@pytest.fixture(scope="session")
def tree() -> DecisionTreeClassifier:
    """A decision tree."""
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(ROWS, LABELS)


@pytest.fixture
def folder(tree: DecisionTreeClassifier, tmp_path: Path) -> Path:
    """A good bundle of the tree, version 1 of the model "small"."""
    return write(tmp_path / "models", tree, ROWS[:6])
