"""The self-test of a model: its answers to the golden rows are those that its manifest says."""

import numpy as np

from iris_api.errors import ArtifactError
from iris_api.inference.manifest import Golden
from iris_api.inference.scorers import Scorer

TOLERANCE = 1e-9


def check_golden(scorer: Scorer, golden: Golden, source: str) -> None:
    """Hold ``scorer``'s answers against the golden rows.

    Labels must be equal. Probabilities must be equal bit for bit if the scorer is exact; else within 1e-9, since the
    last bits of anything that multiplies depend on the processor.

    Raises
    ------
    ArtifactError
        If an answer differs, naming the first row.
    """
    labels, probabilities = scorer.score_rows(np.array(golden.rows))
    if (probabilities is None) != (golden.probabilities is None):
        raise ArtifactError(f"{source} gives probabilities where its manifest has none, or the reverse; build the bundle again")
    tolerance = 0.0 if scorer.exact else TOLERANCE
    for row, (label, expected) in enumerate(zip(labels, golden.labels, strict=True)):
        if label != expected or not _close(probabilities, golden.probabilities, row, tolerance):
            raise ArtifactError(f"{source} answers golden row {row} otherwise than its manifest says; build the bundle again")


def _close(given: list[list[float]] | None, wanted: list[list[float]] | None, row: int, tolerance: float) -> bool:
    if given is None or wanted is None:
        return True
    return all(abs(one - other) <= tolerance for one, other in zip(given[row], wanted[row], strict=True))
