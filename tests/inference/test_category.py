"""Categories: values of one type, which are never taken for those of another."""

import pytest
from pydantic import ValidationError

from iris_api.errors import InvalidInput
from iris_api.inference.abstract_column import MAX_CHARACTERS
from iris_api.inference.category import MAX_VALUES, Category
from tests.inference.drawn import encode, schema_of

VALUES = {"texts": ["1", "true", "1.0"], "numbers": [1, 0], "truths": [True, False]}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("is_open", [True, False])
def test_values_keep_their_type_from_the_manifest_to_the_row(kind, is_open):
    column = Category(name="x", values=VALUES[kind], is_open=is_open)
    column = Category.model_validate_json(column.model_dump_json())
    assert column.value_type is type(VALUES[kind][0])
    schema = schema_of(column)
    for other, values in VALUES.items():
        for value in values:
            if other == kind:
                assert repr(schema.parse_row(encode({"x": value}))) == repr([value])
            else:
                with pytest.raises(InvalidInput):
                    schema.parse_row(encode({"x": value}))


@pytest.mark.parametrize("values", [[], [1, 1], ["a", "a"], [1, True], [1, "a"], [1.5], [None], [2**63], list(range(MAX_VALUES + 1))])
def test_what_are_no_distinct_values_of_one_type_are_refused(values):
    with pytest.raises(ValidationError):
        Category(name="x", values=values)


def test_an_open_category_takes_what_is_as_long_as_a_text_or_as_its_longest_value():
    assert Category(name="x", values=["a"], is_open=True).max_characters == MAX_CHARACTERS
    longest = "x" * (MAX_CHARACTERS + 1)
    column = Category(name="x", values=["a", longest], is_open=True)
    assert schema_of(column).parse_row(encode({"x": longest})) == [longest]
    assert column.json_schema()["maxLength"] == MAX_CHARACTERS + 1


def test_a_closed_category_lists_its_values_and_null_where_it_may_be_missing():
    assert Category(name="x", values=[1, 2], nullable=True).json_schema() == {"type": ["integer", "null"], "enum": [1, 2, None]}
    assert Category(name="x", values=["a"]).json_schema() == {"type": "string", "enum": ["a"]}
