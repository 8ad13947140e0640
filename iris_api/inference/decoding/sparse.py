"""Sparse matrices, whose compiled code follows row pointers and column numbers without a look; SciPy's own class makes each anew."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import integer

_INDICES = (np.dtype(np.int32), np.dtype(np.int64))


def _csr_matrix(arguments: tuple[Any, ...], state: Any) -> csr_matrix:
    if arguments != () or type(state) is not dict:
        raise Refused("it makes a sparse matrix of something else than its state")
    shape = state.get("_shape")
    if type(shape) is not tuple or len(shape) != 2:
        raise Refused("a sparse matrix has no shape of two dimensions")
    rows, columns = (integer(length, "a length of a sparse matrix") for length in shape)
    data, indices, pointers = (_vector(state.get(name), name) for name in ("data", "indices", "indptr"))
    if data.dtype.kind not in "biuf" or indices.dtype not in _INDICES or pointers.dtype != indices.dtype:
        raise Refused("a sparse matrix has values or numbers of another type")
    if len(pointers) != rows + 1 or pointers[0] != 0 or pointers[-1] != len(indices) or (np.diff(pointers) < 0).any():
        raise Refused("a sparse matrix has row pointers that do not go from 0 to its size")
    if len(data) != len(indices) or (len(indices) and not (indices.min() >= 0 and indices.max() < columns)):
        raise Refused("a sparse matrix has a column outside its shape")
    return csr_matrix((data, indices, pointers), shape=(rows, columns))


def _vector(value: Any, name: str) -> NDArray[Any]:
    if type(value) is not np.ndarray or value.ndim != 1 or not value.flags.c_contiguous or not value.dtype.isnative:
        raise Refused(f"a sparse matrix has no row of {name}")
    return value


CONSTRUCTORS = {("scipy.sparse._csr", "csr_matrix"): _csr_matrix}
