"""Indexes of pandas: arrays of their labels, and nothing else of pandas."""

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.frame_labels import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT
from tests.inference.decoding.comparisons import WRITERS

DTYPE, STRINGS, INDEX = CONSTRUCTORS.values()
TEXT = DTYPE(("python", np.nan), ABSENT)
KIND, LABELS = ("pandas", "Index"), np.array(["a", "b"], dtype=object)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("labels", [["a", "b"], ["a", 1], [3, 1, 2], []], ids=repr)
def test_an_index_is_built_as_the_array_of_its_labels(labels, writer):
    import pandas as pd

    for index in (pd.Index(labels, name="columns"), pd.Index(labels, dtype=object)):
        given = decode(WRITERS[writer](index))
        assert type(given) is np.ndarray
        assert given.tolist() == index.tolist()


@pytest.mark.parametrize("made", ["RangeIndex(3)", "Categorical([])", "Series([1])", "DataFrame()", "NA", "Timestamp(0)"])
def test_nothing_else_of_pandas_is_built(made):
    import pandas as pd

    value = eval(f"pandas.{made}", {"pandas": pd})
    for writer in WRITERS.values():
        with pytest.raises(Refused):
            decode(writer(value))


FORGED = {
    "a dtype of another storage": (DTYPE, ("pyarrow", np.nan), ABSENT),
    "a dtype without a missing value": (DTYPE, ("python", None), ABSENT),
    "a dtype of a text": (DTYPE, ("python", "nan"), ABSENT),
    "a dtype of nothing": (DTYPE, (), ABSENT),
    "a dtype with a state": (DTYPE, ("python", np.nan), {}),
    "an array of another class": (STRINGS, (KIND, 1, None), (TEXT, LABELS, {})),
    "an array with more": (STRINGS, (("pandas.arrays", "StringArray"), 1, ()), (TEXT, LABELS, {})),
    "an array without a state": (STRINGS, (("pandas.arrays", "StringArray"), 1, None), ABSENT),
    "an array of another dtype": (STRINGS, (("pandas.arrays", "StringArray"), 1, None), ("U1", LABELS, {})),
    "an array with attributes": (STRINGS, (("pandas.arrays", "StringArray"), 1, None), (TEXT, LABELS, {"_ndarray": 1})),
    "an index of another class": (INDEX, (("pandas", "RangeIndex"), {"data": LABELS, "name": None}), ABSENT),
    "an index without a name": (INDEX, (KIND, {"data": LABELS}), ABSENT),
    "an index with an odd name": (INDEX, (KIND, {"data": LABELS, "name": []}), ABSENT),
    "an index with a state": (INDEX, (KIND, {"data": LABELS, "name": None}), {}),
    "an index of a list": (INDEX, (KIND, {"data": ["a"], "name": None}), ABSENT),
    "an index of a table": (INDEX, (KIND, {"data": LABELS[:, None], "name": None}), ABSENT),
    "an index of fractions": (INDEX, (KIND, {"data": np.zeros(2), "name": None}), ABSENT),
    "an index of lists": (INDEX, (KIND, {"data": np.array([[1], []], dtype=object), "name": None}), ABSENT),
}


@pytest.mark.parametrize(("make", "arguments", "state"), FORGED.values(), ids=FORGED)
def test_what_does_not_fit_is_refused(make, arguments, state):
    with pytest.raises(Refused):
        make(arguments, state)
