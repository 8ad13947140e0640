"""A model in service, together with what reads its rows."""

from dataclasses import dataclass
from typing import Self

from pydantic_core import to_json

from iris_api.errors import ConfigurationError
from iris_api.inference.predictor import Predictor
from iris_api.settings import Settings
from iris_api.wire.json_rows import JsonRows
from iris_api.wire.row_keys import check_row_key
from iris_api.wire.unseen import Unseen

ROW_BYTES_ALLOWED = (64 * 1024, 64 * 1024)


@dataclass(frozen=True, slots=True)
class RowRules:
    """What an operator sets of rows.

    Parameters
    ----------
    row_key
        The member of a row that carries a key of the client's own; None if no row may have one.
    row_bytes_allowed
        The least and the most that the longest body of a single row may be; between them it is what the model's inputs need.
    """

    row_key: str | None = None
    row_bytes_allowed: tuple[int, int] = ROW_BYTES_ALLOWED

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The rules that the operator set."""
        return cls(settings.row_key, settings.row_bytes_allowed)

    def serve(self, predictor: Predictor) -> "Served":
        """``predictor`` with the readers of its rows.

        Raises
        ------
        ConfigurationError
            If an input is called as the key, or a golden row is longer than a row may be.
        """
        check_row_key(self.row_key, predictor.signature)
        rows = JsonRows(predictor.signature, self.row_key)
        least, most = self.row_bytes_allowed
        longest = max(least, min(rows.row_bytes, most))
        needed = _longest_golden_row(predictor)
        if needed > longest:
            setting = "IRIS_MAX_ROW_BYTES" if least == most else "IRIS_MAX_BATCH_BYTES"
            raise ConfigurationError(
                f"{setting} allows rows of {longest} bytes, and a row of {predictor.manifest.name} has {needed}; unset it, or set at least"
                f" {rows.row_bytes}"
            )
        return Served(predictor, rows, Unseen(predictor.signature), longest)


def _longest_golden_row(predictor: Predictor) -> int:
    """How many bytes the longest of the golden rows has as JSON without spaces."""
    names = predictor.signature.names
    return max(len(to_json(dict(zip(names, row, strict=True)))) for row in predictor.manifest.golden.rows)


@dataclass(frozen=True, slots=True)
class Served:
    """What answers requests for a model: read it once a request, so that one answer never mixes two models.

    ``max_row_bytes`` is the longest body of a single row.
    """

    predictor: Predictor
    rows: JsonRows
    unseen: Unseen
    max_row_bytes: int
