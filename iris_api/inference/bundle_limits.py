"""What an operator sets of bundles: the limits that they are read, tried and scored within, and which member of a row is its key."""

from dataclasses import dataclass
from typing import Self

from iris_api.inference.predictor import ROW_BYTES_ALLOWED
from iris_api.inference.probation import MEMORY_BYTES
from iris_api.inference.scorers import MAX_TABLE_BYTES
from iris_api.settings import Settings


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """How large a bundle's pickle may be, what its trial and its scorer may take, and which member of a row is no input.

    Parameters
    ----------
    max_artifact_bytes
        The largest pickle that is read.
    probation_seconds
        How long the trial may take.
    max_table_bytes
        How much memory a forest's tables may take.
    probation_memory_bytes
        How much memory the trial may take beyond what the pickle's size allows.
    row_key
        The member of a row that carries a key of the client's own; None if no row may have one.
    row_bytes_allowed
        The least and the most that the longest body of a single row may be; between them it is what the model's inputs need.
    """

    max_artifact_bytes: int = 1024**3
    probation_seconds: float = 20.0
    max_table_bytes: int = MAX_TABLE_BYTES
    probation_memory_bytes: int = MEMORY_BYTES
    row_key: str | None = None
    row_bytes_allowed: tuple[int, int] = ROW_BYTES_ALLOWED

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the operator set."""
        return cls(
            settings.max_artifact_bytes,
            settings.probation_seconds,
            settings.max_table_bytes,
            settings.probation_memory_bytes,
            settings.row_key,
            settings.row_bytes_allowed,
        )
