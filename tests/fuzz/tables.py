"""Estimators of other rows than numbers: how a mutant of one is loaded, and what it is asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from iris_api.inference.decoding.row_checks import add_row_check
from iris_api.inference.families.known import family_of
from iris_api.inference.unpickling import estimators_in, unpickle

LONG = 3000


def loaded_table(content: bytes) -> Any:
    """The estimator in ``content``, in one thread and with the checks of rows that serving adds."""
    estimator = unpickle(content, "mutant")
    for part in estimators_in(estimator):
        family = family_of(part)
        if family is not None:
            family.prepare(part)
        elif "n_jobs" in vars(part):
            part.n_jobs = None
        add_row_check(part)
    return estimator


def rows_like(rows: Any) -> Iterator[Any]:
    """Batches: the rows themselves, one alone, and some that are large, long, of other columns or of other types."""
    yield rows
    yield rows[:1]
    if isinstance(rows, list):
        yield rows[::-1] * 3
        if isinstance(rows[0], str):
            yield ["", "alpha " * LONG, "a" * LONG, "\u0301\ud7ff \x00"]
        elif isinstance(rows[0], dict):
            yield [{}, {"city": None, "size": 1e300}, {str(number): number for number in range(LONG)}]
    elif rows.dtype.kind == "f":
        yield from (
            rows * 1e9,
            -rows,
            rows[..., ::-1].copy(),
            np.where(rows > 1, np.nan, rows),
            np.resize([0.0, 3e38, -1e-300], rows.shape),
        )
    else:
        yield from (rows[..., ::-1].copy(), rows.astype(str), rows.astype(str).astype(object))
