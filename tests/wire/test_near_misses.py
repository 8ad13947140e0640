"""Near misses: the name that was meant by a wrong one, in bounded time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.wire.near_misses import MAX_COMPARED, NearMisses

NAMES = ["sepal length (cm)", "Age", "user_id", "MonthlyCharges", "Straße", "名前"]


@pytest.mark.parametrize(
    ("given_name", "meant"),
    [
        ("age", "Age"),
        (" AGE ", "Age"),
        ("UserID", "user_id"),
        ("user-id", "user_id"),
        ("user.id", "user_id"),
        ("sepal_length_(cm)", "sepal length (cm)"),
        ("monthly charges", "MonthlyCharges"),
        ("MonthlyCharge", "MonthlyCharges"),
        ("strasse", "Straße"),
        ("名前", "名前"),
        ("weight", None),
        ("", None),
        ("a" * 129, None),
    ],
)
def test_a_name_is_found_by_its_letters_or_as_the_most_similar(given_name, meant):
    assert NearMisses(NAMES).nearest(given_name) == meant


def test_of_two_names_with_the_same_letters_the_first_is_meant():
    assert NearMisses(["a b", "a_b"]).nearest("AB") == "a b"


def test_among_very_many_names_only_letters_are_compared():
    many = NearMisses([f"name {index}" for index in range(MAX_COMPARED + 1)])
    assert many.nearest("NAME_7") == "name 7"
    assert many.nearest("nme 7") is None


@given(st.lists(st.text(max_size=10), max_size=10), st.text(max_size=10))
def test_what_is_found_is_one_of_the_names(some, text):
    found = NearMisses(some).nearest(text)
    assert found is None or found in some


def test_long_similar_names_take_little_time():
    near = NearMisses([f"{'the share of customers of the region ' * 3}{index}" for index in range(MAX_COMPARED)])
    began = time.process_time()
    near.nearest("the share of customers of the regions" * 3)
    assert time.process_time() - began < 0.5
