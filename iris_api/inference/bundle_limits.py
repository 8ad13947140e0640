"""What an operator sets of bundles: the limits that they are read, tried and scored within."""

from dataclasses import dataclass
from typing import Self

from iris_api.inference.probation import MEMORY_BYTES
from iris_api.inference.scorers import MAX_TABLE_BYTES
from iris_api.settings import Settings


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """How large a bundle's pickle may be, and what its trial and its scorer may take.

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
    """

    max_artifact_bytes: int = 1024**3
    probation_seconds: float = 20.0
    max_table_bytes: int = MAX_TABLE_BYTES
    probation_memory_bytes: int = MEMORY_BYTES

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the operator set."""
        return cls(
            settings.max_artifact_bytes,
            settings.probation_seconds,
            settings.max_table_bytes,
            settings.probation_memory_bytes,
        )
