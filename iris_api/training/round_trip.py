"""Makes sure that rows as clients send them get the answers that the rows of training get."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.errors import ArtifactError
from iris_api.training.datasets import Dataset

ASKED = 200
TOLERANCE = 1e-9


def check_round_trip(estimator: Any, X: Any, dataset: Dataset, source: str) -> None:  # noqa: N803 - scikit-learn's own name
    """Ask ``estimator`` for the first rows of ``X`` as they are and as ``dataset``, which was made of them, lays them out.

    A row of JSON has no dtype, so that small integers, for example, reach the estimator as 64-bit floats.

    Raises
    ------
    ArtifactError
        If an answer differs by more than the last bits, naming ``source`` and the row.
    """
    carried = dataset.laid_out(np.arange(min(ASKED, len(dataset.rows))))
    with warnings.catch_warnings():
        # of names of columns, which an array does not have
        warnings.simplefilter("ignore")
        try:
            # a slice of a frame or series may count by its index
            first = X.iloc[:ASKED] if hasattr(X, "iloc") else X[:ASKED]
            wanted, given = _listed(estimator.predict(first)), _listed(estimator.predict(carried))
        except Exception:  # noqa: BLE001 - whoever asks for the task hears of it, in a sentence
            return
    odd = np.flatnonzero(~_same(given, wanted))
    if len(odd):
        raise ArtifactError(
            f"{source} answers row {odd[0]} otherwise when it comes as JSON ({given[odd[0]].tolist()}, not {wanted[odd[0]].tolist()}),"
            " because numbers then reach it as 64-bit floats; fit it on those (X.astype(float))"
        )


def _listed(answers: Any) -> NDArray[Any]:
    array = answers.toarray() if hasattr(answers, "toarray") else np.asarray(answers)
    return array.reshape(len(array), -1)


def _same(given: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows of the two are the same."""
    same: Any = given == wanted
    if given.dtype.kind == "f" and wanted.dtype.kind == "f":
        scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0)
        same = np.isclose(given, wanted, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True)
    every: NDArray[np.bool_] = same.all(axis=1)
    return every
