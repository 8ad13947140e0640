"""How a class is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.inference.labels import class_name


@pytest.mark.parametrize(
    ("label", "name"),
    [("setosa", "setosa"), ("", ""), (True, "true"), (False, "false"), (1, "1"), (-3, "-3"), (1.0, "1.0"), (0.1, "0.1"), (1e300, "1e+300")],
)
def test_a_class_is_named_as_json_spells_it(label, name):
    assert class_name(label) == name


@given(st.text() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_or_truth_is_named_so_that_json_reads_it_back(label):
    assert class_name(label) == label if isinstance(label, str) else json.loads(class_name(label)) == label
