"""Arrays and scalars: the bytes that were written, in an array that owns its memory, and nothing that bytes do not back."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from iris_api.inference.decoding.arrays import CONSTRUCTORS, array_behind, layout_of
from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.values import ABSENT
from tests.inference.bundles import dumped

RECONSTRUCT = CONSTRUCTORS["numpy._core.multiarray", "_reconstruct"]
SCALAR = CONSTRUCTORS["numpy._core.multiarray", "scalar"]
FROMBUFFER = CONSTRUCTORS["numpy._core.numeric", "_frombuffer"]
BEGUN = (np.ndarray, (0,), b"b")
FLOAT, OBJECT = np.dtype("f8"), np.dtype("O")
DTYPES = st.one_of(
    hn.boolean_dtypes(), hn.integer_dtypes(), hn.unsigned_integer_dtypes(), hn.floating_dtypes(sizes=(16, 32, 64)),
    hn.complex_number_dtypes(sizes=(64, 128)), hn.unicode_string_dtypes(max_len=9), hn.byte_string_dtypes(max_len=9),
)  # fmt: skip
ARRAYS = DTYPES.flatmap(lambda dtype: hn.arrays(dtype, hn.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
FORMS = {"as it is": lambda array: array, "transposed": lambda array: array.T, "of Fortran": np.asfortranarray}
WRITERS = {"joblib": dumped, **{str(protocol): lambda array, protocol=protocol: pickle.dumps(array, protocol) for protocol in (2, 3, 4, 5)}}


def assert_same(given, wanted):
    assert type(given) is type(wanted) is np.ndarray
    assert (given.dtype, given.shape) == (wanted.dtype, wanted.shape)
    assert given.tobytes() == wanted.tobytes()
    assert (given.flags.c_contiguous, given.flags.f_contiguous) == (wanted.flags.c_contiguous, wanted.flags.f_contiguous)
    assert given.flags.aligned
    assert given.flags.writeable


@given(ARRAYS, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(WRITERS)))
def test_an_array_is_read_as_it_was_written(array, form, writer):
    array = FORMS[form](array)
    assert_same(decode(WRITERS[writer](array)), array)


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_axes_in_an_order_of_their_own_are_kept(writer):
    array = np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2)
    given = decode(writer(array))
    assert given.tolist() == array.tolist()


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_an_array_of_objects_has_its_objects(writer):
    for form in FORMS.values():
        array = form(np.array([["a", 1, None], [np.arange(2.0), (1, "b"), 2.5]], dtype=object))
        given = decode(writer(array))
        assert repr(given.tolist()) == repr(array.tolist())
        assert given.flags.f_contiguous == array.flags.f_contiguous


@given(DTYPES.flatmap(lambda dtype: hn.arrays(dtype, 1)))
def test_a_scalar_is_read_as_it_was_written(array):
    for protocol in (2, 4, 5):
        given = decode(pickle.dumps(array[0], protocol))
        assert type(given) is type(array[0])
        assert given.tobytes() == array[0].tobytes()


SHAPES = [[1], (-1,), (True,), (1.0,), ("1",), (2**41,), (None,), 1, None, (np.int64(1),), (0,) * 33, (0, 2**40, 2**40)]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_a_shape_is_a_short_tuple_of_lengths(shape):
    for content in (bytes(8), b""):
        with pytest.raises(Refused):
            RECONSTRUCT(BEGUN, (1, shape, FLOAT, False, content))
        with pytest.raises(Refused):
            FROMBUFFER((content, FLOAT, shape, "C"), ABSENT)


CONTENT = {
    "too few bytes": ((2,), FLOAT, bytes(15), "15 bytes for an array of 16"),
    "too many bytes": ((2,), FLOAT, bytes(17), "17 bytes for an array of 16"),
    "bytes that nothing backs": ((2**30, 2**30), FLOAT, b"", "0 bytes for an array of"),
    "addresses": ((1,), OBJECT, bytes(8), "raw memory"),
    "too few objects": ((2,), OBJECT, [1], "1 objects for an array of 2"),
    "too many objects": ((2,), OBJECT, [1, 2, 3], "3 objects for an array of 2"),
    "objects for numbers": ((1,), FLOAT, [1], "objects for an array of something else"),
    "an array": ((1,), FLOAT, np.zeros(1), "type ndarray for the bytes"),
    "an array of objects": ((1,), FLOAT, np.array([None], dtype=object), "type ndarray for the bytes"),
    "text": ((1,), FLOAT, "12345678", "type str for the bytes"),
    "a tuple": ((1,), OBJECT, (1,), "type tuple for the bytes"),
    "odd truth": ((2,), np.dtype("?"), b"\x01\x02", "other than 0 and 1"),
    "elements without a size": ((2**40,), np.dtype("U0"), b"", "whose dtype is none"),
    "no dtype": ((1,), "f8", bytes(8), "whose dtype is none"),
    "a class for a dtype": ((1,), float, bytes(8), "whose dtype is none"),
}


@pytest.mark.parametrize(("shape", "dtype", "content", "reason"), CONTENT.values(), ids=CONTENT)
def test_content_is_exactly_what_shape_and_dtype_take(shape, dtype, content, reason):
    with pytest.raises(Refused, match=reason):
        RECONSTRUCT(BEGUN, (1, shape, dtype, False, content))
    if type(content) is not list:
        with pytest.raises(Refused, match=reason):
            FROMBUFFER((content, dtype, shape, "C"), ABSENT)


@pytest.mark.parametrize(
    "arguments", [(), (np.ndarray,), (np.matrix, (0,), b"b"), (np.ndarray, [0], b"b"), ("ndarray", (0,), b"b")], ids=repr
)
def test_only_an_array_is_reconstructed(arguments):
    with pytest.raises(Refused, match="something else than ndarray"):
        RECONSTRUCT(arguments, (1, (1,), FLOAT, False, bytes(8)))


@pytest.mark.parametrize("state", [ABSENT, None, (), (2, (1,), FLOAT, False, bytes(8)), (1, (1,), FLOAT, 0, bytes(8)), [1, 2, 3, 4, 5]])
def test_an_array_has_its_state(state):
    with pytest.raises(Refused, match="without its state"):
        RECONSTRUCT(BEGUN, state)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (bytes(8), FLOAT, (1,)),
        (bytes(8), FLOAT, (1,), "A"),
        (bytes(8), FLOAT, (1,), 1),
        (bytes(8), FLOAT, (1,), ["C"]),
        (bytes(8), FLOAT, (1,), "K"),
        (bytes(8), FLOAT, (1,), "K", [0]),
        (bytes(8), FLOAT, (1,), "K", (1,)),
        (bytes(8), FLOAT, (1,), "K", (False,)),
        (bytes(8), FLOAT, (1, 1), "K", (0, 0)),
        (bytes(8), FLOAT, (1,), "C", (0,)),
    ],
    ids=repr,
)
def test_a_buffer_has_an_order(arguments):
    with pytest.raises(Refused):
        FROMBUFFER(arguments, ABSENT)


@pytest.mark.parametrize(
    "arguments", [(), (FLOAT,), (FLOAT, bytes(7)), (FLOAT, 1.5), (OBJECT, "a"), (OBJECT, bytes(8)), ("f8", bytes(8))], ids=repr
)
def test_a_scalar_is_a_dtype_and_its_bytes(arguments):
    with pytest.raises(Refused):
        SCALAR(arguments, ABSENT)


def test_a_buffer_and_a_scalar_have_no_state():
    with pytest.raises(Refused, match="state"):
        FROMBUFFER((bytes(8), FLOAT, (1,), "C"), {})
    with pytest.raises(Refused, match="state"):
        SCALAR((FLOAT, bytes(8)), {})


MEMBERS = {"shape": (1,), "order": "C", "allow_mmap": True, "numpy_array_alignment_bytes": 16}


@pytest.mark.parametrize(
    "change",
    [{"order": "A"}, {"order": None}, {"allow_mmap": 1}, {"numpy_array_alignment_bytes": "16"}, {"more": 1}, {"shape": None}],
    ids=repr,
)
def test_a_wrapper_says_what_joblib_says(change):
    with pytest.raises(Refused):
        layout_of(MEMBERS | change, FLOAT)
    with pytest.raises(Refused, match="something else than an array"):
        layout_of({"shape": (1,)}, FLOAT)


def test_the_bytes_behind_a_wrapper_are_all_there():
    layout = layout_of(MEMBERS, FLOAT)
    array, end = array_behind(b"\x02??" + np.float64(1.5).tobytes() + b"more", 0, layout)
    assert (array.tolist(), end) == ([1.5], 11)
    for content in (b"", b"\xff", b"\x02??" + bytes(7)):
        with pytest.raises(Damaged, match="within an array"):
            array_behind(content, 0, layout)
