"""Golden rows as the model is asked them."""

import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Category, Integer, Number
from iris_api.inference.rows import golden_rows
from tests.inference.bundles import signature_of
from tests.inference.drawn import layout_of

PLAIN = signature_of(Number(name="x"), Integer(name="y", maximum=9))
COLUMNS = (Number(name="x", nullable=True), Category(name="plan", values=["a", "b"]))
MIXED = signature_of(*COLUMNS, layout=layout_of(COLUMNS))


def test_plain_numbers_come_as_one_array():
    rows = golden_rows(PLAIN, [[1.5, 2], [3.5, 4]], "the bundle")
    np.testing.assert_array_equal(rows, [[1.5, 2.0], [3.5, 4.0]])


def test_others_come_as_lists_with_none_for_what_is_missing():
    assert golden_rows(MIXED, [[None, "a"], [2, "b"]], "the bundle") == [[None, "a"], [2.0, "b"]]


@pytest.mark.parametrize(
    ("signature", "row", "says"), [(PLAIN, [1.0, 10], "y: "), (MIXED, [1.0, "c"], "plan: "), (MIXED, ["1", "a"], "x: ")]
)
def test_a_row_that_the_inputs_refuse_is_named(signature, row, says):
    with pytest.raises(
        ArtifactError, match=f"the bundle has a golden row that its manifest's inputs refuse: {says}.*build the bundle again"
    ):
        golden_rows(signature, [row], "the bundle")
