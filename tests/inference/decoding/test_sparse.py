"""Sparse matrices: what SciPy made is made again; pointers and columns that do not fit are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, random_array

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.sparse import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT

CSR = CONSTRUCTORS["scipy.sparse._csr", "csr_matrix"]
MATRIX = csr_matrix(random_array((9, 7), density=0.4, rng=np.random.default_rng(16)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32, np.bool_])
def test_a_genuine_matrix_is_made_as_it_was(dtype):
    matrix = MATRIX.astype(dtype)
    made = CSR((), dict(vars(matrix)))
    assert type(made) is csr_matrix
    assert (made.dtype, made.shape) == (matrix.dtype, matrix.shape)
    assert made.toarray().tobytes() == matrix.toarray().tobytes()


def test_an_empty_matrix_is_made_as_it_was():
    assert CSR((), dict(vars(csr_matrix((0, 5))))).shape == (0, 5)


FORGED = {
    "a column outside": {"indices": np.where(MATRIX.indices == 3, 7, MATRIX.indices)},
    "a column below zero": {"indices": np.where(MATRIX.indices == 3, -1, MATRIX.indices)},
    "fewer columns": {"_shape": (9, 3)},
    "more rows": {"_shape": (10, 7)},
    "a shape of text": {"_shape": ("9", 7)},
    "a shape of three": {"_shape": (9, 7, 1)},
    "no shape": {"_shape": None},
    "fewer values": {"data": MATRIX.data[:-1].copy()},
    "fewer numbers": {"indices": MATRIX.indices[:-1].copy()},
    "a pointer beyond": {"indptr": MATRIX.indptr + 1},
    "pointers that go back": {"indptr": MATRIX.indptr[::-1].copy()},
    "fewer pointers": {"indptr": MATRIX.indptr[:-1].copy()},
    "pointers of floats": {"indptr": MATRIX.indptr.astype(float)},
    "columns of 16 bits": {"indices": MATRIX.indices.astype(np.int16)},
    "columns of other bits": {"indices": MATRIX.indices.astype(np.int64)},
    "objects": {"data": MATRIX.data.astype(object)},
    "text": {"data": MATRIX.data.astype(str)},
    "a list": {"data": MATRIX.data.tolist()},
    "foreign byte order": {"data": MATRIX.data.astype(">f8")},
    "two dimensions": {"data": MATRIX.data[:, None].copy()},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(Refused, match="a sparse matrix"):
        CSR((), vars(MATRIX) | change)


@pytest.mark.parametrize(("arguments", "state"), [((1,), {}), ((), ABSENT), ((), []), ((), {})])
def test_a_matrix_has_a_state(arguments, state):
    with pytest.raises(Refused, match="a sparse matrix"):
        CSR(arguments, state)


NUMBERS = st.lists(st.integers(-1, 6), max_size=6)


@given(NUMBERS, NUMBERS, st.integers(0, 5), st.integers(0, 5))
def test_any_numbers_are_refused_or_a_matrix(columns, pointers, height, width):
    numbers = {"indices": np.array(columns, np.int32), "indptr": np.array(pointers, np.int32)}
    state = {"_shape": (height, width), "data": np.ones(len(columns)), **numbers}
    try:
        made = CSR((), state)
    except Refused:
        return
    assert made.toarray().shape == (height, width)
    assert made.toarray().sum() == len(columns)
