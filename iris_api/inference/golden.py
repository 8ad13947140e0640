"""The self-test of a model: its answers to the golden rows are those that its manifest says."""

from iris_api.errors import ArtifactError
from iris_api.inference.layouts import Rows
from iris_api.inference.manifest import Golden
from iris_api.inference.scorers import Scorer
from iris_api.inference.signature import Task


def check_golden(scorer: Scorer, rows: Rows, golden: Golden, task: Task, source: str) -> None:
    """Hold ``scorer``'s answers to ``rows``, which are those of ``golden``, against it.

    Values must be equal, as `Task.agrees` says. Details must be equal bit for bit if the scorer is exact; else within its
    tolerance, since the last bits of anything that multiplies depend on the processor.

    Raises
    ------
    ArtifactError
        If an answer differs, naming the first row.
    """
    values, details = scorer.score_rows(rows)
    if (details is None) != (golden.details is None):
        raise ArtifactError(f"{source} gives probabilities where its manifest has none, or the reverse; build the bundle again")
    tolerance = 0.0 if scorer.exact else scorer.tolerance
    for row, (value, expected) in enumerate(zip(values, golden.values, strict=True)):
        if not task.agrees(value, expected, tolerance) or not _close(details, golden.details, row, tolerance):
            raise ArtifactError(f"{source} answers golden row {row} otherwise than its manifest says; build the bundle again")


def _close(given: list[list[float]] | None, wanted: list[list[float]] | None, row: int, tolerance: float) -> bool:
    if given is None or wanted is None:
        return True
    return all(abs(one - other) <= tolerance for one, other in zip(given[row], wanted[row], strict=True))
