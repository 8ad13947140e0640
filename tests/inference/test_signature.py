"""Signatures: columns of different names that the layout can hold, and a task."""

import pytest
from hypothesis import given
from pydantic import ValidationError

from iris_api.inference.columns import Array, Boolean, Integer, Number, Text
from iris_api.inference.layouts import Frame, Texts
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.clustering import Clustering
from tests.inference.bundles import signature_of
from tests.inference.drawn import layout_of, signatures


@given(signatures())
def test_a_signature_survives_its_manifest(columns):
    signature = signature_of(*columns, layout=layout_of(columns), task=Clustering(clusters=2))
    again = Signature.model_validate_json(signature.model_dump_json())
    assert again == signature
    assert again.names == [column.name for column in columns]


@pytest.mark.parametrize(
    ("inputs", "layout", "words"),
    [
        ([], None, "at least 1"),
        ([Number(name="a"), Text(name="a")], Frame(dtypes=["float64", "object"]), "names of their own"),
        ([Text(name="a")], None, "a is of kind text, which a matrix of numbers cannot hold"),
        ([Number(name="a")], Texts(), "one column of kind text"),
    ],
)
def test_a_signature_agrees_with_itself(inputs, layout, words):
    with pytest.raises(ValidationError, match=words):
        signature_of(*inputs, layout=layout)


@pytest.mark.parametrize(
    ("inputs", "layout", "is_plain"),
    [
        ([Number(name="a"), Integer(name="b")], None, True),
        ([Number(name="a", nullable=True)], None, False),
        ([Boolean(name="a")], None, False),
        ([Array(name="a", shape=[1])], None, False),
        ([Number(name="a")], Frame(dtypes=["float64"]), False),
    ],
)
def test_rows_are_plain_where_they_are_numbers_and_none_is_missing(inputs, layout, is_plain):
    assert signature_of(*inputs, layout=layout).is_plain is is_plain


def test_an_unknown_kind_is_named():
    with pytest.raises(ValidationError, match="Input tag 'colour' found using 'kind' does not match"):
        Signature.model_validate({"inputs": [{"kind": "colour", "name": "a"}], "task": {"kind": "clustering", "clusters": 2}})
